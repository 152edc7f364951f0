"""SELECT: its clauses in the order in which they take effect.

Must not build FROM items, nor expand stars.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import (
    Aggregate,
    Expression,
    Filter,
    Join,
    Project,
    Relation,
    Sort,
)
from whence.sql.names import Env, Scope
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression, ordinal
from whence.sql.relations.projection import project
from whence.sql.relations.tables import from_clause

Reads = Generator[Ask | Step, Rows, list[Expression]]


def select(plan: Plan, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """The rows of one SELECT, its WITH already in ``env``."""
    args = node.args
    scope = Scope(outer, env)
    for window in args.get("windows") or ():
        scope.windows[window.args["this"].name.lower()] = window
    rows_in, decides = yield from from_clause(plan, scope, node)
    relation: Relation = Join(rows_in, (), decides) if rows_in or decides else Relation()
    projection = yield from project(plan, scope, args.get("expressions") or ())
    output = projection.rows(relation)
    before = yield from _before(plan, scope, node)
    keys = yield from _keys(plan, scope, node, output)
    if keys:
        relation = Aggregate((relation,), projection.derives, keys)
    elif projection.derives:
        relation = Project((relation,), projection.derives)
    after = yield from _after(plan, scope, node)
    if before or after:
        # Above the select list, whose aliases some dialects let WHERE use as well.
        relation = Filter((relation,), (), [*before, *after])
    order = yield from _order(plan, scope, node, output)
    if order:
        relation = Sort((relation,), (), order)
    output.node = relation
    return output


def _before(plan: Plan, scope: Scope, node: exp.Expr) -> Reads:
    """WHERE and its kin."""
    reads: list[Expression] = []
    for key in ("prewhere", "where"):
        clause = node.args.get(key)
        if clause is not None:
            condition = [clause.args["this"]]
            reads.append((yield from expression(plan, scope, condition, modes.FILTER)))
    connect = node.args.get("connect")
    if connect is not None:
        parts = [part for part in connect.args.values() if isinstance(part, exp.Expr)]
        reads.append((yield from expression(plan, scope, parts, modes.JOIN)))
    return reads


def _keys(plan: Plan, scope: Scope, node: exp.Expr, output: Rows) -> Reads:
    """GROUP BY, and the keys of DISTINCT ON."""
    reads: list[Expression] = []
    group = node.args.get("group")
    if group is not None:
        reads.append((yield from _group_keys(plan, scope, group, output)))
    distinct = node.args.get("distinct")
    if distinct is not None and isinstance(distinct.args.get("on"), exp.Expr):
        on = distinct.args["on"]
        parts = on.args.get("expressions") or [on]
        reads.append((yield from expression(plan, scope, parts, modes.GROUP_BY, output)))
    return reads


def _group_keys(
    plan: Plan, scope: Scope, group: exp.Expr, output: Rows
) -> Generator[Ask | Step, Rows, Expression]:
    if group.args.get("all"):
        plain = [column for column in output.ids if not plan.is_aggregate(column)]
        return Expression([(column, modes.GROUP_BY) for column in plain])
    stack = [group]
    keys: list[exp.Expr] = []
    uses: list[tuple[int, int]] = []
    while stack:
        part = stack.pop()
        if isinstance(part, _GROUPERS):
            for value in part.args.values():
                if isinstance(value, list):
                    stack.extend(each for each in value if isinstance(each, exp.Expr))
            continue
        column = ordinal(part, output)
        if column is None:
            column = _aliased(plan, scope, part, output)
        if column is None:
            keys.append(part)
        else:
            uses.append((column, modes.GROUP_BY))
    read = yield from expression(plan, scope, keys, modes.GROUP_BY)
    return Expression([*uses, *read.uses], read.queries)


def _aliased(plan: Plan, scope: Scope, node: exp.Expr, output: Rows) -> int | None:
    """The select item that a key names, unless the tables have, or may well have, such a column."""
    if node.__class__ is not exp.Column or node.args.get("table") is not None:
        return None
    name, folded = node.name, node.name.lower()
    column = output.find(name) if plan.rules.groups_by_alias else None
    if column is None or folded in scope.merged or plan.is_aggregate(column):
        return None
    for source in scope.sources:
        met = any(name in table.met or folded in table.met for table in source.rows.rest)
        if met or source.rows.find(name) is not None:
            return None
    return column


_GROUPERS = (exp.Group, exp.Cube, exp.Rollup, exp.GroupingSets, exp.Tuple)


def _after(plan: Plan, scope: Scope, node: exp.Expr) -> Reads:
    """HAVING and QUALIFY."""
    reads: list[Expression] = []
    for key in ("having", "qualify"):
        clause = node.args.get(key)
        if clause is not None:
            condition = [clause.args["this"]]
            reads.append((yield from expression(plan, scope, condition, modes.FILTER)))
    return reads


def _order(plan: Plan, scope: Scope, node: exp.Expr, output: Rows) -> Reads:
    """ORDER BY, SORT BY, CLUSTER BY; the keys of LIMIT ... BY count as well."""
    reads: list[Expression] = []
    for key in ("order", "sort", "cluster"):
        clause = node.args.get(key)
        if clause is None:
            continue
        keys = clause.args.get("expressions") or ()
        if _is_all(keys, output):
            reads.append(Expression([(column, modes.SORT) for column in output.ids]))
            continue
        reads.append((yield from expression(plan, scope, keys, modes.SORT, output)))
    return reads


def _is_all(keys: Sequence[exp.Expr], output: Rows) -> bool:
    """True for DuckDB's ORDER BY ALL, unless a column is called that."""
    if len(keys) != 1 or output.find("all") is not None:
        return False
    node = keys[0]
    this = node.args.get("this") if node.__class__ is exp.Ordered else node
    return isinstance(this, (exp.Column, exp.Var)) and this.name.upper() == "ALL"
