"""INSERT of every form: lists, by position, by name, upserts, several tables at once.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Filter, Relation
from whence.sql.names import NO_ENV, Scope, Source
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.tables import item
from whence.sql.results import TableName
from whence.sql.statements.change import assignments, derived_target, environment
from whence.sql.statements.copying import file_name
from whence.sql.statements.kept import united
from whence.sql.statements.returning import returned
from whence.sql.statements.write import Effects, Target, target_of
from whence.sql.tablenames import table_name

Reads = Generator[Ask | Step, Rows, Effects]


def insert(plan: Plan, node: exp.Expr) -> Reads:
    """The effects of an INSERT."""
    env = environment(plan, node)
    effects = Effects("INSERT")
    source = node.args.get("expression") or node.args.get("source")
    rows = None
    if isinstance(source, (exp.Query, exp.Values, exp.Table)):
        rows = yield Ask(source, env)
    yield from _into(plan, node, rows, effects)
    returned(plan, node, effects)
    return effects


def _into(
    plan: Plan, node: exp.Expr, rows: Rows | None, effects: Effects
) -> Generator[Ask | Step, Rows, None]:
    """Write ``rows`` to the target of ``node``."""
    this, listed = _target(node)
    if this is None:
        return
    if isinstance(this, exp.Directory):
        path = file_name(this.args["this"])
        if path is not None and rows is not None:
            effects.outputs.append(path)
            effects.targets.append(target_of(plan, path, rows, list(rows.names)))
        return
    name = _function_target(this) or table_name(plan, this)
    effects.outputs.append(name)
    if rows is None:
        return
    names = _starred(plan, name, node) or listed or _target_columns(plan, name, rows, node)
    if plan.is_made(name):
        plan.make(name, united(plan, plan.rows_of(name), rows, names))
    effects.targets.append(target_of(plan, name, rows, names))
    conflict = node.args.get("conflict")
    if conflict is not None and conflict.args.get("expressions"):
        aliases = (_alias(this), _row_alias(node))
        yield from _upsert(plan, conflict, name, rows, names, effects, aliases)


def _function_target(this: exp.Expr) -> TableName | None:
    """ClickHouse's ``INSERT INTO FUNCTION s3('url', ...)`` writes a file."""
    if not isinstance(this, exp.Anonymous):
        return None
    first = this.expressions[0] if this.expressions else this
    return file_name(first)


def _starred(plan: Plan, name: TableName, node: exp.Expr) -> list[str]:
    """ClickHouse's ``INSERT INTO t (* EXCEPT (c))``: the target's columns but those."""
    this = node.args["this"]
    listed = this.args.get("expressions") if isinstance(this, exp.Schema) else None
    star = listed[0] if listed else None
    if not isinstance(star, exp.Star):
        return []
    without = {each.name.lower() for each in star.args.get("except_") or ()}
    return [each for each in plan.rows_of(name).names if each.lower() not in without]


def _alias(node: exp.Expr) -> str:
    """The alias of the table written, lower-cased, or ""."""
    alias = node.args.get("alias")
    return alias.name.lower() if isinstance(alias, exp.Expr) else ""


def _row_alias(node: exp.Expr) -> str:
    """MySQL's ``VALUES (...) AS new ON DUPLICATE KEY UPDATE``, lower-cased, or ""."""
    source = node.args.get("expression")
    return _alias(source) if isinstance(source, exp.Values) else ""


def _target(node: exp.Expr) -> tuple[exp.Expr | None, list[str]]:
    this = node.args.get("this")
    listed: list[str] = []
    if isinstance(this, exp.Schema):
        listed = [each.name for each in this.args["expressions"]]
        this = this.args["this"]
    return this, listed


def _target_columns(plan: Plan, name: TableName, rows: Rows, node: exp.Expr) -> Sequence[str]:
    """By position through the target's known columns, else under the query's own names."""
    if node.args.get("by_name"):
        return rows.names
    known = list(plan.rows_of(name).names)
    partition = {each.lower() for each in _fixed_partition(node)}
    known = [each for each in known if each.lower() not in partition]
    if not known or rows.unknown:
        return rows.names
    if len(known) < len(rows.ids):
        plan.gap("schema-conflict", f"{name} has {len(known)} known columns, {len(rows.ids)} come")
        return rows.names
    return known[: len(rows.ids)]


def _fixed_partition(node: exp.Expr) -> list[str]:
    """Partition columns that the statement gives a value, so that no query column feeds them."""
    this = node.args.get("this")
    within = this.args.get("partition") if isinstance(this, exp.Table) else None
    partition = within or node.args.get("partition")
    if not isinstance(partition, exp.Expr):
        return []
    return [each.this.name for each in partition.args["expressions"] if isinstance(each, exp.EQ)]


def _upsert(
    plan: Plan,
    conflict: exp.Expr,
    name: TableName,
    rows: Rows,
    names: Sequence[str],
    effects: Effects,
    aliases: tuple[str, str],
) -> Generator[Ask | Step, Rows, None]:
    """ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE: EXCLUDED is the row that was refused."""
    refused = Rows(Relation(), list(names), rows.ids[: len(names)], rows.rest, rows.unknown)
    stored = plan.rows_of(name)
    own = Rows(Relation(), stored.names, stored.ids, stored.rest, stored.unknown, stored.lookup)
    scope = Scope(None, NO_ENV)
    scope.add(Source(aliases[0] or name.last.lower(), own))
    scope.add(Source(aliases[1] or "excluded", refused))
    if conflict.args.get("duplicate"):
        _values_to_excluded(conflict, aliases[1] or "excluded")
    assigned = yield from assignments(plan, scope, conflict.args["expressions"])
    where = conflict.args.get("where")
    if where is not None:
        read = yield from expression(plan, scope, [where.args["this"]], modes.FILTER)
        rows = Rows(Filter((rows.node,), (), (read,)), rows.names, rows.ids, rows.rest)
    columns = [Derived(plan.reserve(1), each) for each in assigned.values()]
    added = derived_target(plan, name, rows.node, list(assigned), columns)
    effects.targets[-1] = _merged(plan, effects.targets[-1], added)


def _values_to_excluded(conflict: exp.Expr, alias: str) -> None:
    """MySQL's ``VALUES(a)`` is EXCLUDED.a."""
    for each in list(conflict.find_all(exp.Anonymous)):
        if each.name.upper() == "VALUES" and len(each.expressions) == 1:
            each.replace(exp.column(each.expressions[0].name, table=alias))


def _merged(plan: Plan, one: Target, other: Target) -> Target:
    """Two targets of the same table as one: a column takes from both."""
    places = {column.lower(): at for at, column in enumerate(one.names)}
    columns = list(one.write.columns)
    names, types = list(one.names), list(one.types)
    for column, type_, added in zip(other.names, other.types, other.write.columns, strict=True):
        at = places.get(column.lower())
        if at is None:
            names.append(column)
            types.append(type_)
            columns.append(added)
            continue
        known = columns[at].expression
        both = Derived(plan.reserve(1), known, True)
        both.expression = Expression([*known.uses, *added.expression.uses])
        columns[at] = both
    one.write.inputs = (*one.write.inputs, *other.write.inputs)
    one.write.columns = columns
    return Target(one.table, one.write, names, types)


def multi_insert(plan: Plan, node: exp.Expr) -> Reads:
    """Hive's FROM ... INSERT ... INSERT and Oracle's and Snowflake's INSERT ALL."""
    scope = Scope(None, environment(plan, node))
    source = yield item(plan, node.args["source"], scope)
    effects = Effects("INSERT")
    for each in node.args["expressions"]:
        inner = each.args["this"] if isinstance(each, exp.ConditionalInsert) else each
        query = inner.args.get("expression")
        rows = source
        if isinstance(query, (exp.Values, exp.Select)):
            rows = yield _reading(plan, query, scope, source)
        if isinstance(each, exp.ConditionalInsert) and each.args.get("expression") is not None:
            condition = [each.args["expression"]]
            read = yield from expression(plan, scope, condition, modes.FILTER)
            node_ = Filter((rows.node,), (), (read,))
            rows = Rows(node_, rows.names, rows.ids, rows.rest, rows.unknown)
        yield from _into(plan, inner, rows, effects)
    return effects


def _reading(plan: Plan, query: exp.Expr, scope: Scope, source: Rows) -> Step:
    """One branch: a query or VALUES without FROM, over the common source."""
    rows = yield Ask(query, scope.env, scope)
    node = Relation((source.node, rows.node))
    return Rows(node, rows.names, rows.ids, rows.rest, rows.unknown)
