"""PIVOT and UNPIVOT, as a FROM item and as DuckDB's statement.

Must not build what they are applied to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Project, Relation
from whence.sql.expressions import read
from whence.sql.names import Scope, Source
from whence.sql.picking import picked_names
from whence.sql.plan import Ask, Plan, Rows, Step


def pivoted(plan: Plan, scope: Scope, rows: Rows, pivot: exp.Expr) -> Step:
    """``rows`` after one PIVOT or UNPIVOT."""
    inner = Scope(scope.parent, scope.env)
    inner.add(Source("", rows))
    for source in scope.sources:
        inner.named.setdefault(source.alias, []).append(Source(source.alias, rows))
    if pivot.args.get("unpivot"):
        return plan.distinct_names(_unpivot(plan, rows, pivot))
    conditions: list[tuple[int, int]] = []
    values: list[str] = []
    queries: list[Relation] = []
    for field in pivot.args.get("fields") or ():
        conditions += read(plan, inner, field.args["this"], modes.CONDITIONAL).uses
        for each in field.args.get("expressions") or ():
            if isinstance(each, exp.Query):
                queries.append((yield Ask(each, scope.env, scope.parent)).node)
            elif each.__class__ is not exp.PivotAny:
                values.append(each.alias_or_name)
    return plan.distinct_names(_pivot(plan, inner, rows, pivot, (conditions, values, queries)))


Values = tuple[list[tuple[int, int]], list[str], list[Relation]]
"""What decides on the new columns, their names, and queries that tell these."""


def _pivot(plan: Plan, scope: Scope, rows: Rows, pivot: exp.Expr, over: Values) -> Rows:
    """Group columns stay; each new column is an aggregate over the rows of one value."""
    conditions, values, queries = over
    args = pivot.args
    aggregates = list(args.get("expressions") or ())
    reads = [read(plan, scope, each, modes.IDENTITY).done() for each in aggregates]
    parts = [*(field.args["this"] for field in args.get("fields") or ()), *aggregates]
    names, ids = _without(rows, _read_positions(rows, parts))
    new = [each.name for each in args.get("columns") or ()] if values else []
    new = new or values
    derives: list[Derived] = []
    for position in range(len(new)):
        each = reads[position % len(reads)] if reads else Expression()
        text = aggregates[position % len(reads)] if reads else None
        derives.append(plan.derive(Expression([*each.uses, *conditions]), text))
    group = Expression([(column, modes.GROUP_BY) for column in ids], queries)
    all_ids = [*ids, *(derived.column for derived in derives)]
    found = Rows(
        Project((rows.node,), derives, (group,)), [*names, *new], all_ids, rows.rest, rows.unknown
    )
    return found if new else _by_data(plan, found, reads, conditions)


def _by_data(
    plan: Plan, rows: Rows, reads: Sequence[Expression], conditions: list[tuple[int, int]]
) -> Rows:
    """``rows`` and columns that depend on the data: any of them is one of the aggregates."""
    plan.gap("unsupported", "PIVOT without a list of values: its columns depend on the data")
    uses = [use for each in reads for use in each.uses]
    derived = plan.derive(Expression([*uses, *conditions]), None)
    rows.node.derives = [*rows.node.derives, derived]
    return Rows(rows.node, rows.names, rows.ids, unknown=True, other=derived.column)


def _unpivot(plan: Plan, rows: Rows, pivot: exp.Expr) -> Rows:
    """Columns become rows: a name column, and value columns that take from them all."""
    value_names = [name for each in pivot.args["expressions"] for name in _names(each)]
    name_columns: list[str] = []
    entries: list[exp.Expr] = []
    for field in pivot.args.get("fields") or ():
        name_columns += _names(field.args["this"])
        entries += field.args.get("expressions") or ()
    return _below(plan, rows, entries, name_columns, value_names)


def _below(
    plan: Plan,
    rows: Rows,
    entries: Sequence[exp.Expr],
    name_columns: Sequence[str],
    value_names: Sequence[str],
) -> Rows:
    """``rows`` with the columns of ``entries`` below each other."""
    taken: list[list[int]] = [[] for _ in value_names]
    gone: set[int] = set()
    for entry in entries:
        for each in _spread(rows, entry):
            for at, column in enumerate(_taken(plan, rows, each, gone)):
                taken[min(at, len(taken) - 1)].append(column)
    names, ids = _without(rows, gone)
    derives = [plan.derive(Expression(), None) for _ in name_columns]
    for columns in taken:
        derived = plan.derive(Expression([(column, modes.IDENTITY) for column in columns]), None)
        derived.alternatives = True
        derives.append(derived)
    node = Project((rows.node,), derives)
    all_ids = [*ids, *(derived.column for derived in derives)]
    return Rows(node, [*names, *name_columns, *value_names], all_ids, rows.rest, rows.unknown)


def _spread(rows: Rows, entry: exp.Expr) -> list[exp.Expr]:
    """``COLUMNS(...)`` as the columns that it picks, anything else as it is."""
    if entry.__class__ is not exp.Columns:
        return [entry]
    return [exp.column(name) for name in picked_names(entry, rows.names)]


def _names(node: exp.Expr) -> list[str]:
    if isinstance(node, exp.Tuple):
        return [each.name for each in node.args["expressions"]]
    return [node.name]


def _without(rows: Rows, gone: set[int]) -> tuple[list[str], list[int]]:
    """Names and ids of the columns that are not at a position of ``gone``.

    By position: two columns may be one and the same value, and share its id.
    """
    kept = [at for at in range(len(rows.ids)) if at not in gone]
    return [rows.names[at] for at in kept], [rows.ids[at] for at in kept]


def _read_positions(rows: Rows, nodes: Sequence[exp.Expr]) -> set[int]:
    """Where the columns that ``nodes`` name stand among ``rows``."""
    named = {each.name for node in nodes for each in node.find_all(exp.Column)}
    found = {rows.position(name, name.lower()) for name in named}
    return {position for position in found if position is not None}


def _taken(plan: Plan, rows: Rows, node: exp.Expr, gone: set[int]) -> list[int]:
    """The columns that one entry of an UNPIVOT list takes; ``gone`` gets their positions."""
    if isinstance(node, (exp.PivotAlias, exp.Alias)):
        node = node.args["this"]
    nodes = node.args["expressions"] if isinstance(node, exp.Tuple) else [node]
    columns: list[int] = []
    for each in nodes:
        position = rows.position(each.name, each.name.lower())
        if position is not None:
            gone.add(position)
            columns.append(rows.ids[position])
        elif len(rows.rest) == 1:
            columns.append(plan.met(rows.rest[0], each.name))
    return columns


Item = Callable[[Plan, exp.Expr, Scope], Step]


def pivot_statement(plan: Plan, scope: Scope, node: exp.Expr, item: Item) -> Step:
    """DuckDB's ``PIVOT t ON x IN (...) USING f(y) GROUP BY z``, and UNPIVOT likewise."""
    args = node.args
    inner = Scope(scope.parent, scope.env)
    rows = yield item(plan, args["this"], inner)
    if args.get("unpivot"):
        return plan.distinct_names(_unpivot_statement(plan, rows, node))
    conditions: list[tuple[int, int]] = []
    values: list[str] = []
    known = True
    for each in args.get("expressions") or ():
        on = each.args["this"] if isinstance(each, exp.In) else each
        conditions += read(plan, inner, on, modes.CONDITIONAL).uses
        if isinstance(each, exp.In):
            values += [value.alias_or_name for value in each.args.get("expressions") or ()]
        else:
            known = False
    over: Values = (conditions, values if known else [], [])
    return plan.distinct_names(_pivot_columns(plan, inner, rows, node, over))


def _pivot_columns(plan: Plan, scope: Scope, rows: Rows, node: exp.Expr, over: Values) -> Rows:
    conditions, values, _ = over
    aggregates = list(node.args.get("using") or ())
    reads = [read(plan, scope, each, modes.IDENTITY).done() for each in aggregates]
    group = node.args.get("group")
    if group is not None:
        kept = [(key.name, rows.find(key.name)) for key in group.args["expressions"]]
        names = [name for name, column in kept if column is not None]
        ids = [column for _, column in kept if column is not None]
    else:
        parts = [*(node.args.get("expressions") or ()), *aggregates]
        names, ids = _without(rows, _read_positions(rows, parts))
    derives: list[Derived] = []
    for value in values:
        for at, each in enumerate(reads or [Expression()]):
            text = aggregates[at] if aggregates else None
            suffix = f"_{aggregates[at].alias_or_name}" if len(aggregates) > 1 else ""
            derives.append(plan.derive(Expression([*each.uses, *conditions]), text))
            names.append(value + suffix)
    keys = Expression([(column, modes.GROUP_BY) for column in ids])
    relation = Project((rows.node,), derives, (keys,))
    found = Rows(relation, names, [*ids, *(derived.column for derived in derives)])
    return found if values else _by_data(plan, found, reads, conditions)


def _unpivot_statement(plan: Plan, rows: Rows, node: exp.Expr) -> Rows:
    """DuckDB's ``UNPIVOT t ON a, b INTO NAME n VALUE v``."""
    into = node.args.get("into")
    names, values = ["name"], ["value"]
    if isinstance(into, exp.Expr) and isinstance(into.args.get("this"), exp.Expr):
        names = [into.args["this"].name]
        values = [each.name for each in into.args.get("expressions") or ()]
    return _below(plan, rows, node.args.get("expressions") or (), names, values or ["value"])
