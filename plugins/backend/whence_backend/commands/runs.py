"""``whence runs``: what ran, how long, and how it ended.

Must not read events.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from whence_backend import times
from whence_backend.commands.opened import opened_store
from whence_backend.model import Run, RunFilter
from whence_cli import render

ERROR_CHARS = 120


def command(
    job: Annotated[str | None, typer.Option(help="A job's name, or its end from a dot on.")] = None,
    state: Annotated[
        str | None, typer.Option(help="START, RUNNING, COMPLETE, FAIL or ABORT.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List runs, the newest first.

    Examples:
      whence runs
      whence runs --state FAIL
      whence runs --job stg_orders --limit 5 --json
    """
    with opened_store() as store:
        found = store.runs(RunFilter(job, state, limit))
    if render.wants_json(as_json):
        render.emit_json({"runs": [_json(run) for run in found]})
        return
    if not found:
        render.note("No runs yet: run something with an integration installed, or ingest events.")
        return
    rows = [
        (times.show(run.started), _duration(run), run.job, run.state, _short(run.error))
        for run in found
    ]
    render.show(render.table(["started", "took#", "job", "state", "error"], rows))


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
