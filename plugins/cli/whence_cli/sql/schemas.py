"""What is known of tables: the files that ``--schema`` names.

Reads and checks only. What cannot be read raises `BadInput`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whence.errors import BadInput
from whence_cli.sql.sources import Source

Schema = Mapping[str, Mapping[str, str | None]]
"""``{"table": {"column": "type"}}``, tables as they are written in the SQL."""


def read_schema(file: Path, dialect: str | None) -> Schema:
    """The columns that ``file`` declares.

    Args:
        file: JSON ``{"table": {"column": "type"}}``, or CREATE TABLE statements.
        dialect: Of the statements.
    """
    text = Source(str(file)).read(None)
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
