"""A script as one step: what its outputs take from its inputs, through all that it made between.

Plain values; must not import sqlglot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from whence.model import Subtype
from whence.sql.results import (
    Indirect,
    OutputColumn,
    ScriptLineage,
    SourceColumn,
    StatementLineage,
    TableName,
)

_STRENGTH: dict[Subtype, int] = {"IDENTITY": 0, "TRANSFORMATION": 1, "AGGREGATION": 2}


def composed(script: ScriptLineage) -> StatementLineage:
    """``script`` as one statement."""
    if len(script.statements) == 1 and script.statements[0].outputs == script.outputs:
        return script.statements[0]
    composer = _Composer(script.inputs)
    for statement in script.statements:
        composer.add(statement)
    columns, indirect = composer.result(script.outputs)
    return StatementLineage(
        "SCRIPT",
        script.inputs,
        script.outputs,
        columns,
        indirect,
        script.gaps,
        min((each.confidence for each in script.statements), default=1.0),
    )


@dataclass(slots=True, eq=False)
class _Table:
    """A table that the script fills, as far as it has been read.

    Attributes:
        columns: By folded name.
        indirect: What bears on its rows.
    """

    columns: dict[str, OutputColumn] = field(default_factory=dict)
    indirect: dict[Indirect, None] = field(default_factory=dict)


class _Composer:
    """Follows a script from its first statement on."""

    def __init__(self, inputs: Iterable[TableName]) -> None:
        """Tables among ``inputs`` stay sources, whatever the script does to them later."""
        self._inputs = frozenset(inputs)
        self._tables: dict[TableName | None, _Table] = {}

    def add(self, statement: StatementLineage) -> None:
        """The next statement."""
        if statement.kind.startswith("DROP") or statement.kind == "TRUNCATE":
            for name in statement.outputs:
                self._tables.pop(name, None)
            return
        if statement.kind.startswith("CREATE"):
            for name in statement.outputs:
                self._tables.pop(name, None)
        columns = [self._composed(column) for column in statement.columns]
        indirect = [each for known in statement.indirect for each in self._influence(known)]
        indirect += self._of_rows(statement)
        for column in columns:
            self._unite(self._tables.setdefault(column.dataset, _Table()), column)
        for each in indirect:
            self._tables.setdefault(each.output, _Table()).indirect[each] = None

    def result(
        self, outputs: Sequence[TableName]
    ) -> tuple[tuple[OutputColumn, ...], tuple[Indirect, ...]]:
        """The columns of ``outputs`` and of bare queries, and what bears on their rows."""
        kept = [self._tables[name] for name in (*outputs, None) if name in self._tables]
        columns = tuple(column for table in kept for column in table.columns.values())
        return columns, tuple(each for table in kept for each in table.indirect)

    def _made(self, name: TableName) -> _Table | None:
        """What the script itself put into a table that it reads."""
        return None if name in self._inputs else self._tables.get(name)

    def _composed(self, column: OutputColumn) -> OutputColumn:
        if all(self._made(source.dataset) is None for source in column.inputs):
            return column
        found = [inner for source in column.inputs for inner in self._behind(source)]
        return replace(column, inputs=_sorted(found), derivation=None)

    def _behind(self, source: SourceColumn) -> list[SourceColumn]:
        """The sources of a column that is read."""
        table = self._made(source.dataset)
        known = None if table is None else table.columns.get(source.column.lower())
        if known is None:
            return [source]
        return [_through(source, inner) for inner in known.inputs]

    def _influence(self, known: Indirect) -> list[Indirect]:
        table = self._made(known.dataset)
        column = None if table is None else table.columns.get(known.column.lower())
        if column is None:
            return [known]
        found = [known._replace(dataset=each.dataset, column=each.column) for each in column.inputs]
        return list(dict.fromkeys(found))

    def _of_rows(self, statement: StatementLineage) -> list[Indirect]:
        """What bore on the rows of the tables that a statement reads."""
        targets = dict.fromkeys(column.dataset for column in statement.columns)
        made = [table for name in statement.inputs if (table := self._made(name)) is not None]
        return [
            each._replace(output=target)
            for target in targets
            for table in made
            for each in table.indirect
        ]

    def _unite(self, table: _Table, column: OutputColumn) -> None:
        """One more way in which a column is filled."""
        # A query may return two columns of one name; a table has each once.
        query = column.dataset is None
        key = f"{len(table.columns)}" if query else column.column.lower()
        before = table.columns.get(key)
        if before is not None:
            column = replace(
                before,
                inputs=_sorted([*before.inputs, *column.inputs]),
                type=before.type or column.type,
                derivation=None,
            )
        table.columns[key] = column


def _through(outer: SourceColumn, inner: SourceColumn) -> SourceColumn:
    """A source of a column that is itself a source."""
    sure = min(outer.confidence, inner.confidence)
    if outer.type == "INDIRECT":
        return outer._replace(dataset=inner.dataset, column=inner.column, confidence=sure)
    if inner.type == "INDIRECT":
        return inner._replace(confidence=sure)
    stronger = max(outer.subtype, inner.subtype, key=_STRENGTH.__getitem__)
    return inner._replace(
        subtype=stronger,
        masking=outer.masking or inner.masking,
        expression=outer.expression or inner.expression,
        confidence=sure,
    )


def _sorted(sources: Iterable[SourceColumn]) -> tuple[SourceColumn, ...]:
    """Each once, in the order of results."""
    return tuple(sorted(dict.fromkeys(sources), key=_order))


def _order(source: SourceColumn) -> tuple[tuple[str, ...], str, str, str]:
    return source.dataset.parts, source.column, source.type, source.subtype
