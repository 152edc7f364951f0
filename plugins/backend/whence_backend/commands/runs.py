"""``whence runs``: what ran, how long, and how it ended.

Must not read events.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whence.config import load
from whence_backend import times
from whence_backend.commands.opened import nothing_stored, opened_store
from whence_backend.model import Run, RunFilter
from whence_cli import render

if TYPE_CHECKING:
    from rich.table import Table

ERROR_CHARS = 120
TABLE_ROWS = 50
SECOND = 1_000_000


def command(
    job: Annotated[str | None, typer.Option(help="A job's name, or its end from a dot on.")] = None,
    state: Annotated[
        str | None, typer.Option(help="START, RUNNING, COMPLETE, FAIL or ABORT.")
    ] = None,
    children: Annotated[
        str | None, typer.Option(metavar="RUN", help="What ran below a run: its id or its job.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Runs below other runs too, each in a row.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="The newest so many; 50 in a table, all in JSON.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List runs, the newest first.

    A table shows the runs that nothing else here started, with the states of those below
    them; --all, --children, --job and --state show each in a row, as JSON always does.

    Examples:
      whence runs
      whence runs --children dbt-build-shop
      whence runs --state FAIL
      whence runs --job stg_orders --limit 5 --json
    """
    in_json = render.wants_json(as_json)
    narrowed = bool(job or state or children)
    most = limit or (None if in_json else TABLE_ROWS)
    with opened_store() as store:
        found = store.runs(
            RunFilter(job, state, most, children, top=not (in_json or everything or narrowed))
        )
    if in_json:
        render.emit_json({"runs": [_json(run) for run in found]})
    elif found:
        render.show(_table(found))
    else:
        render.note("No such runs." if narrowed else f"No runs: {nothing_stored(load())}.")


def _table(runs: tuple[Run, ...]) -> Table:
    """The runs, without the columns that would be empty."""
    columns = {
        "started!": [times.show(run.started // SECOND * SECOND) for run in runs],
        "took#": [_duration(run) for run in runs],
        "job": [run.job for run in runs],
        "state!": [run.state for run in runs],
        "below": [_below(run) for run in runs],
        "error": [_short(run.error) for run in runs],
    }
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    return render.table(list(shown), zip(*shown.values(), strict=True))


def _below(run: Run) -> str:
    """``93, 2 FAIL``: how many there are, and what did not simply complete."""
    others = {state: count for state, count in run.children.items() if state != "COMPLETE"}
    words = [f"{count} {state}" for state, count in sorted(others.items())]
    return ", ".join([str(sum(run.children.values())), *words]) if run.children else ""


def _json(run: Run) -> dict[str, Any]:
    return asdict(run) | {
        "started": times.show(run.started),
        "ended": None if run.ended is None else times.show(run.ended),
        "duration_s": None if run.ended is None else (run.ended - run.started) / 1e6,
    }


def _duration(run: Run) -> str:
    if run.ended is None:
        return ""
    seconds = (run.ended - run.started) / 1e6
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 3600)}:{int(seconds // 60) % 60:02d}:{int(seconds) % 60:02d}"


def _short(error: str | None) -> str:
    line = " ".join((error or "").split())
    return line if len(line) <= ERROR_CHARS else line[: ERROR_CHARS - 1] + "…"
