"""Opens the store's SQLite file: private, durable, at the right version.

Must not know what the tables mean.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whence.errors import WhenceError
from whence.locks import FileLock
from whence_backend.store.errors import BrokenStore, FullDisk, NewerStore, UnusableStore

HEAD = "0005"
"""The newest migration this code knows."""

BUSY_TIMEOUT_S = 60.0


def connect(path: Path) -> sqlite3.Connection:
    """An open connection to the store at ``path``, created or migrated where needed.

    Where the place cannot be written, the connection only reads (`is_read_only`).

    Raises:
        NewerStore: A newer Whence wrote it.
        BrokenStore: It is not a database of ours.
        UnusableStore: The place holds none and cannot be written, or is full.
    """
    try:
        if not _may_write(path):
            return _read_only(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        if _version(str(path)) != HEAD:
            _upgrade(path)
        return _open(path)
    except sqlite3.DatabaseError as error:
        raise _said(error, path) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise FullDisk(path) from error
        raise _no_place(path, error.strerror or str(error)) from error


def is_read_only(connection: sqlite3.Connection) -> bool:
    """True where `connect` found a place that cannot be written."""
    return bool(connection.execute("PRAGMA query_only").fetchone()[0])


def _may_write(path: Path) -> bool:
    """Whether the file, or else the nearest folder that there is, takes changes."""
    if path.exists() and not os.access(path, os.W_OK):
        return False
    folder = path.parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return os.access(folder, os.W_OK)


def _read_only(path: Path) -> sqlite3.Connection:
    """A connection to a store that nobody can write to, not even SQLite's own side files."""
    if not path.exists():
        raise _no_place(path, "it cannot be written")
    log = path.with_name(path.name + "-wal")
    still = "" if log.exists() and log.stat().st_size else "&immutable=1"
    uri = f"{path.resolve().as_uri()}?mode=ro{still}"
    version = _version(uri)
    if version != HEAD:
        raise UnusableStore(
            f"{path} has store version {version}, this Whence needs {HEAD} and cannot change it: "
            "make it writable once, or copy it and point WHENCE_HOME to the copy"
        )
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = 1")
    return connection


def _no_place(path: Path, reason: str) -> UnusableStore:
    return UnusableStore(
        f"{path.parent} cannot hold the store ({reason}): "
        "point WHENCE_HOME to a folder that you may write to"
    )


def _said(error: sqlite3.DatabaseError, path: str | Path) -> WhenceError:
    """SQLite's error as one of ours, by its text: Python 3.10 has no codes."""
    text = str(error)
    if "disk is full" in text or "disk I/O error" in text:
        return FullDisk(path) if "full" in text else UnusableStore(f"the disk of {path}: {text}")
    if "locked" in text:
        return UnusableStore(f"another process has kept {path} to itself: {text}; try again")
    return BrokenStore(f"the store {path} cannot be read: {text}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """One writing transaction: other writers wait, readers see the state before it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        file = connection.execute("PRAGMA database_list").fetchone()[2]
        raise _said(error, file) from error
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


def _version(file: str) -> str | None:
    """The migration that a file's store is at; ``file`` may be a URI."""
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, uri=file.startswith("file:"))
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
        version = _version(str(path))
        if version == HEAD:
            return
        if version is not None and version > HEAD:
            raise NewerStore(path, version, HEAD)
        from whence_backend.store.migrate import migrate

        migrate(path, HEAD)
