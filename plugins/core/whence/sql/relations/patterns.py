"""MATCH_RECOGNIZE: measures over the rows that fit a pattern.

Must not build what it is applied to.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Project, Relation
from whence.sql.names import Scope, Source, find_unqualified
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression


def matched(
    plan: Plan, scope: Scope, match: exp.Expr, relations: list[Relation]
) -> Generator[Ask | Step, Rows, list[Relation]]:
    """Put the matches of ``match`` in the place of the FROM items of ``scope``."""
    args = match.args
    inner = _inside(scope, match)
    keys = [*(args.get("partition_by") or ())]
    order = args.get("order")
    sorting = [*keys, *(order.args["expressions"] if order is not None else ())]
    decides: list[Expression] = [(yield from expression(plan, inner, sorting, modes.WINDOW))]
    conditions = [each.args["this"] for each in args.get("define") or ()]
    decides.append((yield from expression(plan, inner, conditions, modes.FILTER)))
    names, ids = _kept(plan, inner, match, keys)
    derives: list[Derived] = []
    for each in args.get("measures") or ():
        value = each.args["this"]
        inside = value.args["this"] if value.__class__ is exp.Alias else value
        read = yield from expression(plan, inner, [inside], modes.IDENTITY)
        derives.append(plan.derive(read, inside))
        names.append(value.alias_or_name)
        ids.append(derives[-1].column)
    node = Project(relations, derives, decides)
    alias = args.get("alias")
    scope.forget(0)
    scope.add(Source(alias.name.lower() if alias is not None else "", Rows(node, names, ids)))
    return [node]


def _inside(scope: Scope, match: exp.Expr) -> Scope:
    """What expressions of the clause see: pattern variables stand for the rows below."""
    inner = Scope(scope.parent, scope.env)
    for source in scope.sources:
        inner.add(source)
    pattern = match.args.get("pattern")
    variables = re.findall(r"[A-Za-z_]\w*", pattern.name if pattern is not None else "")
    for variable in dict.fromkeys(each.lower() for each in variables):
        if scope.sources:
            inner.named.setdefault(variable, []).append(scope.sources[0])
    return inner


def _kept(
    plan: Plan, scope: Scope, match: exp.Expr, keys: list[exp.Expr]
) -> tuple[list[str], list[int]]:
    """The columns that stay: all of them with ALL ROWS PER MATCH, else the partition's."""
    names: list[str] = []
    ids: list[int] = []
    rows = match.args.get("rows")
    every = rows is not None and "ALL ROWS" in rows.name.upper()
    for source in scope.sources if every else ():
        names += source.rows.names
        ids += source.rows.ids
    for key in () if every else keys:
        found = find_unqualified(plan, scope, key.name)
        if isinstance(found, int):
            names.append(key.name)
            ids.append(found)
    return names, ids
