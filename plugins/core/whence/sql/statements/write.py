"""What a statement has been found to write, and its translation into results.

Must not know kinds of statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlglot import exp

from whence.columns.algebra import Derived, Write, bare
from whence.columns.modes import masked, subtype, subtypes
from whence.columns.resolver import Flow, Resolver, Written
from whence.model import IndirectSubtype
from whence.sql.plan import STAR, Plan, Rows
from whence.sql.results import (
    ExpressionText,
    Indirect,
    OutputColumn,
    SourceColumn,
    TableName,
)
from whence.sql.stored import StoredTable
from whence.sql.text import text_of


@dataclass(slots=True, eq=False)
class Target:
    """One table that a statement writes, or a query's result.

    Attributes:
        table: The table, or None for the result of a query.
        names: The columns written, in order.
        types: Their types, where certain.
    """

    table: TableName | None
    write: Write
    names: Sequence[str]
    types: Sequence[str | None] = ()


@dataclass(slots=True, eq=False)
class Effects:
    """What one statement does.

    Attributes:
        outputs: Tables that it writes or changes, also those without known columns.
        inputs: Tables that it reads beside those that the targets' relations scan.
        own: The target, where the statement names it as a FROM item without reading another one.
        rows: What RETURNING gives, where the statement is a table expression.
    """

    kind: str
    targets: list[Target] = field(default_factory=list)
    outputs: list[TableName] = field(default_factory=list)
    inputs: list[TableName] = field(default_factory=list)
    own: TableName | None = None
    confidence: float = 1.0
    rows: Rows | None = None


def target_of(plan: Plan, table: TableName | None, rows: Rows, names: Sequence[str]) -> Target:
    """All columns of ``rows`` written to ``table`` under ``names``."""
    columns = [Derived(column, bare(column)) for column in rows.ids[: len(names)]]
    types = [plan.type_of(column) for column in rows.ids[: len(names)]]
    given = list(names[: len(columns)])
    if rows.rest and rows.unknown:
        met = plan.beyond(rows, STAR)
        columns.append(Derived(plan.reserve(1), bare(met) if isinstance(met, int) else met, True))
        given.append(STAR)
        types.append(None)
    return Target(table, Write((rows.node,), columns=columns), given, types)


class Answer:
    """Translates what was resolved into results; one for each script.

    Attributes:
        texts: The expressions that results refer to, by the id of the column they compute.
    """

    def __init__(self, plan: Plan) -> None:
        """Results in the names of ``plan``."""
        self._plan = plan
        self._resolver = Resolver()
        self.texts: dict[int, ExpressionText] = {}

    def columns(self, target: Target) -> tuple[list[OutputColumn], list[Indirect], list[TableName]]:
        """The columns, influences and tables read of one target."""
        while self._plan.beside:
            self._resolver.know(self._plan.beside.pop())
        written = self._resolver.resolve(target.write)
        columns = [
            OutputColumn(target.table, name, self._sources(flow), type_)
            for name, flow, type_ in zip(target.names, written.columns, target.types, strict=False)
        ]
        return columns, self._influences(target, written), _names(written)

    def _sources(self, flow: Flow) -> tuple[SourceColumn, ...]:
        if not flow.direct and not flow.indirect:
            return ()
        found: list[SourceColumn] = []
        source_of = self._plan.source
        for column, mode in flow.direct.items():
            table, name = source_of(column)
            text = self._text(flow.origin(column))
            kind = subtype(mode)
            found.append(SourceColumn(table.name, name, "DIRECT", kind, masked(mode), text))
        for column, mode in flow.indirect.items():
            table, name = source_of(column)
            text = self._text(flow.origin(column))
            found += [
                SourceColumn(table.name, name, "INDIRECT", each, masks, text)
                for each, masks in subtypes(mode)
            ]
        if self._plan.confidences:
            found = self._with_confidence(flow, found)
        if len(found) > 1:
            found.sort(key=_source_order)
        return tuple(found)

    def _with_confidence(self, flow: Flow, found: list[SourceColumn]) -> list[SourceColumn]:
        """``found`` with the confidence of each column where that is below 1.0."""
        plan = self._plan
        doubted = {
            (table.name, name): plan.confidences[column]
            for column in (*flow.direct, *flow.indirect)
            if column in plan.confidences
            for table, name in (plan.source(column),)
        }
        return [
            each._replace(confidence=doubted.get((each.dataset, each.column), 1.0))
            for each in found
        ]

    def _text(self, column: int | None) -> ExpressionText | None:
        node = None if column is None else self._plan.texts.get(column)
        if node is None or column is None:
            return None if column is None else self._plan.written_texts.get(column)
        known = self.texts.get(column)
        if known is None:
            known = self.texts[column] = _lazy_text(self._plan, node)
        return known

    def _influences(self, target: Target, written: Written) -> list[Indirect]:
        by_kind: dict[IndirectSubtype, list[Indirect]] = {}
        source_of, doubted, output = self._plan.source, self._plan.confidences, target.table
        for column, mode in written.influences.items():
            table, name = source_of(column)
            sure = doubted.get(column, 1.0)
            for kind, _ in subtypes(mode):
                by_kind.setdefault(kind, []).append(Indirect(output, table.name, name, kind, sure))
        found: list[Indirect] = []
        for kind in sorted(by_kind):
            found += sorted(by_kind[kind], key=_influence_order)
        return found


def _names(written: Written) -> list[TableName]:
    return [table.name for table in written.tables if isinstance(table, StoredTable)]


def _source_order(source: SourceColumn) -> tuple[tuple[str, ...], str, str, str]:
    return source.dataset.parts, source.column, source.type, source.subtype


def _influence_order(influence: Indirect) -> tuple[tuple[str, ...], str]:
    return influence[1].parts, influence[2]


def _lazy_text(plan: Plan, node: exp.Expr) -> ExpressionText:
    spans = plan.spans
    place = None if spans is None else partial(spans.of, node)
    return ExpressionText(lambda: text_of(node, plan.rules), place)
