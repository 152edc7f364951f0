"""UPDATE and DELETE: the target's own columns are read, but it is no input.

Must not build relations other than the write itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import (
    Derived,
    Expression,
    Filter,
    Join,
    Relation,
    SetOperation,
    Write,
    bare,
)
from whence.sql.names import NO_ENV, Env, Scope, Source
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.ctes import extend
from whence.sql.relations.tables import from_clause, item, joined
from whence.sql.results import TableName
from whence.sql.statements.through import Written, written
from whence.sql.statements.write import Effects, Target
from whence.sql.tablenames import spoken

Reads = Generator[Ask | Step, Rows, Effects]
Group = tuple[exp.Expr, list[exp.Expr]]


def environment(plan: Plan, node: exp.Expr) -> Env:
    """The common table expressions of a statement's own WITH."""
    with_ = node.args.get("with_")
    return NO_ENV if with_ is None else extend(plan, with_, NO_ENV)


def bring_target(plan: Plan, scope: Scope, node: exp.Expr, name: TableName) -> Rows:
    """The target's columns brought into scope, without counting it as an input."""
    rows = plan.rows_of(name)
    if plan.is_made(name):
        plan.beside.append(rows.node)
    seen = Rows(Relation(), rows.names, rows.ids, rows.rest, rows.unknown, rows.lookup)
    alias = node.args.get("alias")
    path = spoken(name)
    known_as = alias.name.lower() if alias is not None else path[-1] if path else ""
    scope.add(Source(known_as, seen, path if alias is None else ()))
    return seen


def update(plan: Plan, node: exp.Expr) -> Reads:
    """The effects of an UPDATE."""
    this = node.args["this"]
    if not isinstance(this, exp.Expr):
        return Effects("UPDATE")
    scope = Scope(None, environment(plan, node))
    relations: list[Relation] = []
    decides: list[Expression] = []
    table = _aliased_target(node, this)
    groups = _by_table(table, this, node.args.get("expressions") or ())
    into = _into(plan, scope, groups[0])
    brought = len(groups) == 1 and groups[0][0] is this and not into.through
    if brought:
        bring_target(plan, scope, this, into.name)
        yield from joined(plan, scope, this, relations, decides)
    elif table is this:
        relations.append((yield item(plan, this, scope)).node)
    more, conditions = yield from from_clause(plan, scope, node)
    relation: Relation = Join([*relations, *more], (), [*decides, *conditions])
    relation = yield from filtered(plan, scope, node, relation)
    targets = yield from _targets(plan, scope, relation, groups)
    names = [target.table for target in targets if target.table is not None]
    own = None if brought or len(groups) > 1 else into.name
    return Effects("UPDATE", targets, names, own=own)


def _by_table(table: exp.Expr, this: exp.Expr, nodes: Sequence[exp.Expr]) -> list[Group]:
    """The assignments of each table that MySQL's ``UPDATE a JOIN b SET a.x = ...`` changes."""
    items = [table]
    if table is this:
        items += [join.args["this"] for join in this.args.get("joins") or ()]
    groups: dict[str, Group] = {}
    tables = {each.alias_or_name.lower(): each for each in items if isinstance(each, exp.Table)}
    for node in nodes:
        left = node.args.get("this")
        name = left.args.get("table") if isinstance(left, exp.Expr) else None
        known = tables.get(name.name.lower(), table) if name is not None else table
        groups.setdefault(known.alias_or_name.lower(), (known, []))[1].append(node)
    return list(groups.values()) or [(table, [])]


def _into(plan: Plan, scope: Scope, group: Group) -> Written:
    """The table that a group of assignments writes."""
    table, nodes = group
    left = nodes[0].args.get("this") if nodes else None
    return written(plan, scope.env, table, left.name if isinstance(left, exp.Expr) else "")


def _targets(
    plan: Plan, scope: Scope, relation: Relation, groups: Iterable[Group]
) -> Generator[Ask | Step, Rows, list[Target]]:
    """What each table is given."""
    targets: list[Target] = []
    for group in groups:
        into = _into(plan, scope, group)
        assigned = yield from assignments(plan, scope, group[1])
        names = [into.column(each) for each in assigned]
        columns = [Derived(plan.reserve(1), each) for each in assigned.values()]
        targets.append(derived_target(plan, into.name, relation, names, columns))
        keep(plan, into.name, targets[-1])
    return targets


def _aliased_target(node: exp.Expr, this: exp.Expr) -> exp.Expr:
    """The table behind ``UPDATE alias SET ... FROM table alias`` (T-SQL)."""
    from_ = node.args.get("from_")
    if from_ is None or this.args.get("alias") is not None or this.args.get("db") is not None:
        return this
    first = from_.args["this"]
    for each in (first, *(join.args["this"] for join in first.args.get("joins") or ())):
        if isinstance(each, exp.Table) and each.alias_or_name.lower() == this.name.lower():
            return each
    return this


def derived_target(
    plan: Plan, name: TableName, relation: Relation, names: list[str], columns: list[Derived]
) -> Target:
    """Computed ``columns`` written to ``name``."""
    node = Relation((relation,), columns)
    written = [Derived(each.column, bare(each.column)) for each in columns]
    types = [_type(plan, name, column) for column in names]
    return Target(name, Write((node,), columns=written), names, types)


def keep(plan: Plan, name: TableName, target: Target) -> None:
    """Add what a statement writes to the rows of a temporary table, for those who read it."""
    if plan.is_made(name):
        ids = [each.column for each in target.write.columns]
        added = Rows(Relation(target.write.inputs), target.names, ids)
        plan.make(name, united(plan, plan.rows_of(name), added, target.names))


def united(plan: Plan, stored: Rows, added: Rows, names: Sequence[str]) -> Rows:
    """A temporary table's rows with those that a statement adds under ``names``."""
    places = {name.lower(): column for name, column in zip(names, added.ids, strict=False)}
    derives: list[Derived] = []
    for name, column in zip(stored.names, stored.ids, strict=False):
        sources = [column, *([places[name.lower()]] if name.lower() in places else [])]
        read = Expression([(each, modes.IDENTITY) for each in sources])
        derives.append(Derived(plan.reserve(1), read, True))
    node = SetOperation((stored.node, added.node), derives)
    ids = [derived.column for derived in derives]
    return Rows(node, stored.names, ids, stored.rest, stored.unknown)


def _type(plan: Plan, name: TableName, column: str) -> str | None:
    found = plan.rows_of(name).find(column)
    return None if found is None else plan.type_of(found)


def filtered(
    plan: Plan, scope: Scope, node: exp.Expr, relation: Relation
) -> Generator[Ask | Step, Rows, Relation]:
    """``relation`` after the statement's WHERE."""
    where = node.args.get("where")
    if where is None:
        return relation
    read = yield from expression(plan, scope, [where.args["this"]], modes.FILTER)
    return Filter((relation,), (), (read,))


def assignments(
    plan: Plan, scope: Scope, nodes: Iterable[exp.Expr]
) -> Generator[Ask | Step, Rows, dict[str, Expression]]:
    """What SET gives to each column; two assignments of one column (MERGE) unite."""
    found: dict[str, Expression] = {}
    for node in nodes:
        if not isinstance(node, exp.EQ):
            continue
        left, right = node.args["this"], node.args["expression"]
        if isinstance(left, (exp.Tuple, exp.Paren)):
            yield from _tuple(plan, scope, left, right, found)
            continue
        found[left.name] = yield from expression(plan, scope, [right], modes.IDENTITY)
    return found


def _tuple(
    plan: Plan, scope: Scope, left: exp.Expr, right: exp.Expr, found: dict[str, Expression]
) -> Generator[Ask | Step, Rows, None]:
    """``(a, b) = (x, y)`` or ``(a, b) = (SELECT x, y ...)``."""
    names = [each.name for each in left.args.get("expressions") or [left.args.get("this")]]
    inner = right.args["this"] if isinstance(right, exp.Subquery) else right
    if isinstance(inner, exp.Query):
        rows = yield Ask(inner, scope.env, scope)
        for name, column in zip(names, rows.ids, strict=False):
            found[name] = Expression(((column, modes.IDENTITY),), (rows.node,))
        return
    values = inner.args.get("expressions") or [inner]
    for name, value in zip(names, values, strict=False):
        found[name] = yield from expression(plan, scope, [value], modes.IDENTITY)


def delete(plan: Plan, node: exp.Expr) -> Reads:
    """The effects of a DELETE: which rows go is decided by what it reads."""
    scope = Scope(None, environment(plan, node))
    relations: list[Relation] = []
    decides: list[Expression] = []
    this = node.args["this"]
    if not isinstance(this, exp.Expr):
        return Effects("DELETE")
    named = node.args.get("tables")
    table = this
    if named:
        table = _behind(named[0], this)
    into = written(plan, scope.env, table)
    name = into.name
    if table is this and into.through:
        relations.append((yield from _others(plan, scope, this)))
    elif not into.through:
        bring_target(plan, scope, table, name)
    if table is not this:
        relations.append((yield from _others(plan, scope, this)))
    yield from joined(plan, scope, this, relations, decides)
    using_items = node.args.get("using")
    for using in using_items if isinstance(using_items, list) else ():
        relations.append((yield item(plan, using, scope)).node)
    relation: Relation = Join(relations, (), decides)
    relation = yield from filtered(plan, scope, node, relation)
    if plan.is_made(name):
        rows = plan.rows_of(name)
        node_ = Join((rows.node, relation))
        plan.make(name, Rows(node_, rows.names, rows.ids, rows.rest, rows.unknown, rows.lookup))
    own = name if table is not this or into.through else None
    return Effects("DELETE", [Target(name, Write((relation,)), [])], [name], own=own)


def _behind(named: exp.Expr, this: exp.Expr) -> exp.Expr:
    """The table that ``DELETE alias FROM table alias JOIN ...`` deletes from."""
    for each in (this, *(join.args["this"] for join in this.args.get("joins") or ())):
        if isinstance(each, exp.Table) and each.alias_or_name.lower() == named.name.lower():
            return each
    return named


def _others(plan: Plan, scope: Scope, this: exp.Expr) -> Generator[Ask | Step, Rows, Relation]:
    """The first FROM item of a DELETE whose target is another one."""
    bare_item = this.copy()
    bare_item.set("joins", None)
    return (yield item(plan, bare_item, scope)).node
