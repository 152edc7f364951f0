"""The store on SQLite: one file, one writer at a time, any number of readers.

Must not be known to the commands but through `whence_backend.store.Store`.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from whence.errors import BadInput
from whence.graph import Node
from whence.model import Field
from whence_backend.model import (
    EventFilter,
    IngestReport,
    Rejected,
    Run,
    RunFilter,
    Step,
    StoredEvent,
    Trace,
    TraceQuery,
)
from whence_backend.store import names, reads, schemas
from whence_backend.store.database import connect, is_read_only, snapshot, transaction
from whence_backend.store.trace import node_of, trace
from whence_backend.store.writer import Writer

GROUP_EVENTS = 500
GROUP_BYTES = 8_000_000


def _clock() -> int:
    return time.time_ns() // 1_000


class SqliteStore:
    """Events, runs and the graph in one SQLite file."""

    def __init__(self, path: Path, clock: Callable[[], int] = _clock) -> None:
        """Open or create the store.

        Args:
            path: The file.
            clock: Microseconds since 1970; when facts become known.
        """
        self._connection = connect(path)
        self._writer = Writer(self._connection)
        self._clock = clock

    @property
    def read_only(self) -> bool:
        return is_read_only(self._connection)

    def ingest(
        self, lines: Iterable[bytes], stored: Callable[[int], None] | None = None
    ) -> IngestReport:
        """Store the events in ``lines``, one a line, in groups that are safe when committed.

        Args:
            lines: Empty ones are skipped; one that is no event is rejected, the rest is kept.
            stored: Called with the number of lines that are safe, after each commit.
        """
        numbered = enumerate(lines, start=1)
        new, repeated, rejected = 0, 0, []
        while group := list(_group(numbered)):
            fresh, wrong = self._commit(group)
            new += fresh
            repeated += sum(1 for _, line in group if line) - fresh - len(wrong)
            rejected += wrong
            if stored is not None:
                stored(group[-1][0])
        return IngestReport(new, repeated, tuple(rejected))

    def _commit(self, group: list[tuple[int, bytes]]) -> tuple[int, list[Rejected]]:
        committed = False
        try:
            with transaction(self._connection):
                fresh, rejected = self._add(group)
            committed = True
        finally:
            if not committed:
                self._writer.forget()
        return fresh, rejected

    def _add(self, group: list[tuple[int, bytes]]) -> tuple[int, list[Rejected]]:
        fresh, rejected = 0, []
        tx = self._next_instant()
        for number, line in group:
            try:
                fresh += bool(line) and self._writer.add(line, tx)
            except BadInput as error:
                rejected.append(Rejected(number, str(error)))
        self._writer.settle(tx)
        return fresh, rejected

    def _next_instant(self) -> int:
        """Now, but later than any transaction before, whatever the clock says."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = 'tx'").fetchone()
        tx = max(self._clock(), 0 if row is None else row[0] + 1)
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('tx', ?)", (tx,))
        return tx

    def resolve(self, name: str) -> Node:
        """The node that ``name`` names; see `whence_backend.store.names.resolve`."""
        with snapshot(self._connection):
            return node_of(self._connection, names.resolve(self._connection, name))

    def trace(self, name: str, query: TraceQuery) -> Trace:
        """The lineage of what ``name`` names."""
        with snapshot(self._connection):
            return trace(self._connection, names.resolve(self._connection, name), query)

    def explain(self, name: str, query: TraceQuery) -> tuple[Step, ...]:
        """How the column that ``name`` names is made."""
        with snapshot(self._connection):
            root = names.resolve(self._connection, name)
            return reads.explain(self._connection, root, query)

    def columns(self, name: str) -> tuple[Field, ...] | None:
        """The columns of the table that ``name`` ends in; None where none or several are meant."""
        with snapshot(self._connection):
            return schemas.columns(self._connection, name)

    def runs(self, wanted: RunFilter) -> tuple[Run, ...]:
        """Runs, the newest first."""
        return reads.runs(self._connection, wanted)

    def events(self, wanted: EventFilter) -> Iterator[StoredEvent]:
        """Events in the order stored, byte for byte as received."""
        return reads.events(self._connection, wanted)

    def erase(self, person: str) -> int:
        """Erase every facet that names ``person``; returns how many.

        A facet does where one of its values is that text, as a whole. Only facets that are
        there to name persons are looked at. The events stay and say that something was
        erased, and when.
        """
        with transaction(self._connection):
            now = self._clock()
            rows = self._connection.execute(
                "SELECT id, z FROM blob WHERE personal AND z IS NOT NULL"
            ).fetchall()
            found = [number for number, z in rows if _holds(json.loads(zlib.decompress(z)), person)]
            # The digest goes too: a name can be found by hashing candidates.
            self._connection.executemany(
                "UPDATE blob SET z = NULL, erased = ?, digest = ? WHERE id = ?",
                [(now, os.urandom(20), number) for number in found],
            )
        return len(found)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _holds(value: Any, text: str) -> bool:
    """True where ``text`` is one of the values in the JSON ``value``."""
    if isinstance(value, dict):
        return any(_holds(each, text) for each in value.values())
    if isinstance(value, list):
        return any(_holds(each, text) for each in value)
    return bool(value == text)


def _group(numbered: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The next lines that go into one transaction."""
    size = 0
    for number, line in islice(numbered, GROUP_EVENTS):
        yield number, line.strip()
        size += len(line)
        if size > GROUP_BYTES:
            return
