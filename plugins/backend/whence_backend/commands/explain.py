"""``whence explain``: how a column is made, step by step, with expressions and SQL.

Must not traverse; the store answers, `sql_text` chooses the lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whence.graph import Edge, Node
from whence_backend.commands import sql_text, words
from whence_backend.commands.opened import instant, opened_store, steps
from whence_backend.model import Step, TraceQuery
from whence_cli import render

if TYPE_CHECKING:
    from rich.console import RenderableType


def command(
    name: Annotated[
        str, typer.Argument(metavar="TABLE.COLUMN", help="E.g. marts.orders.total_amount.")
    ],
    depth: Annotated[int | None, typer.Option(help="Steps back; all.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As it was true at this time.")] = None,
    known_at: Annotated[str | None, typer.Option(help="As it was known at this time.")] = None,
    sql: Annotated[
        bool | None,
        typer.Option("--sql/--no-sql", help="Each job's whole SQL, or none; else what matters."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also the steps of columns that only decide.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show how a column is made: the job, the expressions and the SQL at each step.

    On a terminal: the steps of the values, with the lines of SQL that make them. As JSON: all.

    Examples:
      whence explain marts.customers.lifetime_value
      whence explain shop.marts.orders.total_amount --depth 1 --sql
      whence explain marts.orders.total_amount --as-of 2026-01-31 --json
    """
    query = TraceQuery("upstream", steps(depth), instant(as_of), instant(known_at))
    with opened_store() as store:
        found = store.explain(name, query)
        root = store.resolve(name)
    if render.wants_json(as_json):
        render.emit_json({"root": root.as_json(), "steps": [_json(step) for step in found]})
        return
    if not found:
        render.note(f"Nothing is known of how {root.label()} is made: it enters here.")
        return
    shown = found if everything else _of_values(root, found)
    render.show(*_Explanation(found, sql).drawings(shown))
    hints = []
    if len(shown) < len(found):
        hints.append(f"{len(found) - len(shown)} more steps make what only decides: --all")
    if sql is None and any(step.sql for step in shown):
        hints.append(f"… whence explain {root.label()} --sql shows all of the SQL")
    for hint in hints:
        render.note(hint)


def _json(step: Step) -> dict[str, Any]:
    inputs = [
        {
            **origin.as_json(),
            "type": edge.type,
            "subtype": edge.subtype,
            "masking": edge.masking,
            "expression": edge.description,
        }
        for origin, edge in step.inputs
    ]
    return {"column": step.column.as_json(), "job": step.job, "inputs": inputs, "sql": step.sql}


def _of_values(root: Node, found: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps on the ways of values to ``root``, in the order found."""
    origins: dict[Node, set[Node]] = defaultdict(set)
    for step in found:
        origins[step.column] |= {node for node, edge in step.inputs if edge.type == "DIRECT"}
    known, waiting = {root}, [root]
    while waiting:
        new = origins[waiting.pop()] - known
        known |= new
        waiting += new
    return tuple(step for step in found if step.column in known)


class _Explanation:
    """Draws steps: the inputs of each as a tree, and SQL below it."""

    def __init__(self, steps: tuple[Step, ...], sql: bool | None) -> None:
        self._sql = sql
        self._name: Callable[[Node], str] = words.short_names(
            node for step in steps for node in (step.column, *(origin for origin, _ in step.inputs))
        )
        self._whole: set[str] = set()

    def drawings(self, steps: tuple[Step, ...]) -> list[RenderableType]:
        """One below the other, an empty line between two steps."""
        drawn: list[RenderableType] = []
        for step in steps:
            drawn += [self._inputs(step), *self._text(step), ""]
        return drawn

    def _inputs(self, step: Step) -> RenderableType:
        tree = render.tree(step.column.label() + (f"  by {step.job}" if step.job else ""))
        direct: dict[Node, list[Edge]] = defaultdict(list)
        for origin, edge in step.inputs:
            if edge.type == "DIRECT":
                direct[origin].append(edge)
        for origin in sorted(direct, key=lambda o: (words.strength(direct[o]), o.label())):
            render.branch(tree, origin.label(), words.how(direct[origin], longest=None))
        if line := words.deciders(step.inputs, True, self._name):
            render.branch(tree, line, style="dim")
        return tree

    def _text(self, step: Step) -> list[RenderableType]:
        """The step's SQL: what matters; all of it, once a job; or nothing."""
        if self._sql is False or not step.sql:
            return []
        if self._sql is None:
            return [sql_text.drawing(sql_text.excerpt(step.sql, step.column.column or ""))]
        if step.sql in self._whole:
            return []
        self._whole.add(step.sql)
        return [sql_text.drawing(sql_text.whole(step.sql, step.column.column or ""))]
