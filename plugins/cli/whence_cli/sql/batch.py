"""``whence sql --batch``: JSON lines with a statement each, answered line by line, in order.

Must not end before the last line, whatever one says.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from whence.errors import BadInput
from whence.guard import attempt
from whence.model import Gap
from whence.schema.providers import SchemaMapping
from whence.schema.sources import checked_mapping
from whence.sql import ScriptLineage, StatementLineage
from whence_cli import render
from whence_cli.sql.reading import Reading
from whence_cli.sql.sources import STDIN, decoded


@dataclass(frozen=True, slots=True)
class Request:
    """One line of a batch.

    Attributes:
        id: What the asker calls it; handed back as it is.
        sql: The text.
        dialect: None for the batch's own default.
        schema: None for the batch's own default.
    """

    id: Any
    sql: str
    dialect: str | None
    schema: SchemaMapping | None


class BadRequest(BadInput):
    """A line that is no request; ``id`` is what it is called, None where it does not say."""

    def __init__(self, reason: str, id: Any) -> None:
        """Keep both."""
        super().__init__(reason)
        self.id = id


def read_request(line: bytes) -> Request:
    """One line of a batch: ``{"id", "sql", "dialect"?, "schema"?}``.

    Raises:
        BadRequest: It is not that.
    """
    value: Any = None
    try:
        value = json.loads(decoded(line, "the line"))
        return _checked_request(value)
    except json.JSONDecodeError as error:
        raise BadRequest(f"the line is no valid JSON: {error}", None) from error
    except BadInput as error:
        raise BadRequest(str(error), _id(value)) from error


def _checked_request(value: Any) -> Request:
    if not isinstance(value, dict) or not isinstance(value.get("sql"), str):
        raise BadInput('the line has no text under "sql"')
    schema = value.get("schema")
    return Request(
        id=_id(value),
        sql=value["sql"],
        dialect=value.get("dialect") or None,
        schema=None if schema is None else checked_mapping(schema, "the line"),
    )


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else None


def unread(code: str, reason: str) -> dict[str, Any]:
    """The answer for text of which nothing could be read: one gap and no lineage."""
    gap = Gap(code, reason)
    return ScriptLineage((StatementLineage("UNKNOWN", gaps=(gap,), confidence=0.0),)).as_json()


def answer(file: str, reading: Reading) -> None:
    """Write the answer to each line of ``file`` (or of standard input), in order."""
    _answer("", reading)  # loads the parser, so that the first line's time is its own
    for line in sys.stdin.buffer if file == STDIN else _opened(file):
        if not line.strip():
            continue
        try:
            request = read_request(line)
        except BadRequest as error:
            _emit(error.id, unread("parse-error", str(error)), 0.0)
            continue
        own = replace(
            reading,
            dialect=request.dialect or reading.dialect,
            schema=reading.schema if request.schema is None else request.schema,
        )
        _emit(request.id, *_answer(request.sql, own))


def _answer(sql: str, reading: Reading) -> tuple[dict[str, Any], float]:
    """The document of ``sql``, and the milliseconds spent on parsing and resolving it."""
    started = time.perf_counter()
    script, error = attempt("cli.sql", reading.extract, sql)
    elapsed = (time.perf_counter() - started) * 1000
    if script is None:
        return unread("extraction-failed", repr(error)), elapsed
    return script.as_json(), elapsed


def _emit(asked: Any, answered: dict[str, Any], elapsed: float) -> None:
    line = {"id": asked, **answered, "ms": round(elapsed, 3)}
    render.emit_text(json.dumps(line, ensure_ascii=False))


def _opened(file: str) -> BinaryIO:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error
