"""The ``whence`` executable; sub-commands come from the entry-point group ``whence.commands``."""
