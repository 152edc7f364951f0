"""What a user names as a source of schemas: a file, a folder, an address; and what packages know.

Must not know any package's own files: each recognises them through its entry point.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from whence import plugins
from whence.errors import BadInput
from whence.guard import attempt, caught, report
from whence.schema.addresses import connect
from whence.schema.files import read_text
from whence.schema.providers import ChainSchema, MappingSchema, SchemaProvider

SchemaProviderFactory = Callable[["str | None"], "SchemaProvider | None"]
"""What an entry point ``whence.schema_providers`` names.

It is given the file or folder that a user named, and answers None where that is not its kind of
file; or None, and answers with what it knows by itself (a store), or None where there is nothing.
"""


def open_schema(source: str, dialect: str | None = None) -> SchemaProvider:
    """The provider for ``source``.

    Args:
        source: An address (``postgresql://host/db``); a JSON file ``{"table": {"column":
            "type"}}``; a file of CREATE statements or a folder of such; or what an installed
            package recognises, e.g. dbt's ``target`` folder, ``manifest.json``, ``catalog.json``.
        dialect: Of CREATE statements.

    Raises:
        BadInput: It cannot be read, or is none of these.
    """
    if "://" in source:
        return connect(source)
    path = Path(source)
    if not path.exists():
        raise BadInput(f"there is no file or folder {source}")
    for name, factory in sorted(plugins.schema_providers().items()):
        found, error = caught(factory, source)
        if isinstance(error, BadInput):
            raise error
        if error is not None:
            report(f"schema.{name}", error)
        if found is not None:
            return found  # type: ignore[no-any-return] # entry points are untyped
    from whence.sql.declared import DeclaredSchema

    if path.is_dir():
        return DeclaredSchema.of_files(_sql_files(path), dialect)
    text = read_text(path)
    if path.suffix == ".json" or text.lstrip().startswith("{"):
        return MappingSchema(checked_mapping(_json(text, source), source))
    return DeclaredSchema(lambda: (text,), dialect)


def known_schemas() -> SchemaProvider | None:
    """What the installed packages know by themselves; None where there is none."""
    found = []
    for name, factory in sorted(plugins.schema_providers().items()):
        provider, _ = attempt(f"schema.{name}", factory, None)
        if provider is not None:
            found.append(provider)
    return ChainSchema(found) if found else None


def checked_mapping(value: Any, where: str) -> dict[str, dict[str, str | None]]:
    """``value`` if it has the form of a schema; a column's type may be null.

    A list of names may stand for columns whose types are not known.

    Args:
        value: What a JSON text holds.
        where: The file it is from, for the message.

    Raises:
        BadInput: It has another form.
    """
    if not isinstance(value, dict):
        raise BadInput(f'the schema of {where} is not {{"table": {{"column": "type"}}}}')
    schema: dict[str, dict[str, str | None]] = {}
    for table, columns in value.items():
        if isinstance(columns, list) and all(isinstance(each, str) for each in columns):
            columns = dict.fromkeys(columns)
        if not isinstance(columns, dict):
            raise BadInput(f"the columns of {table!r} in {where} are no object")
        schema[table] = {
            name: None if kind is None else str(kind) for name, kind in columns.items()
        }
    return schema


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadInput(f"{where} is no valid JSON: {error}") from error


def _sql_files(path: Path) -> list[Path]:
    found = sorted(path.rglob("*.sql"))
    if not found:
        raise BadInput(f"{path} holds no .sql file")
    return found
