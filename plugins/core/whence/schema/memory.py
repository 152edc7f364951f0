"""The columns last seen of each dataset, in one small SQLite file that all processes share.

Must not raise into a host: a file that is missing, locked or unwritable is an empty memory.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from whence.model import Dataset, Field

Origin = Literal["observed", "written", "inferred"]
"""``observed``: asked from the system; ``written``: what a run declared; ``inferred``: from SQL."""

_T = TypeVar("_T")
_LAYOUT = 1
_CREATE = """
CREATE TABLE IF NOT EXISTS known (
  namespace TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL,
  origin TEXT NOT NULL, rank INTEGER NOT NULL, observed_at TEXT NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) WITHOUT ROWID
"""
_INDEX = "CREATE INDEX IF NOT EXISTS known_used ON known (used)"
_TICK = "SELECT coalesce(max(used), 0) + 1 FROM known"
_GET = "SELECT fields, observed_at, origin FROM known WHERE namespace = ? AND name = ?"
_PUT = """
INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (namespace, name) DO UPDATE SET
  fields = excluded.fields, origin = excluded.origin, rank = excluded.rank,
  observed_at = excluded.observed_at, used = excluded.used
WHERE (excluded.observed_at, excluded.rank) >= (known.observed_at, known.rank)
"""
_TOUCH = "UPDATE known SET used = ? WHERE namespace = ? AND name = ?"
_SHRINK = """
DELETE FROM known WHERE (namespace, name) IN (
  SELECT namespace, name FROM known ORDER BY used DESC LIMIT -1 OFFSET ?
)
"""
_RANK: dict[str, int] = {"inferred": 0, "written": 1, "observed": 2}


@dataclass(frozen=True, slots=True)
class Known:
    """What the memory holds of one dataset.

    Attributes:
        fields: Its columns in the table's order.
        observed_at: When they were seen, ISO-8601 in UTC with ``Z``.
        origin: How they became known.
    """

    fields: tuple[Field, ...]
    observed_at: str
    origin: str

    def age_s(self, now: datetime) -> float:
        """Seconds from the observation to ``now`` (which has a time zone)."""
        seen = datetime.fromisoformat(self.observed_at.replace("Z", "+00:00"))
        return (now - seen).total_seconds()


class SchemaMemory:
    """Last known columns by dataset; the least recently used are forgotten first.

    Safe for threads, forks and many processes. A file that is no database is set aside as
    ``<name>.broken`` and begun anew.
    """

    def __init__(self, path: Path, limit: int = 20_000, timeout_s: float = 0.25) -> None:
        """Remember in ``path``; nothing is opened before the first use.

        Args:
            path: The file, usually ``WHENCE_HOME/schemas.sqlite``.
            limit: Datasets kept.
            timeout_s: How long a call may wait for another process that writes.
        """
        self._path = path
        self._limit = limit
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0
        self._inherited: list[sqlite3.Connection] = []
        self._touched: dict[Dataset, None] = {}

    def get(self, dataset: Dataset) -> tuple[Field, ...] | None:
        """The columns of ``dataset``, or None where it was never seen."""
        known = self.get_known(dataset)
        return known.fields if known is not None else None

    def get_known(self, dataset: Dataset) -> Known | None:
        """The columns of ``dataset`` with time and origin, or None where it was never seen."""
        with self._lock:
            known = self._attempt(lambda connection: _read(connection, dataset), None)
            if known is not None:
                self._touched[dataset] = None
            return known

    def put(self, dataset: Dataset, fields: Iterable[Field], origin: Origin, at: str) -> bool:
        """Remember the columns of one dataset; see `put_many`."""
        return self.put_many([(dataset, tuple(fields))], origin, at)

    def put_many(
        self, schemas: Iterable[tuple[Dataset, tuple[Field, ...]]], origin: Origin, at: str
    ) -> bool:
        """Remember the columns of several datasets in one transaction.

        What is known from a later time stays; of the same time, ``observed`` outweighs ``written``
        outweighs ``inferred``. Datasets without columns are passed over.

        Args:
            schemas: Datasets with their columns in the table's order.
            origin: How the columns became known.
            at: When they were so, ISO-8601 in UTC with ``Z``.

        Returns:
            False where nothing could be kept (unwritable or locked).
        """
        rows = [
            (dataset.namespace, dataset.name, _dump(fields), origin, _RANK[origin], at)
            for dataset, fields in schemas
            if fields
        ]
        with self._lock:
            kept = self._attempt(lambda connection: self._write(connection, rows), False)
            if kept:
                self._touched.clear()
            return kept

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            self._drop_connection()

    def _write(
        self, connection: sqlite3.Connection, rows: Sequence[tuple[str, str, str, str, int, str]]
    ) -> bool:
        """One transaction: what was read counts as used before what is written now."""
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            (tick,) = connection.execute(_TICK).fetchone()
            connection.executemany(
                _TOUCH, [(tick, dataset.namespace, dataset.name) for dataset in self._touched]
            )
            connection.executemany(_PUT, [(*row, tick + 1) for row in rows])
            connection.execute(_SHRINK, (self._limit,))
        return True

    def _attempt(self, operation: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """``operation`` on the open file.

        Where the file is broken it is opened once more, as another process may have begun it anew
        meanwhile, and then set aside.
        """
        for retries_left in (2, 1, 0):
            try:
                return operation(self._open())
            except (sqlite3.OperationalError, UnicodeError, OSError):
                # Locked, full, read-only or gone: the file may be whole, so it stays.
                self._drop_connection()
                return otherwise
            except (sqlite3.DatabaseError, ValueError):
                self._drop_connection()
                if retries_left == 1:
                    _set_aside(self._path)
        return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._pid == os.getpid():
            return self._connection
        if self._connection is not None:
            # The parent's: closing it here could remove the journal under the parent's feet.
            self._inherited.append(self._connection)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            self._path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
        )
        self._pid = os.getpid()
        _prepare(self._connection)
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None and self._pid == os.getpid():
            self._connection.close()
            self._connection = None


def _prepare(connection: sqlite3.Connection) -> None:
    """Bring the file to this version's layout; another version's content is dropped."""
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if layout != _LAYOUT:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        (layout,) = connection.execute("PRAGMA user_version").fetchone()
        if layout != _LAYOUT:
            connection.execute("DROP TABLE IF EXISTS known")
            connection.execute(_CREATE)
            connection.execute(_INDEX)
            connection.execute(f"PRAGMA user_version = {_LAYOUT}")
        connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous = NORMAL")


def _read(connection: sqlite3.Connection, dataset: Dataset) -> Known | None:
    row = connection.execute(_GET, (dataset.namespace, dataset.name)).fetchone()
    if row is None:
        return None
    fields = tuple(Field(name, kind) for name, kind in json.loads(row[0]))
    return Known(fields, observed_at=row[1], origin=row[2])


def _dump(fields: tuple[Field, ...]) -> str:
    return json.dumps([[field.name, field.type] for field in fields], separators=(",", ":"))


def _set_aside(path: Path) -> None:
    """Move a broken file out of the way; its journals are of no use without it."""
    try:
        os.replace(path, path.with_name(path.name + ".broken"))
    except OSError:
        return
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
