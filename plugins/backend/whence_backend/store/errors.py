"""Why a store cannot be opened, read or written, each with the way out.

Must not name a database.
"""

from __future__ import annotations

from pathlib import Path

from whence.errors import WhenceError


class NewerStore(WhenceError):
    """The store was written by a newer Whence."""

    def __init__(self, path: Path, version: str, known: str) -> None:
        """Name both versions and the way out."""
        super().__init__(
            f"{path} has store version {version}, this Whence knows {known}: "
            "upgrade whence-backend, or point WHENCE_HOME elsewhere"
        )


class BrokenStore(WhenceError):
    """The file is no store, or is damaged."""


class UnusableStore(WhenceError):
    """The place does not let the store be read or written; what is in it is not lost."""


class FullDisk(UnusableStore):
    """There is no room for more."""

    def __init__(self, path: str | Path) -> None:
        """Name the file and the way out."""
        super().__init__(
            f"no room on the disk of {path}: free some, or point WHENCE_HOME elsewhere; "
            "what is stored or waits in the spool is kept"
        )
