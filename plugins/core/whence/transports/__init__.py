"""Where events go: openlineage-python's transports, as its own settings describe them.

Must not import openlineage before something is to be sent.
"""
