"""The shared core of Whence: column lineage, OpenLineage events, spool and relay.

Must not know any host or server; see the modules for what each owns.
"""
