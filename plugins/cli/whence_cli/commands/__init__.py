"""The executable's own sub-commands: ``sql``, ``demo``, ``doctor`` and ``version``.

Each module declares one command; must not import what the command needs before it runs.
"""

from __future__ import annotations

import typer

from whence_cli.commands import demo, doctor, sql, version


def register(app: typer.Typer) -> None:
    """Add the commands of this wheel to ``app``."""
    app.command("demo")(demo.command)
    app.command("doctor")(doctor.command)
    app.command("sql")(sql.command)
    app.command("version")(version.command)
