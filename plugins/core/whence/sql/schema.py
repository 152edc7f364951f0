"""What is known of tables' columns: the provider protocol and providers over plain mappings.

Must not import sqlglot; a provider is asked only for the tables that a statement names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from whence.model import Field
from whence.sql.results import TableName


class SchemaProvider(Protocol):
    """Anything that knows columns of tables."""

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        """The columns of ``table`` in its order, or None where it is not known."""


SchemaMapping = Mapping[str, Mapping[str, str | None]]
"""``{"schema.table": {"column": "type"}}``, with one to three parts in a name."""


class MappingSchema:
    """Tables from a mapping; names match in any case, and with or without their leading parts."""

    def __init__(self, tables: SchemaMapping) -> None:
        """Keep ``tables``; nothing is read before it is asked for."""
        self._tables = tables
        self._known: dict[TableName, tuple[Field, ...] | None] = {}
        self._folded: dict[str, list[str]] | None = None

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        if table not in self._known:
            self._known[table] = self._look_up(table)
        return self._known[table]

    def _look_up(self, table: TableName) -> tuple[Field, ...] | None:
        name = self._name(table)
        if name is None:
            return None
        return tuple(Field(column, type_) for column, type_ in self._tables[name].items())

    def _name(self, table: TableName) -> str | None:
        """The mapping's own key for ``table``; the longest match first, an exact one before all."""
        for start in range(len(table.parts)):
            name = ".".join(table.parts[start:])
            for spelling in (name, name.lower(), name.upper()):
                if spelling in self._tables:
                    return spelling
        return self._folded_name(str(table).lower())

    def _folded_name(self, name: str) -> str | None:
        if self._folded is None:
            self._folded = {}
            for key in self._tables:
                parts = key.lower().split(".")
                for start in range(len(parts)):
                    self._folded.setdefault(".".join(parts[start:]), []).append(key)
        parts = name.split(".")
        for start in range(len(parts)):
            keys = self._folded.get(".".join(parts[start:]), [])
            if len(keys) == 1:
                return keys[0]
        return None


class NoSchema:
    """Knows nothing."""

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        return None


def provider(schema: SchemaProvider | SchemaMapping | None) -> SchemaProvider:
    """A provider for whatever the caller gave."""
    if schema is None:
        return NoSchema()
    if isinstance(schema, Mapping):
        return MappingSchema(schema)
    return schema
