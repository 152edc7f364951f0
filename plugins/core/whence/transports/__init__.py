"""Where events go: openlineage-python's transports, as its own settings describe them.

Must not import openlineage before something is to be translated or sent.
"""

from whence.transports.configured import is_configured

__all__ = ["is_configured"]
