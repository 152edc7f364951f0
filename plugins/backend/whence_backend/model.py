"""What the store answers: plain values, ready for a terminal or JSON.

Must not know the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from whence.graph import Edge, Graph, Node

Direction = Literal["upstream", "downstream", "both"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is no event; ``line`` counts from 1."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of the lines: stored, known already, or rejected.

    Attributes:
        busy: True where nothing was read, for another process has been at it all the time.
    """

    stored: int = 0
    repeated: int = 0
    rejected: tuple[Rejected, ...] = ()
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Trace:
    """The lineage of one node.

    Attributes:
        root: The node asked for.
        nodes: The root, its columns and every end of an edge, sorted.
        edges: Sorted, each once.
        gaps: What the jobs on the way could not resolve: code, reason, where, job.
        columns: The columns of a table's schema in its order, also those without an edge; none
            where columns were not asked for or nobody told them.
        gone_since: Instant in microseconds from which a column is no longer in its table's
            schema; None where it is, or no schema is known.
    """

    root: Node
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[dict[str, str], ...]
    columns: tuple[Node, ...] = ()
    gone_since: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The answer of ``whence trace --json``."""
        return {
            "root": self.root.id,
            "nodes": [node.as_json() for node in self.nodes],
            "edges": [edge.as_json() for edge in self.edges],
            "gaps": list(self.gaps),
            "columns": [node.id for node in self.columns],
        }

    def graph(self) -> Graph:
        """The same, to be drawn."""
        return Graph(self.root.label(), self.nodes, self.edges, self.gaps, self.root)


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """What of a node's lineage is asked.

    Attributes:
        direction: Origins, results, or both.
        depth: How many steps from the root; None: all.
        as_of: The instant whose truth is asked; None: now.
        known_at: The instant whose knowledge is asked; None: now.
        columns: False shows a table's tables only.
        jobs: True puts the jobs between the tables.
        direct: True follows values only, not what merely decides (filters, joins).
    """

    direction: Direction = "both"
    depth: int | None = None
    as_of: int | None = None
    known_at: int | None = None
    columns: bool = True
    jobs: bool = False
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job; instants in microseconds.

    Attributes:
        run_id: As the event gave it.
        namespace: Of the job.
        job: Its name.
        state: Type of the last event that tells the state.
        started: Instant of the first event.
        ended: None while it runs.
        parent: Run id of the parent, None without one.
        error: Why it failed, None where it did not or does not say.
        children: How many runs name this one as their parent, by state.
    """

    run_id: str
    namespace: str
    job: str
    state: str
    started: int
    ended: int | None
    parent: str | None
    error: str | None
    children: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are asked for, the newest first.

    Attributes:
        job: A job's name, or its end from a dot on.
        state: Type of the event that tells the state.
        limit: The newest so many; None: all.
        parent: Only children of this run: its id, or a job's name for that job's last run.
        top: True leaves out runs whose parent is here too.
    """

    job: str | None = None
    state: str | None = None
    limit: int | None = 50
    parent: str | None = None
    top: bool = False


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are asked for; ``since`` is an event time, ``limit`` keeps the last ones."""

    job: str | None = None
    type: str | None = None
    since: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event: its bytes as received, and what a table shows of it."""

    instant: int
    type: str
    subject: str
    run_id: str | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Step:
    """How one column is made by one job.

    Attributes:
        column: The column made.
        job: The job's name, None where no job is known.
        inputs: (origin, edge) of each column it depends on, sorted.
        sql: The job's SQL, None where it is not known.
    """

    column: Node
    job: str | None
    inputs: tuple[tuple[Node, Edge], ...]
    sql: str | None
