"""Opens the store's SQLite file: private, durable, at the right version.

Must not know what the tables mean.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whence.errors import WhenceError
from whence.locks import FileLock

HEAD = "0005"
"""The newest migration this code knows."""

BUSY_TIMEOUT_S = 60.0


class NewerStore(WhenceError):
    """The file was written by a newer Whence."""

    def __init__(self, path: Path, version: str) -> None:
        """Name both versions and the way out."""
        super().__init__(
            f"{path} has store version {version}, this Whence knows {HEAD}: "
            "upgrade whence-backend, or point WHENCE_HOME elsewhere"
        )


class BrokenStore(WhenceError):
    """The file is no store, or is damaged."""


def connect(path: Path) -> sqlite3.Connection:
    """An open connection to the store at ``path``, created or migrated where needed.

    Raises:
        NewerStore: A newer Whence wrote it.
        BrokenStore: It is not a database of ours.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    try:
        if _version(path) != HEAD:
            _upgrade(path)
        return _open(path)
    except sqlite3.DatabaseError as error:
        raise BrokenStore(f"the store {path} cannot be read: {error}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One writing transaction: other writers wait, readers see the state before it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """One reading transaction: everything read in it is of one moment."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.rollback()


def _open(path: Path) -> sqlite3.Connection:
    # One store object belongs to one caller at a time; the API's thread pool hands it around.
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _version(path: Path) -> str | None:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)
    try:
        found = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'")
        if found.fetchone() is None:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    finally:
        connection.close()


def _upgrade(path: Path) -> None:
    with FileLock(path.with_suffix(".lock")):
        version = _version(path)
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise NewerStore(path, version)
        from whence_backend.store.migrate import migrate

        migrate(path, HEAD)
