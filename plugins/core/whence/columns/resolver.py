"""The one resolver: from a plan to the source columns of every column it writes.

Must not know what columns, tables or expressions are called, nor where the plan came from.
One bottom-up pass with a stack of its own; every relation and every column is resolved once, and
what decides on rows is kept once per relation and collected at the end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from whence.columns.algebra import (
    ColumnId,
    Derived,
    Expression,
    Recursion,
    Relation,
    Scan,
    Write,
)
from whence.columns.modes import IDENTITY, INDIRECT, PARALLEL, SERIES


@dataclass(slots=True, eq=False)
class Flow:
    """Where a column comes from.

    Attributes:
        direct: Source column -> direct mode.
        indirect: Source column -> bit set of influences on this column alone.
        origin: Source column -> the derived column whose expression last changed the value on its
            way; absent where it came through unchanged.
    """

    direct: dict[ColumnId, int]
    indirect: dict[ColumnId, int]
    origin: dict[ColumnId, ColumnId]


@dataclass(slots=True, eq=False)
class Written:
    """The resolved columns and influences of one `Write`.

    Attributes:
        columns: One flow per written column, in the plan's order.
        influences: Source column -> bit set of influences on every row.
        tables: The tables of the scans below, each once, in the order met.
    """

    columns: list[Flow]
    influences: dict[ColumnId, int]
    tables: list[Hashable]


class Resolver:
    """Resolves the writes of one plan; what two of them share is resolved once."""

    def __init__(self) -> None:
        """Start with nothing resolved."""
        self._flows: dict[ColumnId, Flow] = {}
        self._done: set[Relation] = set()
        self._below: dict[Relation, list[Relation]] = {}
        self._influences: dict[Relation, dict[ColumnId, int]] = {}

    def resolve(self, write: Write) -> Written:
        """The sources of every column of ``write``."""
        self._visit(write)
        columns = [self._flow(column) for column in write.columns]
        return Written(columns, *self._collect(write))

    def know(self, relation: Relation) -> None:
        """Resolve the columns of ``relation``, which a write uses without reading its rows."""
        self._visit(relation)

    def _visit(self, root: Relation) -> None:
        """Resolve ``root`` and all below it, inputs first."""
        done = self._done
        stack: list[tuple[Relation, bool]] = [(root, False)]
        while stack:
            relation, opened = stack.pop()
            if relation in done:
                continue
            if opened:
                done.add(relation)
                self._derive(relation)
                continue
            stack.append((relation, True))
            stack.extend([(below, False) for below in reversed(self._inputs(relation))])

    def _inputs(self, relation: Relation) -> list[Relation]:
        """What is below ``relation``, found once."""
        below = self._below.get(relation)
        if below is None:
            below = self._below[relation] = _below(relation)
        return below

    def _derive(self, relation: Relation) -> None:
        for derived in relation.derives:
            self._flows[derived.column] = self._flow(derived)
        if isinstance(relation, Recursion):
            self._recur(relation)
        if relation.decides:
            self._influences[relation] = self._decide(relation.decides)

    def _recur(self, recursion: Recursion) -> None:
        """Run the step until nothing new flows round: the lattice of modes is finite."""
        order = self._unresolved(recursion.step)
        while True:
            for relation in order:
                self._done.add(relation)
                self._derive(relation)
            if not self._feed_back(recursion):
                return

    def _unresolved(self, root: Relation) -> list[Relation]:
        """The relations at and below ``root`` that are not resolved yet, inputs first."""
        order: list[Relation] = []
        seen = set(self._done)
        stack: list[tuple[Relation, bool]] = [(root, False)]
        while stack:
            relation, opened = stack.pop()
            if opened:
                order.append(relation)
            elif relation not in seen:
                seen.add(relation)
                stack.append((relation, True))
                stack.extend([(below, False) for below in reversed(self._inputs(relation))])
        return order

    def _feed_back(self, recursion: Recursion) -> bool:
        """Unite the step's columns into the recursion's own; True where that added anything."""
        changed = False
        for own, fed in recursion.loops:
            flow = self._flows.get(own)
            if flow is None:
                flow = self._flows[own] = Flow({}, {}, {})
            new = self._flow(Derived(own, Expression(((own, IDENTITY), (fed, IDENTITY))), True))
            if new.direct != flow.direct or new.indirect != flow.indirect:
                self._flows[own] = new
                changed = True
        return changed

    def _flow(self, derived: Derived) -> Flow:
        """Compose what ``derived`` uses with where that comes from."""
        flows = self._flows
        uses = derived.expression.uses
        if len(uses) == 1 and uses[0][1] == IDENTITY:
            known = flows.get(uses[0][0])
            return Flow({uses[0][0]: IDENTITY}, {}, {}) if known is None else known
        direct: dict[ColumnId, int] = {}
        indirect: dict[ColumnId, int] = {}
        origin: dict[ColumnId, ColumnId] = {}
        for column, mode in uses:
            flow = flows.get(column)
            if mode >= INDIRECT:
                _influence(indirect, column, flow, mode)
            elif flow is None:
                known_mode = direct.get(column)
                direct[column] = mode if known_mode is None else PARALLEL[known_mode][mode]
            else:
                _compose(direct, indirect, flow, mode)
                if derived.alternatives:
                    for source, place in flow.origin.items():
                        origin.setdefault(source, place)
        if not derived.alternatives:
            origin = dict.fromkeys(direct, derived.column)
            origin.update(dict.fromkeys(indirect, derived.column))
        return Flow(direct, indirect, origin)

    def _decide(self, decides: Iterable[Expression]) -> dict[ColumnId, int]:
        influences: dict[ColumnId, int] = {}
        for expression in decides:
            for column, mode in expression.uses:
                _influence(influences, column, self._flows.get(column), mode)
        return influences

    def _collect(self, root: Relation) -> tuple[dict[ColumnId, int], list[Hashable]]:
        """Unite the influences and tables of everything at and below ``root``."""
        influences: dict[ColumnId, int] = {}
        tables: dict[Hashable, None] = {}
        seen: set[Relation] = set()
        stack: list[Relation] = [root]
        while stack:
            relation = stack.pop()
            if relation in seen:
                continue
            seen.add(relation)
            if isinstance(relation, Scan):
                tables[relation.table] = None
            decided = self._influences.get(relation)
            if decided:
                for source, mode in decided.items():
                    influences[source] = influences.get(source, 0) | mode
            stack.extend(reversed(self._inputs(relation)))
            if isinstance(relation, Recursion):
                stack.append(relation.step)
        return influences, list(tables)


def _compose(
    direct: dict[ColumnId, int], indirect: dict[ColumnId, int], flow: Flow, mode: int
) -> None:
    """Add the sources of a column that is used directly."""
    series = SERIES[mode]
    for source, inner in flow.direct.items():
        known = direct.get(source)
        direct[source] = series[inner] if known is None else PARALLEL[known][series[inner]]
    for source, influence in flow.indirect.items():
        indirect[source] = indirect.get(source, 0) | influence


def _influence(
    indirect: dict[ColumnId, int], column: ColumnId, flow: Flow | None, mode: int
) -> None:
    """Add the sources of a column that only decides; what decides on it decides as well."""
    if flow is None:
        indirect[column] = indirect.get(column, 0) | mode
        return
    for source in flow.direct:
        indirect[source] = indirect.get(source, 0) | mode
    for source, inner in flow.indirect.items():
        indirect[source] = indirect.get(source, 0) | inner | mode


def _below(relation: Relation) -> list[Relation]:
    """The relations that must be resolved before ``relation``."""
    below = list(relation.inputs)
    for derived in relation.derives:
        below += derived.expression.queries
    for expression in relation.decides:
        below += expression.queries
    if isinstance(relation, Write):
        for derived in relation.columns:
            below += derived.expression.queries
    return below
