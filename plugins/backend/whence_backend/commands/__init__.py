"""The backend's sub-commands: ``trace``, ``explain``, ``runs``, ``events`` and ``ingest``.

Each module declares one command; must not open a store before a command runs.
"""

from __future__ import annotations

import typer

from whence_backend.commands import events, explain, ingest, runs, trace


def register(app: typer.Typer) -> None:
    """Add the commands of this wheel to ``app``."""
    app.command("trace")(trace.command)
    app.command("explain")(explain.command)
    app.command("runs")(runs.command)
    app.command("events")(events.command)
    app.command("ingest")(ingest.command)
