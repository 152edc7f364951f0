"""Stars: ``*``, ``t.*``, struct stars and COLUMNS(...), with EXCEPT, REPLACE and RENAME.

Must not read other expressions of the select list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression
from whence.sql import names
from whence.sql.names import Scope, Source
from whence.sql.plan import Plan
from whence.sql.relations.output import Projection
from whence.sql.stored import StoredTable
from whence.sql.structs import struct_fields


@dataclass(slots=True, eq=False)
class _Changes:
    """What a star leaves out, replaces and renames; names are lower-cased."""

    without: set[str] = field(default_factory=set)
    replaced: dict[str, exp.Expr] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    like: Callable[[str], bool] | None = None


def expand(projection: Projection, node: exp.Expr, name: str) -> bool:
    """Add the columns of ``node`` to ``projection`` if it is a star of any form."""
    kind = node.__class__
    if kind is exp.Star:
        _all(projection, projection.scope.sources, _changes(node))
        return True
    if kind is exp.Column:
        return _of_one(projection, node)
    if kind is exp.Columns:
        return _columns(projection, node, name)
    if kind is exp.Dot and node.args["expression"].__class__ is exp.Star:
        _dotted(projection, node)
        return True
    return projection.plan.has_columns() and _columns_within(projection, node, name)


def _columns_within(projection: Projection, node: exp.Expr, name: str) -> bool:
    """``max(COLUMNS(*))``: the expression once for each of the columns."""
    star = node.find(exp.Columns)
    if star is None:
        return False
    several = Projection(projection.plan, projection.scope)
    _columns(several, star, "")
    seen = projection.scope.seen
    for column, found in zip(several.names, several.ids, strict=True):
        one = exp.Paren(this=node.copy())
        for each in list(one.find_all(exp.Columns)):
            each.replace(exp.column(column))
        before = seen.get(column)
        seen[column] = found
        projection.compute(name or column, one.this)
        if before is None:
            del seen[column]
        else:
            seen[column] = before
    projection.unknown = projection.unknown or several.unknown
    return True


def _changes(star: exp.Expr) -> _Changes:
    args = star.args
    changes = _Changes()
    changes.without = {each.name.lower() for each in _listed(args.get("except_"))}
    for each in args.get("replace") or ():
        changes.replaced[each.alias.lower()] = each.this
    for each in args.get("rename") or ():
        changes.renamed[each.this.name.lower()] = each.alias
    if args.get("ilike") is not None:
        changes.like = _like(args["ilike"].name)
    return changes


def _listed(value: object) -> list[exp.Expr]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]  # type: ignore[list-item]


def _like(pattern: str) -> Callable[[str], bool]:
    text = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    compiled = re.compile(text, re.IGNORECASE | re.DOTALL)
    return lambda name: compiled.fullmatch(name) is not None


def _all(projection: Projection, sources: Sequence[Source], changes: _Changes) -> None:
    """The columns of all FROM items in order; columns merged by USING come once."""
    merged = projection.scope.merged
    seen: set[str] = set()
    unknown = [source.rows for source in sources if source.rows.unknown]
    for source in sources:
        for name, column in zip(source.rows.names, source.rows.ids, strict=False):
            folded = name.lower()
            if folded in merged and source in projection.scope.merging.get(folded, ()):
                if folded in seen:
                    continue
                seen.add(folded)
                column = merged[folded]
            _add(projection, name, column, changes)
    if unknown:
        _unknown(projection, [table for rows in unknown for table in rows.rest], len(unknown) == 1)


def _unknown(projection: Projection, tables: Sequence[StoredTable], single: bool) -> None:
    """Columns that nobody knows: they pass through where they can come from one place only."""
    plan = projection.plan
    for table in tables:
        plan.gap("star-unknown-table", f"star over {table.name}, whose columns are unknown")
    if not tables:
        plan.gap("star-unknown-table", "star over a relation whose columns are unknown")
    single = single and not projection.unknown
    projection.rest = tuple(tables) if single else ()
    projection.unknown = True


def _add(projection: Projection, name: str, column: int, changes: _Changes) -> None:
    folded = name.lower()
    if folded in changes.without or (changes.like is not None and not changes.like(name)):
        return
    if folded in changes.replaced:
        projection.compute(name, changes.replaced[folded])
        return
    projection.add(changes.renamed.get(folded, name), column)


def _of_one(projection: Projection, node: exp.Expr) -> bool:
    """``t.*``, or the fields of a struct column called t."""
    star = node.args["this"]
    table = node.args.get("table")
    if star.__class__ is not exp.Star or table is None:
        return False
    path = [part.lower() for part in qualifiers(node)]
    source = names.find_source(projection.scope, tuple(path))
    if source is None:
        _struct(projection, exp.column(table.copy()), _changes(star))
    else:
        _one(projection, source, _changes(star))
    return True


def qualifiers(column: exp.Expr) -> tuple[str, ...]:
    """What stands before the name of ``column``: catalogue, schema and table, as far as given."""
    parts = [column.args.get(key) for key in ("catalog", "db", "table")]
    return tuple(part.name for part in parts if part is not None)


def _one(projection: Projection, source: Source, changes: _Changes) -> None:
    for name, column in zip(source.rows.names, source.rows.ids, strict=False):
        _add(projection, name, column, changes)
    if source.rows.unknown:
        _unknown(projection, source.rows.rest, True)


def _dotted(projection: Projection, node: exp.Expr) -> None:
    """``(expression).*``: a row or a struct."""
    inner = node.args["this"]
    while inner.__class__ is exp.Paren:
        inner = inner.args["this"]
    if inner.__class__ is exp.Column and inner.args.get("table") is None:
        source = names.find_source(projection.scope, (inner.name.lower(),))
        if source is not None:
            _one(projection, source, _Changes())
            return
    _struct(projection, inner, _changes(node.args["expression"]))


def _struct(projection: Projection, node: exp.Expr, changes: _Changes) -> None:
    """The fields of a struct, as far as its type tells them."""
    plan, scope = projection.plan, projection.scope
    found = _column_of(plan, scope, node)
    if found in plan.structs:
        for name, use in plan.structs[found]:
            if name.lower() not in changes.without:
                projection.derive(changes.renamed.get(name.lower(), name), use, node)
        return
    fields = () if found is None else struct_fields(plan.type_of(found), plan.rules)
    if found is None or not fields:
        plan.gap("star-unknown-table", f"star over {node.name!r}, whose fields are unknown")
        projection.unknown = True
        return
    for name in fields:
        if name.lower() not in changes.without:
            use = Expression([(found, modes.TRANSFORMATION)])
            projection.derive(changes.renamed.get(name.lower(), name), use, node)


def _column_of(plan: Plan, scope: Scope, node: exp.Expr) -> int | None:
    if node.__class__ is not exp.Column:
        return None
    path = qualifiers(node)
    found = (
        names.find_qualified(plan, scope, path, node.name)
        if path
        else names.find_unqualified(plan, scope, node.name)
    )
    return found if isinstance(found, int) else None


def _columns(projection: Projection, node: exp.Expr, name: str) -> bool:
    """DuckDB's and ClickHouse's COLUMNS: a star, a regular expression or a lambda."""
    this = node.args["this"]
    if this.__class__ is exp.Column:
        return _of_one(projection, this)
    changes = _changes(this) if this.__class__ is exp.Star else _Changes()
    if this.__class__ is exp.Literal:
        changes.like = _matching(this.name)
    elif this.__class__ is not exp.Star:
        projection.plan.gap("unsupported", "COLUMNS() with anything but * or a pattern")
        return True
    _all(projection, projection.scope.sources, changes)
    return True


def _matching(pattern: str) -> Callable[[str], bool]:
    try:
        compiled = re.compile(pattern)
    except re.error:
        return lambda name: True
    return lambda name: compiled.search(name) is not None
