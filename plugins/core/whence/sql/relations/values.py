"""Literal rows: VALUES lists.

Must not know statements that store them.
"""

from __future__ import annotations

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Project
from whence.sql.expressions import read_into
from whence.sql.names import Env, Scope
from whence.sql.plan import Plan, Rows, Step
from whence.sql.references import Reading
from whence.sql.relations.attach import subqueries
from whence.sql.relations.renaming import alias_columns


def values(plan: Plan, node: exp.Expr, env: Env, outer: Scope | None) -> Step:
    """The rows of a VALUES list: position by position over all of its tuples."""
    scope = Scope(outer, env)
    readings: list[Reading] = []
    for row in node.args["expressions"]:
        for position, cell in enumerate(_cells(row)):
            if position == len(readings):
                readings.append(Reading(plan, scope))
            read_into(readings[position], cell, modes.IDENTITY)
    for reading in readings:
        if reading.pending:
            yield from subqueries(plan, reading)
    derives: list[Derived] = [
        plan.derive(Expression(each.uses, each.queries), None) for each in readings
    ]
    alias = node.args.get("alias")
    names = alias_columns(alias)
    unnamed = range(len(names), len(derives))
    names += [plan.rules.values_column(position) for position in unnamed]
    ids = [derived.column for derived in derives]
    return Rows(Project((), derives), names[: len(ids)], ids)


def _cells(row: exp.Expr) -> list[exp.Expr]:
    """The values of one row: of a tuple, of MySQL's ``ROW(...)``, or one by itself."""
    cells = row.args["expressions"] if isinstance(row, exp.Tuple) else [row]
    if len(cells) == 1 and isinstance(cells[0], exp.Anonymous) and cells[0].name.lower() == "row":
        cells = cells[0].args["expressions"]
    return list(cells)
