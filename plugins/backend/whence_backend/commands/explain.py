"""``whence explain``: how a column is made, step by step, with expressions and SQL.

Must not traverse; the store answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from whence_backend.commands.opened import instant, opened_store
from whence_backend.model import Step, TraceEdge, TraceQuery
from whence_cli import render

if TYPE_CHECKING:
    from rich.console import RenderableType


def command(
    name: Annotated[str, typer.Argument(metavar="TABLE.COLUMN", help="E.g. orders.amount.")],
    depth: Annotated[int | None, typer.Option(min=1, help="Steps back; all.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As it was true at this time.")] = None,
    known_at: Annotated[str | None, typer.Option(help="As it was known at this time.")] = None,
    sql: Annotated[bool, typer.Option("--sql/--no-sql", help="Show each job's SQL.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show how a column is made: the job, the expressions and the SQL at each step.

    Examples:
      whence explain orders.amount
      whence explain shop.main.orders.amount --depth 1 --no-sql
      whence explain orders.amount --as-of 2026-01-31 --json
    """
    query = TraceQuery("upstream", depth, instant(as_of), instant(known_at))
    with opened_store() as store:
        steps = store.explain(name, query)
        root = store.resolve(name)
    if render.wants_json(as_json):
        answer = [_json(step) for step in steps]
        render.emit_json({"root": root.as_json(), "steps": answer})
        return
    if not steps:
        render.note(f"Nothing is known of how {root.label()} is made: it enters here.")
        return
    shown: set[str] = set()
    for step in steps:
        render.show(*_drawings(step, shown if sql else None))


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


def _drawings(step: Step, shown: set[str] | None) -> list[RenderableType]:
    """The step as a tree; each job's SQL once, none where ``shown`` is None."""
    from rich.padding import Padding
    from rich.syntax import Syntax

    tree = render.tree(f"{step.column.label()}" + (f"  by {step.job}" if step.job else ""))
    for origin, edge in sorted(step.inputs, key=lambda pair: (pair[1].type, pair[0].label())):
        render.branch(tree, origin.label(), _how(edge))
    drawings: list[RenderableType] = [tree]
    if step.sql and shown is not None and (step.job or "") not in shown:
        shown.add(step.job or "")
        text = Syntax(step.sql.strip(), "sql", word_wrap=True, background_color="default")
        drawings.append(Padding(text, (0, 0, 1, 4)))
    return drawings


def _how(edge: TraceEdge) -> str:
    subtype = (edge.subtype or edge.type).lower().replace("_", " ")
    masked = ", masked" if edge.masking else ""
    return f"{subtype}{masked}  {edge.description}".rstrip()
