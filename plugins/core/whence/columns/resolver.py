"""The one resolver: from a plan to the source columns of every column it writes.

Must not know what columns, tables or expressions are called, nor where the plan came from.
One bottom-up pass with a stack of its own; every relation and every column is resolved once, and
what decides on rows is kept once per relation and collected at the end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
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

NEW = -1
"""Of a relation on the stack: nothing below it was visited yet."""

_NOTHING: Mapping[ColumnId, int] = {}


@dataclass(slots=True, eq=False)
class Flow:
    """Where a column comes from.

    Attributes:
        direct: Source column -> direct mode.
        indirect: Source column -> bit set of influences on this column alone.
        place: The derived column whose expression last changed the value, whatever its source;
            None where it came through unchanged, or where `places` tell it source by source.
        places: The same for each source, where the column is one of several alternatives.
    """

    direct: Mapping[ColumnId, int]
    indirect: Mapping[ColumnId, int]
    place: ColumnId | None
    places: Mapping[ColumnId, ColumnId]

    def origin(self, source: ColumnId) -> ColumnId | None:
        """The derived column whose expression last changed the value of ``source`` on its way."""
        return self.places.get(source) if self.place is None else self.place


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
        self._steps: dict[Recursion, list[Relation]] = {}

    def resolve(self, write: Write) -> Written:
        """The sources of every column of ``write``."""
        tables: dict[Hashable, None] = {}
        decides: list[Expression] = []
        for relation in self._visit(write):
            if relation.decides:
                decides += relation.decides
            if isinstance(relation, Scan):
                tables[relation.table] = None
        columns = [self._flow(column) for column in write.columns]
        return Written(columns, self._decide(decides), list(tables))

    def know(self, relation: Relation) -> None:
        """Resolve the columns of ``relation``, which a write uses without reading its rows."""
        self._visit(relation)

    def _visit(self, root: Relation) -> list[Relation]:
        """Resolve ``root`` and all below it; all of these, inputs first."""
        order: list[Relation] = []
        seen: set[Relation] = set()
        stack: list[tuple[Relation, int]] = [(root, NEW)]
        while stack:
            relation, first = stack.pop()
            if first == NEW:
                if relation in seen:
                    continue
                seen.add(relation)
                if relation.__class__ is Scan and not relation.derives:
                    order.append(relation)
                    continue
                below = self._below(relation)
                if below:
                    stack.append((relation, len(order)))
                    stack.extend([(each, NEW) for each in reversed(below)])
                    continue
            if relation not in self._done:
                self._done.add(relation)
                self._derive(relation)
                if isinstance(relation, Recursion):
                    self._recur(relation, order[first:])
            order.append(relation)
        return order

    def _below(self, relation: Relation) -> Sequence[Relation]:
        """The relations that must be resolved before ``relation``."""
        below = relation.inputs
        queries = [each for derived in relation.derives for each in derived.expression.queries]
        for expression in relation.decides:
            queries += expression.queries
        if isinstance(relation, Write):
            for derived in relation.columns:
                queries += derived.expression.queries
        elif isinstance(relation, Recursion):
            queries.append(relation.step)
            for column, _ in relation.loops:
                self._flows.setdefault(column, Flow(_NOTHING, _NOTHING, None, _NOTHING))
        return [*below, *queries] if queries else below

    def _derive(self, relation: Relation) -> None:
        flows, flow = self._flows, self._flow
        for derived in relation.derives:
            flows[derived.column] = flow(derived)

    def _recur(self, recursion: Recursion, below: list[Relation]) -> None:
        """Run the step until nothing new flows round: the lattice of modes is finite."""
        self._steps[recursion] = below
        self._feed_back(recursion)
        while True:  # The first time the step did not know yet what it starts from.
            for relation in below:
                self._derive(relation)
                if isinstance(relation, Recursion):
                    self._recur(relation, self._steps[relation])
            if not self._feed_back(recursion):
                return

    def _feed_back(self, recursion: Recursion) -> bool:
        """Unite the step's columns into the recursion's own; True where that added anything."""
        changed = False
        for own, fed in recursion.loops:
            flow = self._flows[own]
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
            column = uses[0][0]
            return flows.get(column) or Flow({column: IDENTITY}, _NOTHING, None, _NOTHING)
        direct: dict[ColumnId, int] = {}
        indirect: dict[ColumnId, int] = {}
        for column, mode in uses:
            flow = flows.get(column)
            if mode >= INDIRECT:
                if flow is None:
                    indirect[column] = indirect.get(column, 0) | mode
                else:
                    _influence(indirect, flow, mode)
            elif flow is None:
                known_mode = direct.get(column)
                direct[column] = mode if known_mode is None else PARALLEL[known_mode][mode]
            else:
                _compose(direct, indirect, flow, mode)
        if derived.alternatives:
            return Flow(direct, indirect, None, self._places(uses))
        return Flow(direct, indirect, derived.column, _NOTHING)

    def _places(self, uses: Sequence[tuple[ColumnId, int]]) -> dict[ColumnId, ColumnId]:
        """The place of each source of a column that is one of its ``uses``."""
        places: dict[ColumnId, ColumnId] = {}
        for column, mode in uses:
            flow = self._flows.get(column)
            if flow is None or mode >= INDIRECT:
                continue
            if flow.place is None:
                for source, place in flow.places.items():
                    places.setdefault(source, place)
            else:
                for source in (*flow.direct, *flow.indirect):
                    places.setdefault(source, flow.place)
        return places

    def _decide(self, decides: Iterable[Expression]) -> dict[ColumnId, int]:
        influences: dict[ColumnId, int] = {}
        flows = self._flows
        for expression in decides:
            for column, mode in expression.uses:
                flow = flows.get(column)
                if flow is None:
                    influences[column] = influences.get(column, 0) | mode
                else:
                    _influence(influences, flow, mode)
        return influences


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


def _influence(indirect: dict[ColumnId, int], flow: Flow, mode: int) -> None:
    """Add the sources of a column that only decides; what decides on it decides as well."""
    for source in flow.direct:
        indirect[source] = indirect.get(source, 0) | mode
    for source, inner in flow.indirect.items():
        indirect[source] = indirect.get(source, 0) | inner | mode
