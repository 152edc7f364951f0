"""Set operations: UNION, INTERSECT, EXCEPT, by position and by name.

Must not build their branches.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns.algebra import Derived, Expression, Relation, SetOperation
from whence.columns.modes import FILTER, IDENTITY
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
        chained = isinstance(inner, exp.Union) and _matching(inner) == _matching(node)
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


def _matching(node: exp.Expr) -> tuple[object, ...]:
    """How a UNION matches the columns of its branches: by name, and which of them come out."""
    args = node.args
    if not args.get("by_name"):
        return ()
    return args.get("side") or "", args.get("kind") or "", tuple(_listed(node))


def _listed(node: exp.Expr) -> list[str]:
    """The columns of ``BY NAME ON (a, b)``, ``CORRESPONDING BY (a, b)``."""
    return [each.name.lower() for each in node.args.get("on") or ()]


def set_operation(plan: Plan, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """The rows of a set operation, without its ORDER BY."""
    if isinstance(node, exp.Union):
        return union_of(plan, branches(node), env, outer, node if _by_name(node) else None)
    return _binary(plan, node, env, outer)


def union_of(
    plan: Plan,
    parts: Sequence[exp.Expr],
    env: Env,
    outer: Scope | None,
    by_name: exp.Expr | None = None,
) -> Step:
    """The rows of ``parts``, one after the other.

    Args:
        plan: The plan under construction.
        parts: Queries.
        env: What they see.
        outer: The scope around them.
        by_name: The set operation that matches their columns by name; None for by position.
    """
    built: list[Rows] = []
    for part in parts:
        built.append((yield Ask(part, env, outer)))
    if len(built) == 1:
        return built[0]
    return _united(
        plan, built, _columns(plan, built) if by_name is None else _named_columns(built, by_name)
    )


def _columns(plan: Plan, built: Sequence[Rows]) -> list[tuple[str, list[int]]]:
    """Output names with the columns of each branch, by position."""
    widths = {len(rows.ids) for rows in built if not rows.unknown}
    if len(widths) > 1:
        plan.gap("schema-conflict", "the branches of a set operation have different widths")
    columns: list[tuple[str, list[int]]] = []
    for position, name in enumerate(built[0].names):
        columns.append((name, [r.ids[position] for r in built if position < len(r.ids)]))
    return columns


def _named_columns(built: Sequence[Rows], node: exp.Expr) -> list[tuple[str, list[int]]]:
    """Output names with the columns of each branch that has one of that name."""
    columns: dict[str, tuple[str, list[int]]] = {}
    for rows in built:
        for name, column in zip(rows.names, rows.ids, strict=False):
            columns.setdefault(name.lower(), (name, []))[1].append(column)
    kept: list[str] = _listed(node) or list(columns)
    if str(node.args.get("kind") or "").upper() == "INNER":
        kept = [name for name in kept if len(columns[name][1]) == len(built)]
    elif str(node.args.get("side") or "").upper() == "LEFT":
        kept = [name for name in kept if built[0].find(name) is not None]
    return [columns[name] for name in kept if name in columns]


def appended(plan: Plan, built: Sequence[Rows]) -> Rows:
    """The rows of ``built`` one after the other, by position."""
    return built[0] if len(built) == 1 else _united(plan, built, _columns(plan, built))


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
    if left.unknown or right.unknown:
        relation: Relation = SetOperation((left.node, right.node))
        return Rows(relation, left.names, left.ids, left.rest, left.unknown, left.lookup)
    return _without(plan, left, right)


def _without(plan: Plan, left: Rows, right: Rows) -> Rows:
    """EXCEPT: the values are the left side's; the right side's decide on which of them stay.

    That is said column by column. Whole rows are compared, as DISTINCT and INTERSECT do, but a
    set operation has no clause that would be an influence on all columns.
    """
    base = plan.reserve(len(left.ids))
    derives = [
        Derived(base + at, Expression(((one, IDENTITY), (other, FILTER))), True)
        for at, (one, other) in enumerate(zip(left.ids, right.ids, strict=False))
    ]
    ids = [derived.column for derived in derives] + list(left.ids[len(derives) :])
    return Rows(SetOperation((left.node, right.node), derives), left.names, ids)
