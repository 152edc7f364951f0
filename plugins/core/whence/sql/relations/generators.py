"""Select items that make several columns: Spark's generators, DuckDB's UNNEST of a struct.

Must not build FROM items.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns import modes
from whence.sql.expressions import read_into
from whence.sql.fields import Part, fields
from whence.sql.references import Reading
from whence.sql.relations.output import Projection
from whence.sql.relations.returns import returned
from whence.sql.relations.stars import Changes, expand, put, struct_column

_CALLS = (exp.Explode, exp.Posexplode, exp.Inline)
_KINDS = frozenset(
    [*_CALLS, *(each for kind in _CALLS for each in kind.__subclasses__()), exp.Stack]
)
_NAMES = frozenset({"json_tuple", "inline_outer"})
_DIALECTS = frozenset({"spark", "spark2", "databricks", "hive", "duckdb"})


def generate(projection: Projection, node: exp.Expr, given: Sequence[str]) -> bool:
    """Add the columns of ``node`` to ``projection`` if it is a generator.

    Args:
        projection: The select list.
        node: One of its items, without its alias.
        given: The names that the item gives.
    """
    plan = projection.plan
    if plan.rules.name not in _DIALECTS or not _is_generator(node):
        return False
    if plan.rules.name == "duckdb":
        known = _struct(projection, node) if node.__class__ is exp.Explode else []
        if known:  # else a list, whose elements are one column
            put(projection, known, node, Changes())
        return bool(known)
    for each in returned(plan, projection.scope, node, None, given) or ():
        mode = modes.IDENTITY if each.copied else modes.TRANSFORMATION
        reading = Reading(plan, projection.scope)
        for argument in each.arguments:
            read_into(reading, argument, mode)
        if reading.pending:
            projection.readings.append(reading)
        projection.derive(each.name, reading.done(), node, either=each.copied)
    return True


def _is_generator(node: exp.Expr) -> bool:
    kind = node.__class__
    return kind in _KINDS or (kind is exp.Anonymous and node.name.lower() in _NAMES)


def several(projection: Projection, node: exp.Expr) -> None:
    """``explode(m) AS (k, v)``, ``ROW(a, b).* AS (x, y)``: an item with several names."""
    given = [each.name for each in node.args["expressions"]]
    inner = node.args["this"]
    if generate(projection, inner, given):
        return
    before = len(projection.names)
    if expand(projection, inner):
        projection.names[before:] = [*given, *projection.names[before + len(given) :]]
        return
    for name in given:
        projection.compute(name, inner)


def _struct(projection: Projection, node: exp.Expr) -> list[tuple[str, Part]]:
    """The fields that DuckDB's ``unnest(struct)`` makes columns; with ``recursive``, of all."""
    plan, value = projection.plan, node.args["this"]
    if not isinstance(value, exp.Column):
        return [(name, use) for name, use in projection.fields(value)]
    parts = tuple(part.name for part in value.parts)
    column, path = struct_column(plan, projection.scope, parts)
    if column is None:
        return []
    if not _is_recursive(node):
        return fields(plan, column, path)
    found: list[tuple[str, Part]] = []
    stack = [(name, part, (*path, name)) for name, part in reversed(fields(plan, column, path))]
    while stack:
        name, part, below = stack.pop()
        inner = fields(plan, column, below)
        stack += [(each, use, (*below, each)) for each, use in reversed(inner)]
        if not inner:
            found.append((name, part))
    return found


def _is_recursive(node: exp.Expr) -> bool:
    return any(
        isinstance(each, exp.PropertyEQ)
        and each.this.name.lower() == "recursive"
        and isinstance(each.expression, exp.Boolean)
        and bool(each.expression.this)
        for each in node.args.get("expressions") or ()
    )
