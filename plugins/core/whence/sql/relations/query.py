"""Queries of any form: WITH, parentheses, and the dispatch to the builder of each.

Must not build a form itself.
"""

from __future__ import annotations

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Sort
from whence.sql.names import Env, Scope, Source
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.ctes import extend
from whence.sql.relations.select import select
from whence.sql.relations.sets import set_operation
from whence.sql.relations.tables import item
from whence.sql.relations.values import values


def query(plan: Plan, ask: Ask) -> Step:
    """The rows of any query: SELECT, set operation, VALUES, TABLE, or one in parentheses."""
    node, env, outer = ask.node, ask.env, ask.outer
    while node.__class__ is exp.Subquery and not _has_clauses(node):
        node = node.args["this"]
    with_ = node.args.get("with_")
    if with_ is not None:
        env = extend(plan, with_, env)
    if isinstance(node, exp.Select):
        return select(plan, node, env, outer)
    if isinstance(node, exp.SetOperation):
        return _sorted(plan, set_operation(plan, node, env, outer), node, env, outer)
    if isinstance(node, exp.Values):
        return values(plan, node, env, outer)
    if isinstance(node, exp.Subquery) and not _is_item(node):
        inner = node.args["this"]
        return _sorted(plan, query(plan, Ask(inner, env, outer)), node, env, outer)
    return item(plan, node, Scope(outer, env))


def _has_clauses(node: exp.Expr) -> bool:
    args = node.args
    return bool(args.get("with_") or args.get("order")) or _is_item(node)


def _is_item(node: exp.Expr) -> bool:
    """True for parentheses that are a FROM item rather than a query."""
    args = node.args
    return any(args.get(key) for key in ("joins", "pivots", "laterals", "alias")) or isinstance(
        args["this"], (exp.Table, exp.Join)
    )


def _sorted(plan: Plan, step: Step, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """The rows of ``step``, sorted by names or positions of their own columns."""
    rows = yield step
    order = node.args.get("order")
    if order is None:
        return rows
    scope = Scope(outer, env)
    scope.add(Source("", rows))
    read = yield from expression(plan, scope, order.args["expressions"], modes.SORT, rows)
    sort = Sort((rows.node,), (), (read,))
    return Rows(sort, rows.names, rows.ids, rows.rest, rows.unknown, rows.lookup)
