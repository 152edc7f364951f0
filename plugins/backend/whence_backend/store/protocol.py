"""What the rest of the backend may ask of a store, whatever database is behind it.

Must not name a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from whence.graph import Node
from whence.model import Field
from whence_backend.model import (
    EventFilter,
    IngestReport,
    Run,
    RunFilter,
    Step,
    StoredEvent,
    Trace,
    TraceQuery,
)


class Store(Protocol):
    """Events, runs and the graph that follows from them.

    Names are read as `whence_backend.store.names.resolve` says; `UnknownName` and
    `AmbiguousName` are raised for those that name nothing or too much.
    """

    @property
    def read_only(self) -> bool:
        """True where the store's place cannot be written: it answers, and takes nothing in."""
        ...

    def ingest(
        self, lines: Iterable[bytes], stored: Callable[[int], None] | None = None
    ) -> IngestReport:
        """Store the events in ``lines``; ``stored`` hears how many lines are safe."""
        ...

    def resolve(self, name: str) -> Node:
        """The node that ``name`` names."""
        ...

    def trace(self, name: str, query: TraceQuery) -> Trace:
        """The lineage of what ``name`` names."""
        ...

    def explain(self, name: str, query: TraceQuery) -> tuple[Step, ...]:
        """How the column that ``name`` names is made, the column itself first."""
        ...

    def columns(self, name: str) -> tuple[Field, ...] | None:
        """The columns of the table that ``name`` ends in; None where none or several are meant."""
        ...

    def runs(self, wanted: RunFilter) -> tuple[Run, ...]:
        """Runs, the newest first."""
        ...

    def events(self, wanted: EventFilter) -> Iterator[StoredEvent]:
        """Events in the order stored, byte for byte as received."""
        ...

    def erase(self, person: str) -> int:
        """Erase every facet that names ``person``; returns how many."""
        ...

    def close(self) -> None:
        """Free what the store holds."""
        ...
