"""Expressions with the subqueries they hold.

Must not know forms of queries: it asks for their rows and uses what comes back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from sqlglot import exp

from whence.columns.algebra import Expression
from whence.sql.expressions import UNUSED, read_into
from whence.sql.names import Scope
from whence.sql.plan import STAR, Ask, Plan, Rows, Step
from whence.sql.references import Reading


def expression(
    plan: Plan,
    scope: Scope,
    nodes: Iterable[exp.Expr | bool],
    mode: int,
    output: Rows | None = None,
) -> Generator[Ask | Step, Rows, Expression]:
    """Several expressions as one.

    Args:
        plan: The plan under construction.
        scope: What they see.
        nodes: The expressions.
        mode: The mode in which their values are used.
        output: The columns that bare names and ordinals mean first (ORDER BY).
    """
    reading = Reading(plan, scope)
    read_all(reading, nodes, mode, output)
    if reading.pending:
        yield from subqueries(plan, reading)
    return reading.done()


def read_all(
    reading: Reading, nodes: Iterable[exp.Expr | bool], mode: int, output: Rows | None = None
) -> None:
    """Read several expressions; `subqueries` builds those that they hold."""
    for node in nodes:
        if not isinstance(node, exp.Expr):
            continue  # the parser leaves False where a broken statement had nothing
        column = None if output is None else output_column(node, output)
        if column is None:
            read_into(reading, node, mode)
        else:
            reading.uses.append((column, mode))


def subqueries(plan: Plan, reading: Reading) -> Generator[Ask | Step, Rows, None]:
    """Build the subqueries that ``reading`` met, and use their columns."""
    for node, mode in reading.pending:
        rows = yield Ask(node, reading.scope.env, reading.scope)
        reading.queries.append(rows.node)
        if mode == UNUSED:
            continue
        reading.uses.extend((column, mode) for column in rows.ids)
        reading.uses.extend((plan.met(table, STAR), mode) for table in rows.rest)
    reading.pending.clear()


def output_column(node: exp.Expr, output: Rows) -> int | None:
    """The output column that ``node`` names or counts to, if it is no more than that."""
    if node.__class__ is exp.Ordered:
        node = node.args["this"]
    if node.__class__ is exp.Column:
        return None if node.args.get("table") is not None else output.find(node.name)
    return ordinal(node, output)


def ordinal(node: exp.Expr, output: Rows) -> int | None:
    """The output column that the number ``node`` counts to."""
    if node.__class__ is not exp.Literal or node.args.get("is_string") or not node.name.isdigit():
        return None
    position = int(node.name)
    return output.ids[position - 1] if 0 < position <= len(output.ids) else None
