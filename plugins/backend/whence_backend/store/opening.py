"""Where the store is, and how it is opened.

Must not import the database before a store is opened.
"""

from __future__ import annotations

from pathlib import Path

from whence.config import Config
from whence_backend.store.protocol import Store


def store_path(config: Config) -> Path:
    """The embedded store's file."""
    return config.home / "store.sqlite"


def open_store(config: Config) -> Store:
    """The embedded store, created or migrated where needed.

    Raises:
        whence_backend.store.NewerStore: A newer Whence wrote it.
        whence_backend.store.BrokenStore: The file is no store.
        whence_backend.store.UnusableStore: The place is full, or cannot be written and has none.
    """
    from whence_backend.store.sqlite import SqliteStore

    return SqliteStore(store_path(config))
