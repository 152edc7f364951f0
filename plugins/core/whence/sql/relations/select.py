"""SELECT: its clauses in the order in which they take effect.

Must not build FROM items, nor expand stars.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Block, Derived
from whence.sql.expressions import read_into
from whence.sql.names import Env, Scope
from whence.sql.plan import Plan, Rows, Step
from whence.sql.references import Reading
from whence.sql.relations.attach import ordinal, read_all, subqueries
from whence.sql.relations.named import named_values
from whence.sql.relations.projection import project
from whence.sql.relations.tables import from_clause


def select(plan: Plan, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """The rows of one SELECT, its WITH already in ``env``."""
    args = node.args
    scope = Scope(outer, env)
    for window in args.get("windows") or ():
        scope.windows[window.args["this"].name.lower()] = window
    relations, decides = yield from from_clause(plan, scope, node)
    if plan.rules.alias_before_column:
        yield from named_values(plan, scope, node)
    projection = project(plan, scope, args.get("expressions") or ())
    for reading in projection.readings:
        yield from subqueries(plan, reading)
    # After the select list, whose aliases some dialects let WHERE use as well.
    output = projection.rows(Block(relations, projection.derives, decides))
    reading = Reading(plan, scope)
    _before(reading, args)
    _keys(reading, args, output, projection.derives)
    _after(reading, args)
    _order(reading, args, output)
    _cut(reading, args)
    if reading.pending:
        yield from subqueries(plan, reading)
    if reading.uses or reading.queries:
        decides.append(reading.done())
    if len(relations) == 1 and not projection.derives and not decides:
        output.node = relations[0]
    return output


def _before(reading: Reading, args: dict[str, Any]) -> None:
    """WHERE and its kin."""
    for key in ("prewhere", "where"):
        clause = args.get(key)
        if clause is not None:
            read_into(reading, clause.args["this"], modes.FILTER)
    connect = args.get("connect")
    if connect is not None:
        read_all(reading, connect.args.values(), modes.JOIN)


def _keys(reading: Reading, args: dict[str, Any], output: Rows, derives: Sequence[Derived]) -> None:
    """GROUP BY, and the keys of DISTINCT ON."""
    group = args.get("group")
    if group is not None:
        _group_keys(reading, group, output, derives)
    distinct = args.get("distinct")
    if distinct is not None and isinstance(distinct.args.get("on"), exp.Expr):
        on = distinct.args["on"]
        read_all(reading, on.args.get("expressions") or [on], modes.GROUP_BY, output)


def _group_keys(
    reading: Reading, group: exp.Expr, output: Rows, derives: Sequence[Derived]
) -> None:
    plan = reading.plan
    aggregates = {each.column for each in derives if plan.is_aggregate(each.column)}
    if group.args.get("all"):
        plain = [column for column in output.ids if column not in aggregates]
        reading.uses += [(column, modes.GROUP_BY) for column in plain]
        return
    stack = [group]
    while stack:
        part = stack.pop()
        while part.__class__ is exp.Paren:
            part = part.args["this"]
        if isinstance(part, _GROUPERS):
            for value in part.args.values():
                if isinstance(value, list):
                    stack.extend(each for each in value if isinstance(each, exp.Expr))
            continue
        column = ordinal(part, output)
        if column is None:
            column = _aliased(plan, reading.scope, part, output)
            column = None if column in aggregates else column
        if column is None:
            read_into(reading, part, modes.GROUP_BY)
        else:
            reading.uses.append((column, modes.GROUP_BY))


def _aliased(plan: Plan, scope: Scope, node: exp.Expr, output: Rows) -> int | None:
    """The select item that a key names, unless the tables have, or may well have, such a column."""
    if node.__class__ is not exp.Column or node.args.get("table") is not None:
        return None
    name, folded = node.name, node.name.lower()
    column = output.find(name) if plan.rules.groups_by_alias else None
    if column is None or folded in scope.merged:
        return None
    for source in scope.sources:
        met = any(name in table.met or folded in table.met for table in source.rows.rest)
        if met or source.rows.find(name) is not None:
            return None
    return column


_GROUPERS = (exp.Group, exp.Cube, exp.Rollup, exp.GroupingSets, exp.Tuple)


def _after(reading: Reading, args: dict[str, Any]) -> None:
    """HAVING and QUALIFY."""
    reading.scope.after = True
    for key in ("having", "qualify"):
        clause = args.get(key)
        if clause is not None:
            read_into(reading, clause.args["this"], modes.FILTER)


def _cut(reading: Reading, args: dict[str, Any]) -> None:
    """LIMIT, OFFSET, FETCH and TOP: how many rows there are may be a query's answer."""
    for key in ("limit", "offset"):
        clause = args.get(key)
        if clause is not None:
            count = clause.args.get("expression") or clause.args.get("count")
            if isinstance(count, exp.Expr) and count.__class__ is not exp.Literal:
                read_into(reading, count, modes.FILTER)


def _order(reading: Reading, args: dict[str, Any], output: Rows) -> None:
    """ORDER BY, SORT BY, CLUSTER BY; the keys of LIMIT ... BY count as well."""
    for key in ("order", "sort", "cluster"):
        clause = args.get(key)
        if clause is None:
            continue
        keys = clause.args.get("expressions") or ()
        if _is_all(keys, output):
            reading.uses += [(column, modes.SORT) for column in output.ids]
        else:
            read_all(reading, keys, modes.SORT, output)


def _is_all(keys: Sequence[exp.Expr], output: Rows) -> bool:
    """True for DuckDB's ORDER BY ALL, unless a column is called that."""
    if len(keys) != 1 or output.find("all") is not None:
        return False
    node = keys[0]
    this = node.args.get("this") if node.__class__ is exp.Ordered else node
    return isinstance(this, (exp.Column, exp.Var)) and this.name.upper() == "ALL"
