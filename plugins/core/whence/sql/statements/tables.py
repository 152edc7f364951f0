"""Statements about whole tables: DROP, TRUNCATE, ALTER, USE, SET search_path.

Must not read queries.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from sqlglot import exp

from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.results import TableName
from whence.sql.statements.declare import assign
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import is_local, table_name
from whence.sql.text import text_of

Reads = Generator[Ask | Step, Rows, Effects]

_SEARCH_PATH = re.compile(
    r"\s*(?:session\s+|local\s+)?search_path\s*(?:=|\bto\b)\s*(.*)", re.I | re.S
)
_PART = re.compile(r'"([^"]+)"|\'([^\']+)\'|([\w$]+)')


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
    for action in node.args.get("actions") or ():
        other = action.args.get("this") if isinstance(action, exp.Expr) else None
        if isinstance(action, exp.SwapTable) and isinstance(other, exp.Table):
            effects.inputs.append(table_name(plan, other))
        elif isinstance(action, exp.AlterRename) and isinstance(other, exp.Table):
            _rename(plan, effects, name, _beside(name, table_name(plan, other)))
    return effects


def _beside(name: TableName, new: TableName) -> TableName:
    """The new name in the schema of the old one, unless it says another."""
    if len(new.parts) >= len(name.parts):
        return new
    return TableName((*name.parts[:-1], new.parts[-1]), (*name.quoted[:-1], new.quoted[-1]))


def _rename(plan: Plan, effects: Effects, name: TableName, new: TableName) -> None:
    rows = plan.rows_of(name)
    if plan.is_made(name):
        plan.make(name, None)
        if name.parts[-1].startswith("#"):
            plan.make(new, rows)
            return
    else:
        effects.inputs.append(name)
    effects.outputs[:] = [new]
    effects.targets.append(target_of(plan, new, rows, list(rows.names)))
    table = plan.table(name)
    plan.define(new, table.fields)


def use(plan: Plan, node: exp.Expr) -> Reads:
    """USE puts a catalogue or schema in front of the names that follow."""
    yield from ()
    this = node.args.get("this")
    kind = node.args.get("kind")
    word = kind.name.upper() if isinstance(kind, exp.Expr) else ""
    if isinstance(this, exp.Expr) and word not in ("WAREHOUSE", "ROLE", "SECONDARY ROLES"):
        parts = tuple(
            part.name for part in (this.args.get("db"), this.args.get("this")) if part is not None
        )
        if word == "CATALOG" or (word == "DATABASE" and plan.rules.name == "snowflake"):
            plan.defaults = (parts[-1], "")
        elif len(parts) == 2:
            plan.defaults = (parts[0], parts[1])
        elif parts:
            plan.defaults = (plan.defaults[0], parts[0])
    return Effects("USE")


def set_variable(plan: Plan, node: exp.Expr) -> Reads:
    """SET: the search path, and variables that are given what a query finds."""
    for item in node.args.get("expressions") or () if isinstance(node, exp.Set) else ():
        given = item.args.get("this")
        if isinstance(given, exp.EQ) and given.args["expression"].find(exp.Query) is not None:
            return (yield from assign(plan, [given.args["this"].name], given.args["expression"]))
    found = _SEARCH_PATH.match(_text(plan, node))
    first = _PART.search(found.group(1)) if found is not None else None
    if first is not None:
        schema = next(group for group in first.groups() if group is not None)
        plan.defaults = (plan.defaults[0], schema)
    return Effects("SET")


def _text(plan: Plan, node: exp.Expr) -> str:
    if isinstance(node, exp.Command):
        rest = node.args.get("expression")
        return rest.name if isinstance(rest, exp.Expr) else str(rest or "")
    return text_of(node, plan.rules)[4:]


def nothing(plan: Plan, node: exp.Expr) -> Reads:
    """Statements that neither read nor write tables (COMMIT, DECLARE, comments ...)."""
    yield from ()
    return Effects(node.key.upper())
