"""From a plan to what its session keeps, and back: temporary tables as values instead of relations.

Must not look at SQL; a kept table holds no syntax tree.
"""

from __future__ import annotations

from functools import partial

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Project, Relation
from whence.sql.plan import STAR, Plan, Rows
from whence.sql.results import (
    ExpressionText,
    Indirect,
    OutputColumn,
    SourceColumn,
    TableName,
)
from whence.sql.session import Session, TemporaryTable, table_key
from whence.sql.statements.write import Answer, target_of

_DIRECT: dict[tuple[str, bool], int] = {
    (name, masking): kind * 2 + (not masking)
    for kind, name in enumerate(modes.DIRECT_SUBTYPES)
    for masking in (False, True)
}
_INDIRECT: dict[str, int] = {name: bit for bit, name in modes.INDIRECT_SUBTYPES}


def begin(plan: Plan, session: Session) -> None:
    """Let ``plan`` go on where ``session`` stands."""
    catalog, schema = plan.defaults
    plan.defaults = (session.catalog or catalog, session.schema or schema)
    plan.told.update(session.tables)
    plan.kept.update((key, partial(_rows, plan, table)) for key, table in session.temporary.items())
    for name, table in session.variables.items():
        plan.variables.declare((name,))
        if table is not None:
            plan.variables.hold(name, _rows(plan, table))


def keep(plan: Plan, answer: Answer, session: Session) -> None:
    """Let ``session`` stand where ``plan`` ends; what was resolved before stays as it is."""
    session.catalog, session.schema = plan.defaults
    for variable in plan.variables.names():
        held = _held(plan, variable)
        name = TableName((variable,), (True,))
        session.variables[variable] = None if held is None else _table(plan, answer, name, held)
    session.tables.update(plan.defined)
    for key in [key for key in session.temporary if key not in plan.kept]:
        del session.temporary[key]
    for name, rows in plan.made_tables():
        session.temporary[table_key(name)] = _table(plan, answer, name, rows)


def _held(plan: Plan, variable: str) -> Rows | None:
    """What a variable holds as rows, or None where that depends on no table."""
    value = plan.variables.value(variable)
    rows = plan.variables.rows(variable)
    if rows is not None or value is None or not value.uses:
        return rows
    derived = plan.derive(value, None)
    return Rows(Project(value.queries, (derived,)), ["value"], [derived.column])


def _table(plan: Plan, answer: Answer, name: TableName, rows: Rows) -> TemporaryTable:
    """A temporary table as values."""
    columns, indirect, tables = answer.columns(target_of(plan, name, rows, list(rows.names)))
    texts: dict[int, ExpressionText] = {}
    return TemporaryTable(
        name,
        tuple(
            OutputColumn(
                each.dataset,
                each.column,
                tuple(_detached(source, texts) for source in each.inputs),
                each.type,
            )
            for each in columns
        ),
        tuple(indirect),
        tuple(dict.fromkeys(tables)),
    )


def _detached(source: SourceColumn, texts: dict[int, ExpressionText]) -> SourceColumn:
    """``source`` with its expression written out, so that the plan behind it can go."""
    text = source.expression
    if text is None:
        return source
    known = texts.get(id(text))
    if known is None:
        known = texts[id(text)] = ExpressionText(partial(str, str(text)))
    return source._replace(expression=known)


def _rows(plan: Plan, table: TemporaryTable) -> Rows:
    """The rows of a temporary table in ``plan``."""
    scans = [plan.scan(plan.table(name)).node for name in table.inputs]
    known = [each for each in table.columns if each.column != STAR]
    derives: list[Derived] = []
    ids = [_column(plan, each.inputs, derives) for each in known]
    more = len(known) < len(table.columns)
    rest = [plan.table(each.dataset) for each in table.columns[-1].inputs] if more else []
    decides = [
        Expression([(_source(plan, each), _INDIRECT[each.subtype])]) for each in table.indirect
    ]
    node = Relation(scans, derives, decides)
    return Rows(node, [each.column for each in known], ids, tuple(rest), more)


def _column(plan: Plan, sources: tuple[SourceColumn, ...], derives: list[Derived]) -> int:
    """A column over its sources: one step for each expression, then the choice among them."""
    by_text: dict[ExpressionText | None, list[tuple[int, int]]] = {}
    for source in sources:
        use = (_source(plan, source), _mode(source))
        by_text.setdefault(source.expression, []).append(use)
    uses = by_text.pop(None, [])
    if not by_text and len(uses) == 1 and uses[0][1] == modes.IDENTITY:
        return uses[0][0]
    for text, those in by_text.items():
        derived = Derived(plan.reserve(1), Expression(those))
        if text is not None:
            plan.written_texts[derived.column] = text
        derives.append(derived)
        uses.append((derived.column, modes.IDENTITY))
    derives.append(Derived(plan.reserve(1), Expression(uses), True))
    return derives[-1].column


def _source(plan: Plan, source: SourceColumn | Indirect) -> int:
    """The id of a stored table's column."""
    table = plan.table(source.dataset)
    known = plan.scan(table).find(source.column)
    return plan.met(table, source.column) if known is None else known


def _mode(source: SourceColumn) -> int:
    if source.type == "DIRECT":
        return _DIRECT[source.subtype, source.masking]
    return _INDIRECT[source.subtype]
