"""``whence demo``: builds the example shop with plain dbt and asks its lineage.

Must not answer anything itself: it runs the commands that a user would run, and shows them.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from whence.config import load
from whence_cli import example, render

QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Where do the columns of a table come from?",
        ("trace", "shop.marts.customers", "--upstream", "--depth", "1", "--format", "tree"),
    ),
    (
        "How does one of them come about?",
        ("trace", "shop.marts.customers.lifetime_value", "--upstream", "--format", "tree"),
    ),
    (
        "What breaks if a column changes?",
        ("trace", "shop.raw.orders.shipping_cents", "--downstream", "--format", "tree"),
    ),
)
"""What is asked for the user, each with its sentence."""

FURTHER: tuple[tuple[str, str], ...] = (
    ("explain shop.marts.customers.lifetime_value", "the SQL that makes it, step by step"),
    ("trace shop.marts.customers --format html > customers.html", "a picture to look at"),
    ("runs", "what ran, and how it ended"),
    ("doctor", "is everything as it should be?"),
)
"""What the user may ask next."""


def command(
    folder: Annotated[
        Path | None, typer.Option(help="Where to work; by default in Whence's data folder.")
    ] = None,
) -> None:
    """Build the example shop with plain dbt, then show where its columns come from.

    Needs dbt-core and dbt-duckdb in this environment. What the example tells is kept in a data
    folder of its own, apart from yours, unless WHENCE_HOME says where.

    Examples:
      whence demo
      whence demo --folder /tmp/shop
    """
    work = folder or load(os.environ).home / "demo"
    shop = example.prepare(work, os.environ)
    _say(f"1. Generating the raw data of the example shop in {shop.folder}")
    example.generate(shop)
    _say("2. Running plain dbt build")
    example.build(shop)
    for number, (question, arguments) in enumerate(QUESTIONS, 3):
        _say(f"{number}. {question}\n   $ whence {shlex.join(arguments)}\n")
        _ask(arguments, shop)
    _say("Look further:")
    _show_further(shop)


def _say(text: str) -> None:
    render.emit_text(f"\n{text}")


def _ask(arguments: tuple[str, ...], shop: example.Shop) -> None:
    asked = [sys.executable, "-m", "whence_cli", *arguments]
    ended = subprocess.run(asked, env=dict(shop.environ), check=False)
    if ended.returncode > render.EXIT_GAPS:
        raise typer.Exit(ended.returncode)


def _show_further(shop: example.Shop) -> None:
    if not os.environ.get("WHENCE_HOME"):
        render.emit_text(f"  export WHENCE_HOME={shlex.quote(str(shop.home))}")
    for arguments, answer in FURTHER:
        render.emit_text(f"  {_executable()} {arguments:58}  # {answer}")


def _executable() -> str:
    """How this program was called; ``uv run`` puts it on the path for itself alone."""
    return os.path.relpath(sys.argv[0]) if "UV" in os.environ else "whence"
