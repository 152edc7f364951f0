"""What ``whence sql`` is given: SQL text, schema files and the lines of a batch.

Reads and checks only; must not resolve anything. What cannot be read raises `BadInput`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whence.errors import BadInput

Schema = Mapping[str, Mapping[str, str | None]]
"""``{"table": {"column": "type"}}``, tables as they are written in the SQL."""


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
    schema: Schema | None


class BadRequest(BadInput):
    """A line that is no request; ``id`` is what it is called, None where it does not say."""

    def __init__(self, reason: str, id: Any) -> None:
        """Keep both."""
        super().__init__(reason)
        self.id = id


def read_text(file: str) -> str:
    """The text of ``file``, or of standard input where it is ``-``."""
    if file == "-":
        return _decoded(sys.stdin.buffer.read(), "standard input")
    try:
        return _decoded(Path(file).read_bytes(), file)
    except OSError as error:
        raise BadInput(f"cannot read {file}: {error.strerror}") from error


def read_schema(file: Path, dialect: str | None) -> Schema:
    """The columns that ``file`` declares.

    Args:
        file: JSON ``{"table": {"column": "type"}}``, or CREATE TABLE statements.
        dialect: Of the statements.
    """
    text = read_text(str(file))
    if text.lstrip().startswith("{"):
        try:
            return checked_schema(json.loads(text), str(file))
        except json.JSONDecodeError as error:
            raise BadInput(f"{file} is no valid JSON: {error}") from error
    declared = _declared(text, dialect)
    if not declared:
        raise BadInput(f"{file} holds neither a JSON object nor a CREATE TABLE statement")
    return declared


def checked_schema(value: Any, where: str) -> Schema:
    """``value`` if it has the form of a schema; a column's type may be null."""
    if not isinstance(value, dict):
        raise BadInput(f'the schema of {where} is not {{"table": {{"column": "type"}}}}')
    schema: dict[str, dict[str, str | None]] = {}
    for table, columns in value.items():
        if not isinstance(columns, dict):
            raise BadInput(f"the columns of {table!r} in {where} are no object")
        schema[table] = {
            name: None if kind is None else str(kind) for name, kind in columns.items()
        }
    return schema


def read_request(line: bytes) -> Request:
    """One line of a batch: ``{"id", "sql", "dialect"?, "schema"?}``.

    Raises:
        BadRequest: It is not that.
    """
    value: Any = None
    try:
        value = json.loads(_decoded(line, "the line"))
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
        schema=None if schema is None else checked_schema(schema, "the line"),
    )


def _id(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else None


def _declared(text: str, dialect: str | None) -> Schema:
    """The columns of every table that the statements in ``text`` create."""
    from whence.sql import extract

    schema: dict[str, dict[str, str | None]] = {}
    for statement in extract(text, dialect=dialect).statements:
        if not statement.kind.startswith("CREATE"):
            continue
        for column in statement.columns:
            if column.dataset is not None:
                schema.setdefault(str(column.dataset), {})[column.column] = column.type
    return schema


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = f"byte {data[error.start]:#04x} at offset {error.start}"
        raise BadInput(f"{where} is not valid UTF-8: {at}") from error
