"""COLUMNS(...) of DuckDB and ClickHouse: an expression once for each of the columns it picks.

Must not expand plain stars; `stars` does, and hands over what they need.
"""

from __future__ import annotations

import re

from sqlglot import exp

from whence.sql.names import find_source
from whence.sql.picking import compiled_pattern, picks, star_like
from whence.sql.relations.output import Projection
from whence.sql.relations.stars import Changes, all_of, changes_of, of_one


def expand_picked(projection: Projection, node: exp.Expr, name: str) -> bool:
    """Add the columns of ``node`` to ``projection`` if it is, or holds, COLUMNS(...)."""
    kind = node.__class__
    if kind is exp.Columns:
        _named(projection, _columns(projection, node), node, name)
        return True
    if kind is exp.Apply:
        return _applied(projection, node)
    if kind is exp.Dot and _is_call(node.args["expression"]):
        return _of_source(projection, node)
    picked = star_like(node)
    if picked is not None:
        changes = Changes()
        changes.like = picked
        all_of(projection, projection.scope.sources, changes)
        return True
    return projection.plan.has_columns() and _within(projection, node, name)


def _is_call(node: exp.Expr) -> bool:
    return node.__class__ is exp.Anonymous and node.name.lower() == "columns"


def _columns(projection: Projection, node: exp.Expr) -> Projection:
    """The columns that ``COLUMNS(x)`` stands for."""
    several = Projection(projection.plan, projection.scope)
    this = node.args["this"]
    if this.__class__ is exp.Column:
        of_one(several, this)
    elif this.__class__ is exp.Star:
        all_of(several, projection.scope.sources, changes_of(this))
    else:
        changes = Changes()
        changes.like = picks(this)
        if changes.like is None:
            projection.plan.gap("unsupported", "COLUMNS() that picks in a way that is not read")
            several.unknown = True
        else:
            all_of(several, projection.scope.sources, changes)
    projection.derives += several.derives
    projection.readings += several.readings
    projection.unknown = projection.unknown or several.unknown
    if several.rest:
        projection.rest = several.rest
    return several


def _named(projection: Projection, several: Projection, node: exp.Expr, name: str) -> None:
    """Add the columns ``several``; an alias may refer to groups of the pattern in each name."""
    this = node.args["this"]
    pattern = compiled_pattern(this.name) if isinstance(this, exp.Literal) else None
    for each, column in zip(several.names, several.ids, strict=True):
        projection.add(_alias(name, each, pattern) or each, column)


def _alias(name: str, column: str, pattern: re.Pattern[str] | None) -> str:
    """The alias ``name`` for ``column``, with the groups that ``pattern`` found in it."""
    found = pattern.search(column) if pattern is not None and "\\" in name else None
    if found is None:
        return name
    groups = [found.group(0), *(group or "" for group in found.groups())]
    return re.sub(
        r"\\(\d)", lambda at: groups[int(at[1])] if int(at[1]) < len(groups) else "", name
    )


def _within(projection: Projection, node: exp.Expr, name: str) -> bool:
    """``max(COLUMNS(*))``: the expression once for each of the columns."""
    star = node.find(exp.Columns)
    if star is None:
        return False
    several = _columns(projection, star)
    if star.args.get("unpack"):
        _unpacked(projection, node, several, name)
        return True
    for column, found in zip(several.names, several.ids, strict=True):
        one = exp.Paren(this=node.copy())
        for each in list(one.find_all(exp.Columns)):
            each.replace(exp.column(column))
        _compute(projection, name or column, one.this, {column: found})
    return True


def _unpacked(projection: Projection, node: exp.Expr, several: Projection, name: str) -> None:
    """``coalesce(*COLUMNS(...))``: one expression over all of the columns."""
    whole = exp.Paren(this=node.copy())
    for each in list(whole.find_all(exp.Columns)):
        each.replace(exp.Tuple(expressions=[exp.column(column) for column in several.names]))
    known = dict(zip(several.names, several.ids, strict=True))
    _compute(projection, name or node.key, whole.this, known)


def _compute(projection: Projection, name: str, node: exp.Expr, known: dict[str, int]) -> None:
    """One more column, whose expression means the columns ``known`` by their names."""
    seen = projection.scope.seen
    before = {column: seen.get(column) for column in known}
    seen.update(known)
    projection.compute(name, node)
    for column, found in before.items():
        if found is None:
            del seen[column]
        else:
            seen[column] = found


def _applied(projection: Projection, node: exp.Expr) -> bool:
    """ClickHouse's ``* APPLY(sum)``: a function over each of the columns."""
    functions: list[str] = []
    inner = node
    while inner.__class__ is exp.Apply:
        functions.append(inner.args["expression"].name)
        inner = inner.args["this"]
    several = Projection(projection.plan, projection.scope)
    if inner.__class__ is exp.Star:
        all_of(several, projection.scope.sources, changes_of(inner))
    elif inner.__class__ is exp.Columns:
        several = _columns(projection, inner)
    elif not of_one(several, inner):
        return False
    projection.derives += several.derives
    projection.readings += several.readings
    for column, found in zip(several.names, several.ids, strict=True):
        call: exp.Expr = exp.column(column)
        label = column
        for function in reversed(functions):
            call = exp.func(function, call, dialect=projection.plan.rules.dialect)
            label = f"{function}({label})"
        _compute(projection, label, call, {column: found})
    projection.unknown = projection.unknown or several.unknown
    return True


def _of_source(projection: Projection, node: exp.Expr) -> bool:
    """ClickHouse's ``t.COLUMNS('x')``."""
    source = find_source(projection.scope, (node.args["this"].name.lower(),))
    arguments = node.args["expression"].expressions
    picked = picks(arguments[0]) if len(arguments) == 1 else None
    if source is None or picked is None:
        return False
    changes = Changes()
    changes.like = picked
    all_of(projection, [source], changes)
    return True
