"""ALTER TABLE's columns: what later statements know of a table that was changed.

Must not write anything: columns that come, go or change their name carry no rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

from whence.columns.algebra import NOTHING, Derived, Relation
from whence.model import Field
from whence.sql.plan import STAR, Plan, Rows
from whence.sql.results import TableName
from whence.sql.text import text_of

Columns = list[tuple[str, str | None, int | None]]
"""Name, type, and in a temporary table the id of each column; None for one that is new."""


def alter_columns(plan: Plan, name: TableName, actions: Iterable[object]) -> None:
    """Let ``name`` have the columns that it has after ``actions``."""
    temporary = plan.is_made(name)
    rows = plan.rows_of(name)
    if rows.unknown and not rows.names:
        return
    before = _columns(plan, name, rows, temporary)
    after = list(before)
    for action in actions:
        _apply(plan, after, action)
    if after == before:
        return
    if temporary:
        _make(plan, name, rows, after)
        return
    fields = [Field(column, kind) for column, kind, _ in after]
    if rows.unknown:
        fields.append(Field(STAR))
    plan.define(name, tuple(fields))


def _columns(plan: Plan, name: TableName, rows: Rows, temporary: bool) -> Columns:
    if temporary:
        return [
            (each, plan.type_of(id_), id_) for each, id_ in zip(rows.names, rows.ids, strict=False)
        ]
    return [(field.name, field.type, None) for field in plan.table(name).fields or ()]


def _apply(plan: Plan, columns: Columns, action: object) -> None:
    """One action of an ALTER TABLE."""
    if isinstance(action, exp.Schema):
        for each in action.expressions:
            _apply(plan, columns, each)
    elif isinstance(action, exp.ColumnDef):
        if _at(columns, action.name) is None:
            columns.append((action.name, _type(plan, action), None))
    elif isinstance(action, exp.ReplaceColumns):
        given = [each for each in action.expressions if isinstance(each, exp.ColumnDef)]
        columns[:] = [(each.name, _type(plan, each), None) for each in given]
    elif isinstance(action, exp.RenameColumn):
        to = action.args.get("to")
        _rename(columns, action.this.name, to.name if isinstance(to, exp.Expr) else "")
    elif isinstance(action, exp.ModifyColumn):
        _modify(plan, columns, action)
    elif isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
        _drop(columns, action)


def _modify(plan: Plan, columns: Columns, action: exp.ModifyColumn) -> None:
    """MySQL's CHANGE and MODIFY."""
    given, old = action.this, action.args.get("rename_from")
    if isinstance(old, exp.Expr):
        _rename(columns, old.name, given.name)
    at = _at(columns, given.name)
    if at is not None:
        columns[at] = (given.name, _type(plan, given) or columns[at][1], columns[at][2])


def _drop(columns: Columns, action: exp.Drop) -> None:
    dropped: Sequence[object] = action.args.get("tables") or [action.args.get("this")]
    for each in dropped:
        at = _at(columns, each.name) if isinstance(each, exp.Expr) else None
        if at is not None:
            del columns[at]


def _rename(columns: Columns, old: str, new: str) -> None:
    at = _at(columns, old)
    if at is not None and new:
        columns[at] = (new, *columns[at][1:])


def _at(columns: Columns, name: str) -> int | None:
    """Where a column stands, in any case."""
    folded = name.lower()
    return next((at for at, each in enumerate(columns) if each[0].lower() == folded), None)


def _type(plan: Plan, node: exp.Expr) -> str | None:
    kind = node.args.get("kind")
    return text_of(kind, plan.rules) or None if isinstance(kind, exp.Expr) else None


def _make(plan: Plan, name: TableName, rows: Rows, after: Columns) -> None:
    """A temporary table anew: its columns under their new names, new ones that hold nothing."""
    new = [Derived(plan.reserve(1), NOTHING) for _, _, column in after if column is None]
    waiting = iter(new)
    ids = [next(waiting).column if column is None else column for _, _, column in after]
    node = Relation((rows.node,), new) if new else rows.node
    plan.make(name, Rows(node, [each[0] for each in after], ids, rows.rest, rows.unknown))
