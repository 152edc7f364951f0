"""A query that stands by itself: its result is the only output (or SELECT ... INTO's table).

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import table_name


def bare_query(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a query."""
    rows = yield Ask(node, NO_ENV)
    into = _into(node)
    if into is None:
        return Effects("SELECT", [target_of(plan, None, rows, rows.names)])
    name = table_name(plan, into)
    temporary = into.parent is not None and into.parent.args.get("temporary")
    if name.parts[-1].startswith("#") or temporary:
        plan.make(name, rows)
    return Effects("SELECT INTO", [target_of(plan, name, rows, rows.names)], [name])


def _into(node: exp.Expr) -> exp.Expr | None:
    """The table of SELECT ... INTO, which the first branch of a set operation carries."""
    while isinstance(node, (exp.SetOperation, exp.Subquery)):
        node = node.args["this"]
    into = node.args.get("into")
    this = None if into is None else into.args.get("this")
    return this if isinstance(this, exp.Table) else None
