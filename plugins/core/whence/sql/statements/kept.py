"""The rows of temporary tables after a statement that adds to them.

Must not know kinds of statements.
"""

from __future__ import annotations

from collections.abc import Sequence

from whence.columns import modes
from whence.columns.algebra import NOTHING, Derived, Expression, Relation, SetOperation
from whence.sql.plan import Plan, Rows
from whence.sql.results import TableName
from whence.sql.statements.write import Target


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


def make_empty(plan: Plan, name: TableName, columns: Sequence[str]) -> None:
    """A temporary table without rows."""
    ids = range(plan.reserve(len(columns)), plan.reserve(0))
    derives = [Derived(column, NOTHING) for column in ids]
    plan.make(name, Rows(Relation((), derives), list(columns), ids))
