"""DELETE: which rows go is decided by what it reads; the target itself is no input.

Must not build relations other than the write itself.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from sqlglot import exp

from whence.columns.algebra import Expression, Join, Relation, Write
from whence.sql.names import Scope
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.tables import item, joined
from whence.sql.statements.change import ITEMS, bring_target, environment, filtered
from whence.sql.statements.returning import returned
from whence.sql.statements.through import Written, written
from whence.sql.statements.write import Effects, Target

Reads = Generator[Ask | Step, Rows, Effects]


def delete(plan: Plan, node: exp.Expr) -> Reads:
    """The effects of a DELETE."""
    this, named, using = _parts(node)
    if this is None:
        return Effects("DELETE")
    scope = Scope(None, environment(plan, node))
    relations: list[Relation] = []
    decides: list[Expression] = []
    items = [*_items(this), *(each for one in using for each in _items(one))]
    tables = [_behind(each, items) for each in named or [this]]
    into = [written(plan, scope.env, each) for each in tables]
    for each, one in zip(tables, into, strict=True):
        if not one.through and ((each is this and not named) or each not in items):
            bring_target(plan, scope, each, one.name)
    if named or into[0].through:
        relations.append((yield from _first(plan, scope, this)))
    if tables[0] is this or named:
        yield from joined(plan, scope, this, relations, decides)
    for each in using:
        relations.append((yield item(plan, each, scope)).node)
    relation: Relation = Join(relations, (), decides)
    relation = yield from filtered(plan, scope, node, relation)
    read = bool(named) or tables[0] is not this or into[0].through
    own = into[0].name if len(into) == 1 and read else None
    names = [each.name for each in into]
    targets = [Target(each, Write((relation,)), []) for each in names]
    effects = Effects("DELETE", targets, names, own=own)
    returned(plan, node, effects, scope)
    for one in into:
        _keep(plan, one, relation)
    return effects


def _parts(node: exp.Expr) -> tuple[exp.Expr | None, list[exp.Expr], list[exp.Expr]]:
    """The first FROM item, the targets that are named before it, and the items of USING."""
    this, named = node.args.get("this"), list(node.args.get("tables") or ())
    using = node.args.get("using")
    if not isinstance(this, exp.Expr):
        this = named.pop(0) if named else None  # ``DELETE t WHERE ...``
    return this, named, using if isinstance(using, list) else []


def _items(node: exp.Expr) -> list[exp.Expr]:
    """A FROM item and what is joined to it."""
    return [node, *(join.args["this"] for join in node.args.get("joins") or ())]


def _behind(named: exp.Expr, items: Sequence[exp.Expr]) -> exp.Expr:
    """The table of the FROM clause that a DELETE names as its target, or ``named`` itself.

    The last one counts: ``DELETE FROM t USING t JOIN ...`` names the table twice.
    """
    for each in reversed(items):
        if isinstance(each, ITEMS) and each.alias_or_name.lower() == named.alias_or_name.lower():
            return each
    return named


def _first(plan: Plan, scope: Scope, this: exp.Expr) -> Generator[Ask | Step, Rows, Relation]:
    """The first FROM item of a DELETE whose target is named beside it."""
    alone = this.copy()
    alone.set("joins", None)
    return (yield item(plan, alone, scope)).node


def _keep(plan: Plan, into: Written, relation: Relation) -> None:
    """What decides on the rows that a temporary table keeps bears on those who read it."""
    if plan.is_made(into.name):
        rows = plan.rows_of(into.name)
        node = Join((rows.node, relation))
        made = Rows(node, rows.names, rows.ids, rows.rest, rows.unknown, rows.lookup)
        plan.make(into.name, made)
