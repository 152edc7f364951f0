"""What a statement does to tables as a whole: they come, go, change their name or lose their rows.

Must not read queries.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from whence.sql.plan import Plan
from whence.sql.results import Change, TableChange, TableName
from whence.sql.statements.write import Effects
from whence.sql.tablenames import table_name

_TABLES = ("TABLE", "VIEW", "")
Found = list[TableChange]


def changes(plan: Plan, node: exp.Expr, effects: Effects) -> tuple[TableChange, ...]:
    """The changes that ``node`` makes to stored tables; a session's own are left out."""
    found = _READERS.get(node.__class__)
    if found is None:
        return ()
    return tuple(each for each in found(plan, node, effects) if not plan.is_made(each.table))


def _all(effects: Effects, change: Change) -> Found:
    return [TableChange(each, change) for each in effects.outputs]


def _create(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    kind = str(node.args.get("kind") or "").upper()
    if kind not in _TABLES or not effects.outputs:
        return []
    change: Change = "OVERWRITE" if node.args.get("replace") and kind == "TABLE" else "CREATE"
    return [TableChange(effects.outputs[0], change)]


def _select(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    return _all(effects, "CREATE")


def _drop(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    return _all(effects, "DROP")


def _truncate(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    return _all(effects, "TRUNCATE")


def _alter(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    renamed = any(isinstance(each, exp.AlterRename) for each in node.args.get("actions") or ())
    if renamed and effects.inputs and effects.outputs:
        return [TableChange(effects.outputs[0], "RENAME", effects.inputs[0])]
    return _all(effects, "ALTER")


def _overwrite(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    return _all(effects, "OVERWRITE") if node.args.get("overwrite") else []


def _several(plan: Plan, node: exp.Expr, effects: Effects) -> Found:
    """INSERT ALL and FROM ... INSERT: each branch by itself."""
    found: dict[TableName, None] = {}
    for each in node.args["expressions"]:
        inner = each.args["this"] if isinstance(each, exp.ConditionalInsert) else each
        this = inner.args.get("this")
        this = this.args["this"] if isinstance(this, exp.Schema) else this
        if isinstance(this, exp.Table) and (
            inner.args.get("overwrite") or node.args.get("overwrite")
        ):
            found[table_name(plan, this)] = None
    return [TableChange(each, "OVERWRITE") for each in found]


_READERS: dict[type, Callable[[Plan, exp.Expr, Effects], Found]] = {
    exp.Create: _create,
    exp.Select: _select,
    exp.Union: _select,
    exp.Drop: _drop,
    exp.TruncateTable: _truncate,
    exp.Alter: _alter,
    exp.Insert: _overwrite,
    exp.LoadData: _overwrite,
    exp.MultitableInserts: _several,
}
