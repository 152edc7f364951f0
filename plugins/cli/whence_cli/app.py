"""The ``whence`` executable: gathers the ``register(app)`` of every installed package.

Must not hold a command itself, nor load what only one command needs.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from whence.errors import WhenceError
from whence.guard import attempt
from whence.plugins import COMMANDS
from whence_cli import render

_HELP = """Where does this column come from, and what breaks if it changes?

Examples:

  whence demo                            build the example, see its lineage
  whence trace orders.amount             where a column comes from
  whence trace orders --downstream       what depends on a table
  whence sql query.sql --dialect duckdb  the column lineage of a statement
  whence doctor                          is everything as it should be?
"""


class Commands(TyperGroup):
    """The root group: an error of ours becomes one sentence and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except WhenceError as error:
            render.fail(error)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader left, e.g. ``whence events | head``
                _no_more_output()
                return None
            render.fail(error)


def application() -> typer.Typer:
    """The application with the sub-commands of every package that is installed.

    A package whose commands cannot be loaded is named on standard error (and kept for
    ``whence doctor``); the others work.
    """
    app = typer.Typer(
        name="whence",
        cls=Commands,
        help=_HELP,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for entry in sorted(entry_points(group=COMMANDS), key=lambda entry: entry.name):
        _, error = attempt(f"commands.{entry.name}", _register, entry, app)
        if error is not None:
            render.note(f"whence: the commands of {entry.value!r} could not be loaded: {error!r}")
    return app


def main() -> None:
    """What the installed ``whence`` script calls."""
    application()()


def _say_version(wanted: bool) -> None:
    if wanted:
        render.emit_text(f"whence {version('whence-cli')}")
        raise typer.Exit()


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Its version.")
    ] = False,
) -> None:
    """Hold the options of the root."""


def _no_more_output() -> None:
    """What Python still flushes at its exit goes nowhere: the reader has all it wanted."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _register(entry: EntryPoint, app: typer.Typer) -> None:
    register = entry.load()
    register(app)
