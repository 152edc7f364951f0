"""``whence sql``: the column lineage of SQL text, of any dialect, with no store.

Must not parse anything itself: `whence.sql.lineage` answers, `whence_cli.sql` reads and shows.
"""

from __future__ import annotations

import os
import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from whence.errors import BadInput
from whence_cli import render

if TYPE_CHECKING:
    from whence.schema.providers import SchemaProvider

if TYPE_CHECKING:
    pass


class Format(str, Enum):
    """How an answer is shown."""

    tree = "tree"
    json = "json"
    openlineage = "openlineage"
    mermaid = "mermaid"
    dot = "dot"
    html = "html"


Files = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE|FOLDER|GLOB|-", help="Of SQL; - or nothing: standard input."),
]
Commands = Annotated[
    list[str] | None, typer.Option("--command", "-c", metavar="TEXT", help="A statement, as text.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object, one line a file.")]
Shown = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        help=f"One of {', '.join(each.value for each in Format)}; a tree on a terminal, else JSON.",
    ),
]
Batch = Annotated[
    bool, typer.Option("--batch", help="Read JSON lines with id, sql, dialect and schema.")
]
Dialect = Annotated[
    str | None,
    typer.Option(
        "--dialect",
        "-d",
        metavar="NAME",
        help="snowflake, bigquery, ...; auto: the one that fits best.",
    ),
]
Schemas = Annotated[
    list[str] | None,
    typer.Option(
        "--schema",
        metavar="FILE",
        help="Known columns: JSON, CREATE statements or a folder of them, dbt's target folder.",
    ),
]
Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--connect",
        metavar="URL",
        help="A database to ask for columns, e.g. duckdb:///shop.duckdb.",
    ),
]
Catalog = Annotated[
    str | None,
    typer.Option("--default-catalog", metavar="NAME", help="Put before names without one."),
]
Database = Annotated[
    str | None,
    typer.Option("--default-schema", metavar="NAME", help="Put before names without one."),
]
Masking = Annotated[
    list[str] | None,
    typer.Option(
        "--mask-function",
        metavar="NAME",
        help="One whose result hides what it is given, as md5; beside WHENCE_MASKING_FUNCTIONS.",
    ),
]
Namespace = Annotated[
    str,
    typer.Option(
        envvar="OPENLINEAGE_NAMESPACE", metavar="NAME", help="Of datasets and jobs in events."
    ),
]
Encoding = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of the files, where it is not UTF-8.")
]


def command(
    files: Files = None,
    commands: Commands = None,
    as_json: AsJson = False,
    shown: Shown = None,
    batch: Batch = False,
    dialect: Dialect = None,
    schema: Schemas = None,
    connect: Addresses = None,
    default_catalog: Catalog = None,
    default_schema: Database = None,
    mask_function: Masking = None,
    namespace: Namespace = "default",
    encoding: Encoding = None,
) -> None:
    """Show where each output column of SQL comes from, and through what.

    Exit code 0, 1 where something could not be resolved (a gap says what), 2 where an input
    could not be read; the others are answered all the same. A batch ends with 0: its lines
    carry their gaps.

    Examples:
      whence sql query.sql --dialect snowflake
      whence sql -c "select a + b as c from t"
      whence sql 'models/**/*.sql' --dialect auto --json > lineage.ndjson
      whence sql etl.sql --schema tables.sql --format html > lineage.html
      whence sql report.sql --connect postgresql://me@db/shop
      whence sql etl/ --format openlineage --namespace postgres://db:5432
      whence sql --batch --json < statements.ndjson
    """
    from whence.config import load
    from whence_cli.sql import batch as lines
    from whence_cli.sql import showing
    from whence_cli.sql.reading import Reading

    if as_json and shown not in (None, Format.json):
        raise BadInput(f"--json and --format {shown.value} contradict each other; give one")
    known = _known([*(schema or []), *(connect or [])], dialect)
    reading = Reading(
        dialect, known, default_catalog, default_schema, namespace,
        (*(mask_function or ()), *load(os.environ).masking_functions), encoding,
    )  # fmt: skip
    reading.check()
    if batch:
        lines.answer(_only(files, commands), reading)
        return
    if not files and not commands and sys.stdin.isatty():
        render.note("reading SQL from the terminal; end it with Ctrl-D")
    chosen = Format.json if as_json else shown or _usual()
    code = showing.show(files or [], commands or [], reading, chosen.value)
    if code:
        raise typer.Exit(code)


def _usual() -> Format:
    return Format.json if render.wants_json(False) else Format.tree


def _only(files: list[str] | None, commands: list[str] | None) -> str:
    """The one file that a batch reads."""
    if commands or len(files or []) > 1:
        raise BadInput("--batch reads one file of JSON lines, or standard input")
    return files[0] if files else "-"


def _known(sources: list[str], dialect: str | None) -> SchemaProvider | None:
    from whence_cli.sql.schemas import schemas

    return schemas(sources, None if dialect == "auto" else dialect) if sources else None
