"""Set operations: UNION, INTERSECT, EXCEPT, by position and by name.

Must not build their branches.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns.algebra import Derived, Expression, Relation, SetOperation
from whence.columns.modes import IDENTITY
from whence.sql.names import Env, Scope
from whence.sql.plan import Ask, Plan, Rows, Step

_OWN_CLAUSES = ("with_", "order", "limit", "offset")


def branches(node: exp.Expr) -> list[exp.Expr]:
    """The queries that a chain of UNIONs unites, from the first to the last."""
    parts: list[exp.Expr] = []
    stack = [node]
    while stack:
        part = stack.pop()
        inner = part
        while inner.__class__ is exp.Subquery and not _has_own(inner):
            inner = inner.args["this"]
        chained = isinstance(inner, exp.Union) and _by_name(inner) == _by_name(node)
        if chained and (part is node or not _has_own(inner)):
            stack += [inner.args["expression"], inner.args["this"]]
        else:
            parts.append(part)
    return parts


def _has_own(node: exp.Expr) -> bool:
    args = node.args
    return any(args.get(key) for key in (*_OWN_CLAUSES, "joins", "pivots", "alias"))


def _by_name(node: exp.Expr) -> bool:
    return bool(node.args.get("by_name"))


def set_operation(plan: Plan, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """The rows of a set operation, without its ORDER BY."""
    if isinstance(node, exp.Union):
        return union_of(plan, branches(node), env, outer, _by_name(node))
    return _binary(plan, node, env, outer)


def union_of(
    plan: Plan, parts: Sequence[exp.Expr], env: Env, outer: Scope | None, by_name: bool = False
) -> Step:
    """The rows of ``parts``, one after the other."""
    built: list[Rows] = []
    for part in parts:
        built.append((yield Ask(part, env, outer)))
    if len(built) == 1:
        return built[0]
    return _united(plan, built, _named_columns(built) if by_name else _columns(plan, built))


def _columns(plan: Plan, built: Sequence[Rows]) -> list[tuple[str, list[int]]]:
    """Output names with the columns of each branch, by position."""
    widths = {len(rows.ids) for rows in built if not rows.unknown}
    if len(widths) > 1:
        plan.gap("schema-conflict", "the branches of a set operation have different widths")
    columns: list[tuple[str, list[int]]] = []
    for position, name in enumerate(built[0].names):
        columns.append((name, [r.ids[position] for r in built if position < len(r.ids)]))
    return columns


def _named_columns(built: Sequence[Rows]) -> list[tuple[str, list[int]]]:
    columns: dict[str, tuple[str, list[int]]] = {}
    for rows in built:
        for name, column in zip(rows.names, rows.ids, strict=False):
            columns.setdefault(name.lower(), (name, []))[1].append(column)
    return list(columns.values())


def _united(plan: Plan, built: Sequence[Rows], columns: list[tuple[str, list[int]]]) -> Rows:
    base = plan.reserve(len(columns))
    plan.unions.append((base, columns))
    derives = [
        Derived(base + at, Expression([(column, IDENTITY) for column in each]), True)
        for at, (_, each) in enumerate(columns)
    ]
    node = SetOperation([rows.node for rows in built], derives)
    names = [name for name, _ in columns]
    ids = range(base, base + len(columns))
    if not built[0].unknown:
        return Rows(node, names, ids)
    rest = tuple(dict.fromkeys(table for rows in built for table in rows.rest))
    return Rows(node, names, ids, rest, True)


def _binary(plan: Plan, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """INTERSECT and EXCEPT."""
    left = yield Ask(node.args["this"], env, outer)
    right = yield Ask(node.args["expression"], env, outer)
    if isinstance(node, exp.Intersect):
        return _united(plan, (left, right), _columns(plan, (left, right)))
    relation: Relation = SetOperation((left.node, right.node))
    return Rows(relation, left.names, left.ids, left.rest, left.unknown, left.lookup)
