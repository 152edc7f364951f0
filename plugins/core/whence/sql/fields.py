"""Columns that are structs: what a path into one comes from, and which fields it has.

Must not look up names; it starts from a column.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TypeAlias

from sqlglot import exp

from whence.columns.algebra import Expression
from whence.columns.modes import IDENTITY
from whence.sql.plan import Plan
from whence.sql.structs import element, members, parsed, within

Part: TypeAlias = int | Expression | list[int]
"""A column of its own, what the field was built from, or columns that it is computed from."""


def field_of(plan: Plan, column: int, path: Sequence[str]) -> Part:
    """What the field at ``path`` (from the outermost) of the struct ``column`` comes from."""
    column, rest, built = _built(plan, column, path)
    if not rest:
        return built if built is not None else column
    if built is not None:
        return [each for each, _ in built.uses]
    part = _part(plan, column, rest) if plan.struct_paths else None
    return [column] if part is None else part


def fields(plan: Plan, column: int, path: Sequence[str] = ()) -> list[tuple[str, Part]]:
    """The fields of the struct at ``path`` of ``column``; none where its type is not known."""
    column, rest, built = _built(plan, column, path)
    if built is not None:
        return []
    if not rest and column in plan.structs:
        return [(name, use) for name, use in plan.structs[column]]
    names = _field_names(plan, column, rest)
    return [(name, field_of(plan, column, (*rest, name))) for name in names]


def _field_names(plan: Plan, column: int, path: Sequence[str]) -> list[str]:
    """The names that a type, a union's first branch or a schema of dotted names tells."""
    known = [name for name, _ in members(within(type_of(plan, column), path))]
    first = _first_branch(plan, column)
    if not known and not path and first in plan.structs:
        known = [name for name, _ in plan.structs[first]]
    if known or not plan.is_stored(first):
        return known
    table, name = plan.source(first)
    before = ".".join((name, *path)).lower() + "."
    below = [each[len(before) :] for each in table.names if each.lower().startswith(before)]
    return [each for each in below if "." not in each]


def has_field(plan: Plan, column: int, path: Sequence[str]) -> bool:
    """True where ``column`` is known for a struct, and ``path`` for one of its fields."""
    column, rest, built = _built(plan, column, path)
    return built is not None or not rest or within(type_of(plan, column), rest) is not None


def type_of(plan: Plan, column: int) -> exp.DataType | None:
    """The type of ``column``, as far as the schema, a cast or a union's first branch tells."""
    return parsed(plan.type_of(_first_branch(plan, column)), plan.rules)


def element_fields(plan: Plan, column: int, path: Sequence[str] = ()) -> list[str]:
    """The names of the fields that the elements of an array of structs have."""
    column, rest, built = _built(plan, column, path)
    if built is not None:
        return []
    return [name for name, _ in members(element(within(type_of(plan, column), rest)))]


def _built(
    plan: Plan, column: int, path: Sequence[str]
) -> tuple[int, Sequence[str], Expression | None]:
    """Walk ``path`` as far as expressions that build structs tell what each field is.

    Returns:
        The column reached, what is left of the path below it, and where the walk ended in no
        column of its own, the expression that it ended in.
    """
    for depth, name in enumerate(path):
        known = plan.structs.get(column)
        use = None
        for field_name, field_use in known or ():
            if field_name.lower() == name.lower():
                use = field_use
        if use is None:
            return column, path[depth:], None
        if len(use.uses) != 1 or use.uses[0][1] != IDENTITY:
            return column, path[depth + 1 :], use
        column = use.uses[0][0]
    return column, (), None


def _first_branch(plan: Plan, column: int) -> int:
    """``column``, or where a set operation made it, that of the first branch."""
    while True:
        at = bisect_right(plan.unions, column, key=_first_id) - 1
        base, columns = plan.unions[at] if at >= 0 else (column, ())
        if not 0 <= column - base < len(columns):
            return column
        column = columns[column - base][1][0]


def _first_id(union: tuple[int, object]) -> int:
    return union[0]


def _part(plan: Plan, column: int, path: Sequence[str]) -> int | None:
    """The field at ``path`` of a stored column as a source of its own."""
    if not plan.is_stored(column):
        return None
    table, name = plan.source(column)
    return plan.met(table, ".".join((name, *path)))
