"""What lasts from text to text: temporary tables, definitions, the current schema, variables.

Plain values, light to import; must not import sqlglot. `whence.sql.keeping` fills it.
"""

from __future__ import annotations

from dataclasses import dataclass

from whence.model import Field
from whence.sql.results import Indirect, OutputColumn, TableName

TableKey = tuple[str, ...]
"""The folded parts of a table's name."""


def table_key(name: TableName) -> TableKey:
    """The key of a table: its parts without regard to case."""
    parts = name.parts
    return (parts[0].lower(),) if len(parts) == 1 else tuple([part.lower() for part in parts])


@dataclass(frozen=True, slots=True)
class TemporaryTable:
    """A table that goes away with its session, resolved to the stored tables behind it.

    Attributes:
        name: As it was made.
        columns: Each with its sources in stored tables; a last one ``*`` stands for the columns
            of a table that is not known.
        indirect: What bears on all of its rows.
        inputs: The stored tables that its rows come from.
    """

    name: TableName
    columns: tuple[OutputColumn, ...]
    indirect: tuple[Indirect, ...]
    inputs: tuple[TableName, ...]


class Session:
    """One connection to a database, over as many texts as are read with it, one at a time.

    Attributes:
        catalog: Put in front of names of two parts, "" for none; USE and the like change it.
        schema: Put in front of names of one part, "" for none; USE, SET search_path, SET SCHEMA
            and the like change it.
        temporary: The temporary tables and views that exist now.
        tables: The columns of stored tables that were created or altered, None where they are not
            known any more.
        variables: Those that were declared or set: tables of one row, or None without a value.
    """

    def __init__(self, catalog: str = "", schema: str = "") -> None:
        """Begin with nothing but the current catalogue and schema."""
        self.catalog = catalog
        self.schema = schema
        self.temporary: dict[TableKey, TemporaryTable] = {}
        self.tables: dict[TableKey, tuple[Field, ...] | None] = {}
        self.variables: dict[str, TemporaryTable | None] = {}

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        """The columns of a table that was made here, or None: a session is a schema provider."""
        temporary = self.temporary.get(table_key(table))
        if temporary is not None:
            return tuple(Field(each.column, each.type) for each in temporary.columns) or None
        return self.tables.get(table_key(table))
