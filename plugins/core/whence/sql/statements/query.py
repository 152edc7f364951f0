"""A query that stands by itself: its result is the only output, or what SELECT ... INTO fills.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.statements import current
from whence.sql.statements.declare import filled
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import is_local, table_name


def bare_query(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a query."""
    assigned = _assigned(node)
    rows = yield Ask(node, NO_ENV)
    if "set_config" in plan.text or "SET_CONFIG" in plan.text:
        current.configured(plan, node)
    into = _into(node)
    if assigned:
        return filled(plan, assigned, rows)
    if into is None:
        return Effects("SELECT", [target_of(plan, None, rows, rows.names)])
    if plan.rules.fills_variables or not isinstance(into.args.get("this"), exp.Table):
        names = into.args.get("expressions") or [into.args.get("this")]
        return filled(plan, [each.name for each in names if isinstance(each, exp.Expr)], rows)
    name = table_name(plan, into.args["this"])
    if is_local(name) or into.args.get("temporary"):
        plan.make(name, rows)
    return Effects("SELECT INTO", [target_of(plan, name, rows, rows.names)], [name])


def _into(node: exp.Expr) -> exp.Expr | None:
    """The INTO of SELECT ... INTO, which the first branch of a set operation carries."""
    while isinstance(node, (exp.SetOperation, exp.Subquery)):
        node = node.args["this"]
    into = node.args.get("into")
    return into if isinstance(into, exp.Into) else None


def _assigned(node: exp.Expr) -> list[str]:
    """The variables of T-SQL's ``SELECT @a = x, @b = y``, whose items become bare values."""
    items = node.args.get("expressions") or () if isinstance(node, exp.Select) else ()
    if not items or not all(_assigns(each) for each in items):
        return []
    names = [each.args["this"].name for each in items]
    node.set("expressions", [each.args["expression"] for each in items])
    return names


def _assigns(item: exp.Expr) -> bool:
    return item.__class__ is exp.EQ and item.args["this"].__class__ is exp.Parameter
