"""The lifetime of a job's edges: a pure fold over its events in the order of their times.

Must not know in which order they arrived, nor the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from whence_backend.times import FOREVER

EdgeKey = tuple[int, int, int, int]
"""(src, dst, kind, attr) of an edge, as the store numbers them."""

UNVERSIONED_RUNS = 30
"""Where no run says which code it is, an edge ends once so many finished runs left it out."""

FAILED = frozenset({"FAIL", "ABORT"})

SEVERAL = 0
"""In `Folded.holder`: no run has this number."""

DECLARED = "declared"
"""The type of a job or dataset event in `Step.type`: a statement, complete in itself."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one event claims; equal claims are one.

    Attributes:
        edges: The edges it asserts.
        version: Digest of the code (SQL, source), None where the event does not say.
        speaks: True where it names any dataset, so that leaving an edge out means something.
    """

    edges: frozenset[EdgeKey]
    version: str | None
    speaks: bool


class Step(NamedTuple):
    """One event of a job; steps sort by `Step.order`.

    Attributes:
        order: (instant, rank of the type, digest): total, and free of arrival.
        type: START, RUNNING, OTHER, COMPLETE, FAIL, ABORT or `DECLARED`.
        run: Which run, 0 for declarations.
        claim: What it claims; nothing for FAIL and ABORT.
    """

    order: tuple[int, int, bytes]
    type: str
    run: int
    claim: Claim


class Drop(NamedTuple):
    """A dataset that lost its content (DROP, TRUNCATE) and so its origins."""

    instant: int
    table: int


class Interval(NamedTuple):
    """An edge and when it was true; ``until`` is `FOREVER` where it still is."""

    edge: EdgeKey
    since: int
    until: int


@dataclass(slots=True)
class _Life:
    """An open edge; not ``firm`` while only ``holders``, runs that have not ended, assert it."""

    since: int
    version: str | None
    declared: bool
    seen: int
    firm: bool
    holders: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Run:
    version: str | None = None
    speaks: bool = False
    edges: set[EdgeKey] = field(default_factory=set)


@dataclass(slots=True)
class Folded:
    """The outcome of a fold.

    Attributes:
        intervals: Every interval of every edge.
        active: The edges that are still open.
        settled: True where every open edge is of one version (and, where runs do not say
            theirs, was asserted by the last finished run): then another run that claims
            the same changes nothing.
        version: That version, None where runs do not say.
        holder: The one run on which open edges still depend, `SEVERAL` where there are more,
            None where every open edge outlives any failure.
    """

    intervals: list[Interval]
    active: frozenset[EdgeKey]
    settled: bool
    version: str | None
    holder: int | None


def fold(steps: Iterable[Step], drops: Iterable[Drop], table_of: Mapping[int, int]) -> Folded:
    """The intervals of all edges that ``steps`` claim.

    START, RUNNING and OTHER open edges and close none. COMPLETE closes what a run of another
    code version asserted last and this run did not. FAIL and ABORT close what nothing but
    their own run has asserted since it opened. A declaration closes what the one before it
    declared. A drop closes every edge into its table.

    Args:
        steps: In any order.
        drops: Of the tables these edges end at, in any order.
        table_of: The table of each column an edge ends at.
    """
    folding = _Fold(table_of)
    moments: list[Step | Drop] = [*steps, *drops]
    for moment in sorted(moments, key=_order):
        if isinstance(moment, Drop):
            folding.drop(moment)
        elif moment.type == DECLARED:
            folding.declare(moment)
        elif moment.type in FAILED:
            folding.withdraw(moment)
        else:
            folding.observe(moment)
    return folding.outcome()


def _order(moment: Step | Drop) -> tuple[int, int, bytes]:
    """A drop comes before what an event of the same instant claims: it is often the same event."""
    return moment.order if isinstance(moment, Step) else (moment.instant, -1, b"")


class _Fold:
    def __init__(self, table_of: Mapping[int, int]) -> None:
        self._table_of = table_of
        self._lives: dict[EdgeKey, _Life] = {}
        self._runs: dict[int, _Run] = {}
        self._closed: list[Interval] = []
        self._finished = 0

    def observe(self, step: Step) -> None:
        run = self._runs.setdefault(step.run, _Run())
        run.version = step.claim.version or run.version
        run.speaks = run.speaks or step.claim.speaks
        run.edges |= step.claim.edges
        finishes = step.type == "COMPLETE" and run.speaks
        self._finished += finishes
        for edge in run.edges if finishes else step.claim.edges:
            self._assert(edge, step, run.version)
        if finishes:
            self._close_left_out(step.order[0], run)

    def _assert(self, edge: EdgeKey, step: Step, version: str | None) -> None:
        life = self._lives.get(edge)
        if life is None:
            life = _Life(step.order[0], version, False, self._finished, False)
            self._lives[edge] = life
        # A run that does not say its version does not make the edge's version unknown.
        life.version = version or life.version
        life.declared = False
        life.seen = self._finished
        life.firm = life.firm or step.type == "COMPLETE"
        life.holders.add(step.run)

    def withdraw(self, step: Step) -> None:
        """The run failed: what it alone had promised never came to be."""
        for edge, life in list(self._lives.items()):
            life.holders.discard(step.run)
            if not life.firm and not life.holders:
                self._close(edge, step.order[0])

    def _close_left_out(self, instant: int, run: _Run) -> None:
        for edge, life in list(self._lives.items()):
            if edge in run.edges or life.declared:
                continue
            outlived = self._finished - life.seen >= UNVERSIONED_RUNS
            changed = run.version is not None and life.version != run.version
            if changed or (run.version is None and life.version is None and outlived):
                self._close(edge, instant)

    def declare(self, step: Step) -> None:
        if not step.claim.speaks:
            return
        for edge, life in list(self._lives.items()):
            if life.declared and edge not in step.claim.edges:
                self._close(edge, step.order[0])
        for edge in step.claim.edges:
            life = _Life(step.order[0], step.claim.version, True, self._finished, True)
            self._lives.setdefault(edge, life).firm = True

    def drop(self, drop: Drop) -> None:
        for edge in list(self._lives):
            if self._table_of.get(edge[1], edge[1]) == drop.table:
                self._close(edge, drop.instant)

    def _close(self, edge: EdgeKey, instant: int) -> None:
        life = self._lives.pop(edge)
        if life.since < instant:
            self._closed.append(Interval(edge, life.since, instant))

    def outcome(self) -> Folded:
        lives = self._lives
        versions = {life.version for life in lives.values()}
        settled = len(versions) == 1 and not any(life.declared for life in lives.values())
        if None in versions:
            settled = settled and all(life.seen == self._finished for life in lives.values())
        still = [Interval(edge, life.since, FOREVER) for edge, life in lives.items()]
        return Folded(
            intervals=self._closed + still,
            active=frozenset(lives),
            settled=settled,
            version=next(iter(versions)) if settled else None,
            holder=self._holder(),
        )

    def _holder(self) -> int | None:
        holders = {run for life in self._lives.values() if not life.firm for run in life.holders}
        if not holders:
            return None
        return holders.pop() if len(holders) == 1 else SEVERAL
