"""``whence trace``: where a table or column comes from, and what depends on it.

Must not traverse; the store answers, `tree` and `picture` draw.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from whence_backend import times
from whence_backend.commands.opened import instant, opened_store, steps
from whence_backend.commands.tree import drawings
from whence_backend.model import Direction, Trace, TraceQuery
from whence_cli import render


class Format(str, Enum):
    """How an answer is shown."""

    tree = "tree"
    json = "json"
    mermaid = "mermaid"
    dot = "dot"
    html = "html"


def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="TABLE[.COLUMN]", help="A name, or its end: orders, marts.orders.id"
        ),
    ],
    upstream: Annotated[bool, typer.Option("--upstream", help="Only where it comes from.")] = False,
    downstream: Annotated[
        bool, typer.Option("--downstream", help="Only what depends on it.")
    ] = False,
    depth: Annotated[int | None, typer.Option(help="Steps from the name; all.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As it was true at this time.")] = None,
    known_at: Annotated[str | None, typer.Option(help="As it was known at this time.")] = None,
    columns: Annotated[
        bool, typer.Option("--columns/--tables", help="For a table: its columns too, or not.")
    ] = True,
    jobs: Annotated[bool, typer.Option("--jobs", help="Show the jobs between the tables.")] = False,
    direct: Annotated[
        bool, typer.Option("--direct", help="Follow values only, not filters, joins and sorts.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="In a column's tree: follow also what only decides.")
    ] = False,
    format_: Annotated[
        Format | None, typer.Option("--format", help="A tree on a terminal, else JSON.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show where a table or column comes from, and what depends on it.

    Both directions unless one is chosen. On a terminal a column's tree follows values; what
    only decides (filters, joins, ...) stands in one line below the column it decides.
    Exit code 2 where the name is unknown or ambiguous.

    Examples:
      whence trace marts.customers
      whence trace marts.customers.lifetime_value --upstream
      whence trace raw.orders.shipping_cents --downstream --depth 2 --json
      whence trace marts.orders.total_amount --as-of 2026-01-31T12:00Z
      whence trace marts.orders --format html > orders.html
    """
    query = TraceQuery(
        _direction(upstream, downstream), steps(depth), instant(as_of), instant(known_at),
        columns, jobs, direct,
    )  # fmt: skip
    with opened_store() as store:
        answer = _answered(store.trace(name, query), query)
    chosen = _format(format_, as_json)
    if chosen is Format.tree:
        render.show(*drawings(answer, query.direction, everything))
    else:
        _emit(answer, chosen)


def _answered(answer: Trace, query: TraceQuery) -> Trace:
    """The answer, once said that an empty one about the past tells little."""
    if answer.gone_since is not None:
        render.note(
            f"{answer.root.label()} is no column of its table any more since"
            f" {times.show(answer.gone_since)}; --as-of with a time before shows what it was"
        )
    elif not answer.edges and (query.as_of, query.known_at) != (None, None):
        render.note(f"No lineage of {answer.root.label()} was known at that time.")
    return answer


def _direction(upstream: bool, downstream: bool) -> Direction:
    if upstream == downstream:
        return "both"
    return "upstream" if upstream else "downstream"


def _format(chosen: Format | None, as_json: bool) -> Format:
    if as_json:
        return Format.json
    return chosen or (Format.json if render.wants_json(False) else Format.tree)


def _emit(answer: Trace, chosen: Format) -> None:
    if chosen is Format.json:
        render.emit_json(answer.as_json())
    else:
        from whence.picture import PICTURES

        render.emit_text(PICTURES[chosen.value](answer.graph()))
