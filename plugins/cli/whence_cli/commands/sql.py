"""``whence sql``: the column lineage of SQL text, of any dialect, with no store.

Must not parse anything itself: `whence.sql.extract` answers.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from whence.errors import BadInput
from whence_cli import render, sql_input, sql_output
from whence_cli.sql_input import Schema


@dataclass(frozen=True, slots=True)
class Reading:
    """How text is to be read.

    Attributes:
        dialect: sqlglot's name of it, or None for generic SQL.
        schema: The known columns, or None.
        catalog: Put in front of names that have none, or None.
        database: The schema put in front of bare names, or None.
    """

    dialect: str | None
    schema: Schema | None
    catalog: str | None
    database: str | None


def command(
    file: Annotated[str, typer.Argument(help="A file of SQL; - is standard input.")] = "-",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="JSON lines with id, sql, dialect and schema.")
    ] = False,
    dialect: Annotated[
        str | None, typer.Option(help="duckdb, snowflake, bigquery, postgres, ...")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help="Known columns: JSON, or CREATE TABLE statements.")
    ] = None,
    default_catalog: Annotated[str | None, typer.Option(help="Of names without one.")] = None,
    default_schema: Annotated[str | None, typer.Option(help="Of names without one.")] = None,
) -> None:
    """Show where each output column of SQL comes from.

    Exit code 0, 1 where something could not be resolved (a gap says what), 2 where the input
    could not be read. A batch ends with 0: its lines carry their gaps.

    Examples:
      whence sql query.sql --dialect snowflake
      echo "select a + b as c from t" | whence sql
      whence sql etl.sql --schema tables.sql --json
      whence sql --batch --json < statements.ndjson
    """
    known = None if schema is None else sql_input.read_schema(schema, dialect)
    reading = Reading(dialect, known, default_catalog, default_schema)
    if batch:
        _answer_batch(file, reading)
        return
    if file == "-" and sys.stdin.isatty():
        render.note("reading SQL from the terminal; end it with Ctrl-D")
    answer, _ = _answer(sql_input.read_text(file), reading)
    if render.wants_json(as_json):
        render.emit_json(answer)
    else:
        render.show(*sql_output.drawings(answer))
    if sql_output.gaps(answer):
        raise typer.Exit(render.EXIT_GAPS)


def _answer(sql: str, reading: Reading) -> tuple[dict[str, Any], float]:
    """The document of ``sql``, and the milliseconds spent on parsing and resolving it."""
    from whence.guard import attempt
    from whence.sql import extract

    def resolve() -> Any:
        return extract(
            sql,
            dialect=reading.dialect,
            schema=reading.schema,
            default_catalog=reading.catalog,
            default_schema=reading.database,
        )

    started = time.perf_counter()
    script, error = attempt("cli.sql", resolve)
    elapsed = (time.perf_counter() - started) * 1000
    if script is None:
        return sql_output.unread("extraction-failed", repr(error)), elapsed
    return sql_output.document(script), elapsed


def _answer_batch(file: str, reading: Reading) -> None:
    _answer("", reading)  # loads the parser, so that the first line's time is its own
    stream = sys.stdin.buffer if file == "-" else _opened(file)
    for line in stream:
        if not line.strip():
            continue
        try:
            request = sql_input.read_request(line)
        except sql_input.BadRequest as error:
            _emit(error.id, sql_output.unread("parse-error", str(error)), 0.0)
            continue
        own = Reading(
            request.dialect or reading.dialect,
            reading.schema if request.schema is None else request.schema,
            reading.catalog,
            reading.database,
        )
        _emit(request.id, *_answer(request.sql, own))


def _emit(asked: Any, answer: dict[str, Any], elapsed: float) -> None:
    line = {"id": asked, **answer, "ms": round(elapsed, 3)}
    render.emit_text(json.dumps(line, ensure_ascii=False))


def _opened(file: str) -> Any:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error
