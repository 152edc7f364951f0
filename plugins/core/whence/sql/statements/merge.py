"""MERGE: every branch writes columns of the target; one column takes from all of them.

Must not build relations other than the write itself.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Filter, Join, Relation
from whence.sql.names import Scope
from whence.sql.plan import STAR, Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.tables import item
from whence.sql.statements.change import (
    assignments,
    bring_target,
    computed,
    derived_target,
    environment,
    filtered,
)
from whence.sql.statements.kept import keep
from whence.sql.statements.returning import returned
from whence.sql.statements.write import Effects
from whence.sql.tablenames import table_name


def merge(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a MERGE."""
    args = node.args
    scope = Scope(None, environment(plan, node))
    name = table_name(plan, args["this"])
    target = bring_target(plan, scope, args["this"], name)
    source = yield item(plan, args["using"], scope)
    decides: list[Expression] = []
    if args.get("on") is not None:
        decides.append((yield from expression(plan, scope, [args["on"]], modes.JOIN)))
    for key in args.get("using_cond") or ():
        both = [hit for rows in (target, source) if (hit := _column(plan, rows, key.name))]
        decides += [Expression([(column, modes.JOIN) for column in both])]
    relation: Relation = Join((source.node,), (), decides)
    found: dict[str, list[Expression]] = {}
    spelled: dict[str, str] = {}
    conditions: list[Expression] = []
    for when in _branches(args.get("whens")):
        seen = _seen(scope, when)
        condition = when.args.get("condition")
        if condition is not None:
            conditions.append((yield from expression(plan, seen, [condition], modes.FILTER)))
        branch, relation = yield from _branch(plan, seen, when, (target, source), relation)
        for column, value in branch.items():
            spelled.setdefault(column.lower(), column)
            found.setdefault(column.lower(), []).append(value)
    if conditions:
        relation = Filter((relation,), (), conditions)
    columns = [_united(plan, values) for values in found.values()]
    written = derived_target(plan, name, relation, [spelled[key] for key in found], columns)
    keep(plan, name, written)
    effects = Effects("MERGE", [written], [name])
    returned(plan, node, effects, scope)
    return effects


def _column(plan: Plan, rows: Rows, name: str) -> int | None:
    """The column that USING (name) means on one side."""
    known = rows.find(name)
    return plan.met(rows.rest[0], name) if known is None and rows.rest else known


def _seen(scope: Scope, when: exp.Expr) -> Scope:
    """What one WHEN sees: a row without a match has but one side."""
    if when.args.get("matched"):
        return scope
    seen = Scope(scope.parent, scope.env)
    by_source = when.args.get("source")
    for source in scope.sources[:1] if by_source else scope.sources[1:]:
        seen.add(source)
    return seen


def _branches(whens: exp.Expr | None) -> list[exp.Expr]:
    return [] if whens is None else list(whens.args.get("expressions") or ())


def _united(plan: Plan, values: list[Expression]) -> Derived:
    uses = [use for value in values for use in value.uses]
    queries = [query for value in values for query in value.queries]
    return Derived(plan.reserve(1), Expression(uses, queries), len(values) > 1)


def _branch(
    plan: Plan, scope: Scope, when: exp.Expr, rows: tuple[Rows, Rows], relation: Relation
) -> Generator[Ask | Step, Rows, tuple[dict[str, Expression], Relation]]:
    """The columns that one WHEN gives, and the relation after a WHERE of its own."""
    target, source = rows
    then = when.args.get("then")
    if isinstance(then, exp.Update):
        relation = yield from filtered(plan, scope, then, relation)
        nodes = then.args.get("expressions") or []
        if not nodes or any(isinstance(each, exp.Star) for each in nodes):
            return _star(plan, target, source), relation
        return (yield from assignments(plan, scope, nodes)), relation
    if isinstance(then, exp.Insert):
        relation = yield from filtered(plan, scope, then, relation)
        return (yield from _insert(plan, scope, then, target, source)), relation
    return {}, relation


def _star(plan: Plan, target: Rows, source: Rows) -> dict[str, Expression]:
    """``UPDATE SET *`` and ``INSERT *``: the source's columns, by name."""
    known = {name.lower() for name in target.names}
    found = {
        name: Expression(((column, modes.IDENTITY),))
        for name, column in zip(source.names, source.ids, strict=False)
        if target.unknown or name.lower() in known
    }
    if source.unknown:
        plan.gap("star-unknown-table", "MERGE with * from a source whose columns are unknown")
        if source.rest:
            found[STAR] = Expression([(plan.met(t, STAR), modes.IDENTITY) for t in source.rest])
    return found


def _insert(
    plan: Plan, scope: Scope, then: exp.Expr, target: Rows, source: Rows
) -> Generator[Ask | Step, Rows, dict[str, Expression]]:
    this, values = then.args.get("this"), then.args.get("expression") or None
    if isinstance(this, exp.Star) or _is_row(values) or _word(this) == "BY":
        return _star(plan, target, source)
    if _word(this) == "ROW" or (this is None and values is None and not then.args.get("default")):
        return _by_position(target, source)
    listed = this.args.get("expressions") if isinstance(this, exp.Tuple) else None
    first = listed[0] if listed else None
    if values is None and isinstance(first, exp.Anonymous) and first.name.upper() == "VALUES":
        this, values = None, exp.Tuple(expressions=first.expressions)
    if values is None:
        return {}
    if isinstance(this, (exp.Tuple, exp.Schema)):
        names = [each.name for each in this.args["expressions"]]
    elif this is not None:
        names = [this.name]
    else:
        names = list(target.names)
    cells = values.args["expressions"] if isinstance(values, exp.Tuple) else [values]
    found: dict[str, Expression] = {}
    for name, cell in zip(names, cells, strict=False):
        found[name] = yield from computed(plan, scope, cell)
    return found


def _is_row(values: exp.Expr | None) -> bool:
    return isinstance(values, exp.Var) and values.name == "ROW"


def _word(node: exp.Expr | None) -> str:
    """The one word that stands for the columns (ROW, BY NAME), in capitals, or ""."""
    if isinstance(node, exp.Tuple) and len(node.args["expressions"]) == 1:
        node = node.args["expressions"][0].unalias()
    if not isinstance(node, (exp.Column, exp.Var, exp.Identifier)):
        return ""
    return node.name.upper() if node.name.upper() in ("ROW", "BY") else ""


def _by_position(target: Rows, source: Rows) -> dict[str, Expression]:
    """BigQuery's ``INSERT ROW``: the source's columns in the target's order."""
    names = target.names or source.names
    return {
        name: Expression(((column, modes.IDENTITY),))
        for name, column in zip(names, source.ids, strict=False)
    }
