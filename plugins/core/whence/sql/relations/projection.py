"""The select list: bare columns that pass through, computed ones, and stars.

Must not know the other clauses.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression
from whence.sql import names
from whence.sql.labels import label
from whence.sql.names import Scope
from whence.sql.plan import STAR, Plan
from whence.sql.relations.generators import generate, several
from whence.sql.relations.output import Projection
from whence.sql.relations.picked import expand_picked
from whence.sql.relations.stars import expand


def project(plan: Plan, scope: Scope, nodes: Sequence[exp.Expr]) -> Projection:
    """The select list ``nodes``, but for the subqueries of its `Projection.readings`."""
    projection = Projection(plan, scope)
    aliases = scope.aliases
    for node in nodes:
        kind = node.__class__
        inner = node
        if kind is exp.Alias:
            inner = node.args["this"]
            kind = inner.__class__
            name = node.args["alias"].name
        else:
            name = ""
        if kind is exp.Paren:
            name, inner = _within(name, inner)
            kind = inner.__class__
        if kind is exp.Aliases:
            several(projection, node)
        elif kind is exp.Column and inner.args["this"].__class__ is exp.Identifier:
            _bare(projection, name or _spelled(projection, inner), inner)
        elif not (
            expand(projection, inner)
            or (plan.rules.columns_function and expand_picked(projection, inner, name))
            or generate(projection, inner, [name] if name else ())
        ):
            projection.compute(
                name or label(node, len(projection.ids), plan.rules, plan.text), inner
            )
        if name and projection.ids:
            aliases.setdefault(name.lower(), projection.ids[-1])
    return projection


def _within(name: str, node: exp.Expr) -> tuple[str, exp.Expr]:
    """What stands in parentheses, if that is a column by itself, or has its alias in there."""
    inner = node
    while inner.__class__ is exp.Paren:
        inner = inner.args["this"]
    if inner.__class__ is exp.Alias:
        return name or inner.alias, inner.args["this"]
    return (name, inner) if inner.__class__ is exp.Column else (name, node)


def _spelled(projection: Projection, node: exp.Expr) -> str:
    """The name of a bare column: DuckDB spells it as its table does, others as the query does."""
    name = node.args["this"].name
    if projection.plan.rules.name != "duckdb":
        return str(name)
    folded = name.lower()
    for source in projection.scope.sources:
        if (position := source.rows.position(name, folded)) is not None:
            return source.rows.names[position]
    return str(name)


def _star_of(node: exp.Expr) -> exp.Expr:
    """BigQuery's ```p.d.t`.*``, where the parser takes the star for a name."""
    qualifiers = {key: node.args.get(key) for key in ("table", "db", "catalog")}
    return exp.Column(this=exp.Star(), **qualifiers)


def _bare(projection: Projection, name: str, node: exp.Expr) -> None:
    """A column by itself passes through under its own id."""
    args = node.args
    table = args.get("table")
    this = args["this"].name
    plan, scope = projection.plan, projection.scope
    if table is None:
        found = names.find_unqualified(plan, scope, this)
    elif args.get("db") is None:
        found = names.find_qualified(plan, scope, (table.name,), this)
    else:
        if this != STAR or not expand(projection, _star_of(node)):
            projection.compute(name, node)
        return
    if isinstance(found, int):
        projection.add(name, found)
    elif isinstance(found, Expression):
        projection.derive(name, found, None, either=True)
    else:
        mode = modes.TRANSFORMATION
        projection.derive(name, Expression([(column, mode) for column in found or ()]), node)
