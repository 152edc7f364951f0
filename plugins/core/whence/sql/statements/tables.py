"""Statements about whole tables: DROP, TRUNCATE, ALTER, USE, SET search_path.

Must not read queries.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.results import TableName
from whence.sql.statements import current
from whence.sql.statements.altering import alter_columns
from whence.sql.statements.declare import assign
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import is_local, table_name

Reads = Generator[Ask | Step, Rows, Effects]


def drop(plan: Plan, node: exp.Expr) -> Reads:
    """DROP: a temporary table of the script is forgotten; a stored one is an output."""
    yield from ()
    kind = f"DROP {str(node.args.get('kind') or '').upper()}".strip()
    effects = Effects(kind)
    if node.args.get("kind") not in ("TABLE", "VIEW", None):
        return effects
    for each in node.args.get("tables") or [node.args.get("this")]:
        if not isinstance(each, exp.Table):
            continue
        name = table_name(plan, each)
        if plan.is_made(name):
            plan.make(name, None)
        elif not is_local(name):
            effects.outputs.append(name)
    return effects


def truncate(plan: Plan, node: exp.Expr) -> Reads:
    """TRUNCATE changes its tables and reads nothing."""
    yield from ()
    names = [table_name(plan, each) for each in node.args["expressions"]]
    return Effects("TRUNCATE", outputs=[name for name in names if not plan.is_made(name)])


def alter(plan: Plan, node: exp.Expr) -> Reads:
    """ALTER: renames and swaps move rows from one table to another."""
    yield from ()
    effects = Effects(f"ALTER {str(node.args.get('kind') or '').upper()}".strip())
    this = node.args.get("this")
    if not isinstance(this, exp.Table):
        return effects
    name = table_name(plan, this)
    effects.outputs.append(name)
    actions = node.args.get("actions") or ()
    alter_columns(plan, name, actions)
    for action in actions:
        other = action.args.get("this") if isinstance(action, exp.Expr) else None
        if isinstance(action, exp.SwapTable) and isinstance(other, exp.Table):
            _swap(plan, effects, name, table_name(plan, other))
        elif isinstance(action, exp.AlterRename) and isinstance(other, exp.Table):
            _rename(plan, effects, name, _beside(name, table_name(plan, other)))
    return effects


def _beside(name: TableName, new: TableName) -> TableName:
    """The new name in the schema of the old one, unless it says another."""
    if not new.parts or len(new.parts) >= len(name.parts):
        return new
    return TableName((*name.parts[:-1], new.parts[-1]), (*name.quoted[:-1], new.quoted[-1]))


def _rename(plan: Plan, effects: Effects, name: TableName, new: TableName) -> None:
    rows = plan.rows_of(name)
    effects.outputs[:] = [new]
    if plan.is_made(name):
        plan.make(name, None)
        plan.make(new, rows)
        return
    effects.inputs.append(name)
    effects.targets.append(target_of(plan, new, rows, list(rows.names)))
    table = plan.table(name)
    plan.define(new, table.fields)


def _swap(plan: Plan, effects: Effects, one: TableName, other: TableName) -> None:
    """Each has the rows and columns of the other from now on; said of the one that is altered."""
    rows, others = plan.rows_of(one), plan.rows_of(other)
    if plan.is_made(one) or plan.is_made(other):
        plan.make(one, others)
        plan.make(other, rows)
        return
    effects.inputs.append(other)
    effects.targets.append(target_of(plan, one, others, list(others.names)))
    fields, others_fields = plan.table(one).fields, plan.table(other).fields
    plan.define(one, others_fields)
    plan.define(other, fields)


def use(plan: Plan, node: exp.Expr) -> Reads:
    """USE puts a catalogue or schema in front of the names that follow."""
    yield from ()
    current.use(plan, node)
    return Effects("USE")


def set_variable(plan: Plan, node: exp.Expr) -> Reads:
    """SET: the search path, and variables that are given what a query finds."""
    for item in node.args.get("expressions") or () if isinstance(node, exp.Set) else ():
        given = item.args.get("this")
        if isinstance(given, exp.EQ) and given.args["expression"].find(exp.Query) is not None:
            return (yield from assign(plan, [given.args["this"].name], given.args["expression"]))
    current.settle(plan, node)
    return Effects("SET")


def reset(plan: Plan, node: exp.Expr) -> Reads:
    """RESET: only what says where names live matters here."""
    yield from ()
    current.reset(plan, node)
    return Effects("RESET")


def nothing(plan: Plan, node: exp.Expr) -> Reads:
    """Statements that neither read nor write tables (COMMIT, DECLARE, comments ...)."""
    yield from ()
    return Effects(node.key.upper())
