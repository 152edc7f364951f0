"""``whence events``: the stored events, byte for byte as they were received.

Must not change an event, not even its spaces.
"""

from __future__ import annotations

from typing import Annotated

import typer

from whence_backend import times
from whence_backend.commands.opened import instant, opened_store
from whence_backend.model import EventFilter
from whence_cli import render


def command(
    job: Annotated[str | None, typer.Option(help="A job's name, or its end from a dot on.")] = None,
    type_: Annotated[
        str | None,
        typer.Option("--type", help="START, RUNNING, COMPLETE, FAIL, ABORT, OTHER, JOB, DATASET."),
    ] = None,
    since: Annotated[str | None, typer.Option(help="Event time, e.g. 2026-01-31T12:00Z.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="The last so many.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The events, one a line.")] = False,
) -> None:
    """Print the stored OpenLineage events in the order stored, one a line.

    Examples:
      whence events --json > events.ndjson
      whence events --type FAIL --since 2026-01-01 --json | jq .run
      whence events --job stg_orders
    """
    wanted = EventFilter(job, type_, instant(since), limit)
    with opened_store() as store:
        if render.wants_json(as_json):
            for event in store.events(wanted):
                render.emit_bytes(event.body)
            return
        rows = [
            (times.show(event.instant), event.type, event.subject, event.run_id, len(event.body))
            for event in store.events(wanted)
        ]
    render.show(render.table(["time", "type", "job or dataset", "run", "bytes#"], rows))
