"""OUTPUT ... INTO: the changed rows written to a second table.

Must not know which statement changed them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns.algebra import NOTHING, Join, Relation
from whence.sql.names import NO_ENV, Scope, Source
from whence.sql.plan import Plan, Rows
from whence.sql.relations.projection import project
from whence.sql.results import TableName
from whence.sql.statements.kept import united
from whence.sql.statements.write import Effects, Target, target_of
from whence.sql.tablenames import table_name


def returned(plan: Plan, node: exp.Expr, effects: Effects, seen: Scope | None = None) -> None:
    """Add to ``effects`` the table that OUTPUT writes, if there is one.

    Args:
        plan: The plan under construction.
        node: The statement.
        effects: What it does; the first target is the table whose rows change.
        seen: What its expressions see beside INSERTED and DELETED.
    """
    returning = node.args.get("returning")
    if plan.inside is not None and plan.inside[0] is node and effects.targets:
        items = returning.args["expressions"] if isinstance(returning, exp.Expr) else ()
        effects.rows = _rows(plan, node, items, effects.targets[0], seen)
    into = returning.args.get("into") if isinstance(returning, exp.Expr) else None
    if not isinstance(into, exp.Expr) or not effects.targets or not plan.rules.returns_into:
        return
    assert isinstance(returning, exp.Expr)
    changed = effects.targets[0]
    scope, stored = _scope(plan, changed, seen)
    items = returning.args["expressions"]
    projection = project(plan, scope, items)
    read: list[Relation] = [Relation(changed.write.inputs)]
    if any(each.table.lower() == "deleted" for one in items for each in one.find_all(exp.Column)):
        read.append(stored.node)
    rows = projection.rows(Join(read, projection.derives))
    name, listed = _named(plan, into)
    names = listed or list(plan.rows_of(name).names)[: len(rows.ids)] or list(rows.names)
    effects.outputs.append(name)
    effects.targets.append(target_of(plan, name, rows, names))
    if plan.is_made(name):
        plan.make(name, united(plan, plan.rows_of(name), rows, names))


def _rows(
    plan: Plan, node: exp.Expr, items: Sequence[exp.Expr], changed: Target, seen: Scope | None
) -> Rows:
    """What a table expression reads of the rows that it changes."""
    stored, new = _both(plan, changed)
    this = node.args["this"]
    this = this.args["this"] if isinstance(this, exp.Schema) else this
    scope = Scope(None, NO_ENV if seen is None else seen.env)
    known_as = this.alias_or_name.lower() if isinstance(this, exp.Expr) else ""
    scope.add(Source(known_as, new))
    for source in seen.sources if seen is not None else ():
        if source.alias != known_as:
            scope.add(source)
    projection = project(plan, scope, items)
    read: list[Relation] = [Relation(changed.write.inputs)]
    own = {*stored.ids, *(column for table in stored.rest for column in table.met.values())}
    used = {column for each in projection.derives for column, _ in each.expression.uses}
    if own & {*projection.ids, *used}:
        read.append(stored.node)
    return projection.rows(Join(read, projection.derives))


def _both(plan: Plan, changed: Target) -> tuple[Rows, Rows]:
    """The rows of the table as they were, and as they are after the change."""
    assert changed.table is not None
    stored = plan.rows_of(changed.table)
    ids = dict(zip([name.lower() for name in stored.names], stored.ids, strict=False))
    names = {name.lower(): name for name in stored.names}
    for name, written in zip(changed.names, changed.write.columns, strict=False):
        ids[name.lower()] = written.column
        names.setdefault(name.lower(), name)
    return stored, Rows(
        Relation(), [names[key] for key in ids], list(ids.values()), stored.rest, stored.unknown
    )


def _scope(plan: Plan, changed: Target, seen: Scope | None) -> tuple[Scope, Rows]:
    """INSERTED holds what is written and, for other columns, what was there; DELETED the latter."""
    stored, new = _both(plan, changed)
    scope = Scope(seen, NO_ENV if seen is None else seen.env)
    scope.add(Source("inserted", new))
    scope.add(
        Source("deleted", Rows(Relation(), stored.names, stored.ids, stored.rest, stored.unknown))
    )
    scope.aliases["$action"] = NOTHING
    return scope, stored


def _named(plan: Plan, into: exp.Expr) -> tuple[TableName, list[str]]:
    """The table and the columns listed behind it."""
    if isinstance(into, exp.Anonymous):
        name = plan.qualify(TableName((into.name,), (False,)))
        return name, [each.name for each in into.expressions]
    if isinstance(into, exp.Schema):
        return table_name(plan, into.args["this"]), [each.name for each in into.expressions]
    if isinstance(into, exp.Table):
        return table_name(plan, into), []
    return table_name(plan, exp.Table(this=into)), []
