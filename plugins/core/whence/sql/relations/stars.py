"""Stars: ``*``, ``t.*``, struct stars and COLUMNS(...), with EXCEPT, REPLACE and RENAME.

Must not read other expressions of the select list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression
from whence.sql import names
from whence.sql.fields import Part, fields
from whence.sql.names import Scope, Source
from whence.sql.picking import like
from whence.sql.plan import Plan
from whence.sql.relations.output import Projection
from whence.sql.relations.using import columns_of, visible
from whence.sql.stored import StoredTable


@dataclass(slots=True, eq=False)
class Changes:
    """What a star leaves out, replaces and renames; names are lower-cased."""

    without: set[str] = field(default_factory=set)
    replaced: dict[str, exp.Expr] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    like: Callable[[str], bool] | None = None
    done: set[str] = field(default_factory=set)


def expand(projection: Projection, node: exp.Expr) -> bool:
    """Add the columns of ``node`` to ``projection`` if it is a star of any form."""
    kind = node.__class__
    if kind is exp.Star:
        all_of(projection, projection.scope.sources, changes_of(node))
        return True
    if kind is exp.Column:
        return of_one(projection, node)
    if kind is exp.Dot and node.args["expression"].__class__ is exp.Star:
        _dotted(projection, node)
        return True
    return False


def changes_of(star: exp.Expr) -> Changes:
    """What ``star`` says beside the star itself."""
    args = star.args
    changes = Changes()
    changes.without = {each.name.lower() for each in _listed(args.get("except_"))}
    for each in args.get("replace") or ():
        changes.replaced[each.alias.lower()] = each.this
    for each in args.get("rename") or ():
        changes.renamed[each.this.name.lower()] = each.alias
    if args.get("ilike") is not None:
        changes.like = like(args["ilike"].name)
    return changes


def _listed(value: object) -> list[exp.Expr]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]  # type: ignore[list-item]


def all_of(projection: Projection, sources: Sequence[Source], changes: Changes) -> None:
    """The columns of all FROM items in order; columns merged by USING come once."""
    unknown = [source.rows for source in sources if source.rows.unknown]
    for name, column in visible(projection.plan, projection.scope, sources):
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


def _add(projection: Projection, name: str, column: int, changes: Changes) -> None:
    folded = name.lower()
    if folded in changes.without or (changes.like is not None and not changes.like(name)):
        return
    if folded in changes.replaced:
        if folded not in changes.done:  # of several columns of that name the first is replaced
            changes.done.add(folded)
            projection.compute(name, changes.replaced[folded])
        return
    projection.add(changes.renamed.get(folded, name), column)


def of_one(projection: Projection, node: exp.Expr) -> bool:
    """``t.*``, or the fields of a struct column called t."""
    star = node.args["this"]
    table = node.args.get("table")
    if star.__class__ is not exp.Star or table is None:
        return False
    path = [part.lower() for part in qualifiers(node)]
    source = names.find_source(projection.scope, tuple(path))
    if source is None:
        _struct(projection, qualifiers(node), changes_of(star), node)
    else:
        _one(projection, source, changes_of(star))
    return True


def qualifiers(column: exp.Expr) -> tuple[str, ...]:
    """What stands before the name of ``column``: catalogue, schema and table, as far as given."""
    parts = [column.args.get(key) for key in ("catalog", "db", "table")]
    return tuple(part.name for part in parts if part is not None)


def _one(projection: Projection, source: Source, changes: Changes) -> None:
    for name, column in columns_of(projection.plan, projection.scope, source):
        _add(projection, name, column, changes)
    if source.rows.unknown:
        _unknown(projection, source.rows.rest, True)


def _dotted(projection: Projection, node: exp.Expr) -> None:
    """``(expression).*``: a row or a struct."""
    inner: exp.Expr = node.args["this"]
    rest: list[str] = []
    changes = changes_of(node.args["expression"])
    while inner.__class__ in (exp.Paren, exp.Dot):
        if inner.__class__ is exp.Dot:
            rest.append(inner.args["expression"].name)
        inner = inner.args["this"]
    if isinstance(inner, exp.Column):
        parts = (*(part.name for part in inner.parts), *reversed(rest))
        path = tuple(part.lower() for part in parts)
        source = names.find_source(projection.scope, path)
        if source is not None:
            _one(projection, source, changes)
            return
        _struct(projection, parts, changes, node)
        return
    built = [] if rest else projection.fields(inner)
    put(projection, [(name, use) for name, use in built], node, changes)


def _struct(
    projection: Projection, parts: tuple[str, ...], changes: Changes, node: exp.Expr
) -> None:
    """The fields of the struct that the path ``parts`` leads to."""
    column, rest = struct_column(projection.plan, projection.scope, parts)
    known = [] if column is None else fields(projection.plan, column, rest)
    put(projection, known, node, changes)


def struct_column(
    plan: Plan, scope: Scope, parts: tuple[str, ...]
) -> tuple[int | None, tuple[str, ...]]:
    """The column that the path ``parts`` begins with, and what follows it."""
    if len(parts) > 1:
        found, rest = names.find_base(plan, scope, parts)
    else:
        found, rest = names.find_unqualified(plan, scope, parts[0]), ()
    return (found if isinstance(found, int) else None), rest


def put(
    projection: Projection,
    known: Sequence[tuple[str, Part]],
    node: exp.Expr,
    changes: Changes,
) -> None:
    """The fields ``known`` of a struct as columns."""
    if not known:
        projection.plan.gap("star-unknown-table", "star over a struct whose fields are unknown")
        projection.unknown = True
    for name, part in known:
        if isinstance(part, int):
            _add(projection, name, part, changes)
            continue
        folded = name.lower()
        if folded in changes.without or folded in changes.replaced:
            _add(projection, name, 0, changes)
            continue
        if isinstance(part, list):
            part = Expression([(column, modes.TRANSFORMATION) for column in part])
        projection.derive(changes.renamed.get(folded, name), part, node)
