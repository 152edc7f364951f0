"""UPDATE, and what DELETE and MERGE share with it: a target that is read, but is no input.

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
    Sort,
    Write,
    bare,
)
from whence.sql.names import NO_ENV, Env, Scope, Source
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.ctes import extend
from whence.sql.relations.tables import from_clause, item, joined
from whence.sql.results import TableName
from whence.sql.statements.kept import keep
from whence.sql.statements.returning import returned
from whence.sql.statements.through import Written, written
from whence.sql.statements.write import Effects, Target
from whence.sql.tablenames import spoken

Reads = Generator[Ask | Step, Rows, Effects]
ITEMS = (exp.Table, exp.Subquery)
"""What a statement may name as its target."""

Group = tuple[exp.Expr, list[exp.Expr]]


def environment(plan: Plan, node: exp.Expr) -> Env:
    """The common table expressions of a statement's own WITH."""
    with_ = node.args.get("with_")
    around = NO_ENV
    if plan.inside is not None and plan.inside[0] is node:
        around = plan.inside[1]
    return around if with_ is None else extend(plan, with_, around)


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
    scope.group = len(scope.sources)  # USING in the FROM does not look at the target
    more, conditions = yield from from_clause(plan, scope, node)
    relation: Relation = Join([*relations, *more], (), [*decides, *conditions])
    relation = yield from filtered(plan, scope, node, relation)
    targets = yield from _targets(plan, scope, relation, groups)
    names = [target.table for target in targets if target.table is not None]
    own = None if brought or len(groups) > 1 else into.name
    effects = Effects("UPDATE", targets, names, own=own)
    returned(plan, node, effects, scope)
    return effects


def _by_table(table: exp.Expr, this: exp.Expr, nodes: Sequence[exp.Expr]) -> list[Group]:
    """The assignments of each table that MySQL's ``UPDATE a JOIN b SET a.x = ...`` changes."""
    items = [table]
    if table is this:
        items += [join.args["this"] for join in this.args.get("joins") or ()]
    groups: dict[str, Group] = {}
    tables = {each.alias_or_name.lower(): each for each in items if isinstance(each, ITEMS)}
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
        if isinstance(each, ITEMS) and each.alias_or_name.lower() == this.name.lower():
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


def _type(plan: Plan, name: TableName, column: str) -> str | None:
    found = plan.rows_of(name).find(column)
    return None if found is None else plan.type_of(found)


def filtered(
    plan: Plan, scope: Scope, node: exp.Expr, relation: Relation
) -> Generator[Ask | Step, Rows, Relation]:
    """``relation`` after the statement's WHERE, and MySQL's ORDER BY ... LIMIT."""
    where, order = node.args.get("where"), node.args.get("order")
    if isinstance(where, exp.Expr):
        read = yield from expression(plan, scope, [where.args["this"]], modes.FILTER)
        relation = Filter((relation,), (), (read,))
    if isinstance(order, exp.Expr):
        read = yield from expression(plan, scope, order.args["expressions"], modes.SORT)
        relation = Sort((relation,), (), (read,))
    return relation


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
        found[left.name] = yield from computed(plan, scope, right)
    return found


def computed(plan: Plan, scope: Scope, node: exp.Expr) -> Generator[Ask | Step, Rows, Expression]:
    """The value ``node``: a column that is computed here, unless it is one already."""
    read = yield from expression(plan, scope, [node], modes.IDENTITY)
    if not read.uses or [mode for _, mode in read.uses] == [modes.IDENTITY]:
        return read
    derived = plan.derive(read, node)
    return Expression(((derived.column, modes.IDENTITY),), (Relation((), (derived,)),))


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
        found[name] = yield from computed(plan, scope, value)
