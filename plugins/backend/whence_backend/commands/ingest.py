"""``whence ingest``: OpenLineage events from files into the store.

Must not refuse a file for one bad line.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from whence.config import load
from whence_backend.files import EventFile
from whence_backend.model import IngestReport, Rejected
from whence_backend.store import Store, open_store
from whence_cli import render

SHOWN = 10


def command(
    files: Annotated[list[str], typer.Argument(help="Files of events; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Store OpenLineage events: NDJSON, a JSON array, or one event; gzipped or not.

    An event that is stored already is not stored again. Exit code 0, 1 where lines were
    rejected (the others are stored), 2 where a file cannot be read.

    Examples:
      whence ingest events.ndjson
      whence ingest exports/*.json.gz
      kcat -C -t openlineage -e | whence ingest -
    """
    rejected: list[tuple[str, Rejected]] = []
    stored = repeated = 0
    store = open_store(load())
    try:
        for name in files:
            report = _ingest(store, name)
            stored, repeated = stored + report.stored, repeated + report.repeated
            rejected += [(name, line) for line in report.rejected]
    finally:
        store.close()
    if render.wants_json(as_json):
        lines = [{"file": name, **asdict(line)} for name, line in rejected]
        render.emit_json({"stored": stored, "repeated": repeated, "rejected": lines})
    else:
        again = f", {repeated} were known already" if repeated else ""
        typer.echo(f"{stored} events stored{again}.")
    _complain(rejected)


def _ingest(store: Store, name: str) -> IngestReport:
    with EventFile(name) as file, render.progress(f"reading {name}", file.size) as (bar, task):
        report = store.ingest(file.lines(), lambda _: bar.update(task, completed=file.position()))
        return IngestReport(report.stored, report.repeated, file.rejected(report.rejected))


def _complain(rejected: list[tuple[str, Rejected]]) -> None:
    for name, line in rejected[:SHOWN]:
        typer.echo(f"whence: {name}: line {line.line}: {line.reason}", err=True)
    if len(rejected) > SHOWN:
        typer.echo(f"whence: and {len(rejected) - SHOWN} more lines", err=True)
    if rejected:
        raise typer.Exit(render.EXIT_GAPS)
