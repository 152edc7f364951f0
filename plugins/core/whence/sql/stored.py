"""Stored tables as a plan knows them: their columns, and ids that tell table and place.

Must not ask for schemas; what is known of a table is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whence.model import Field
from whence.sql.layouts import layout
from whence.sql.results import TableName

if TYPE_CHECKING:
    from whence.sql.plan import Rows

TABLE_SHIFT = 32
"""The id of a source column holds its table's number above these bits, which are 0 in the ids of
computed columns, and its place in the table below."""

COLUMN_MASK = (1 << TABLE_SHIFT) - 1


@dataclass(slots=True, eq=False)
class StoredTable:
    """A table outside the statement: its name, what is known of it, and ids for its columns.

    Attributes:
        fields: Its columns in order, or None where they are not known.
        base: The id of the first column; the others follow.
        names: The names of the known columns.
        index: Folded name -> position among the known columns.
        more: True where there are columns beside the known ones.
        met: Folded name -> id, for columns that the statement names and nobody knew.
        further: The names of these, in the order of their ids.
        rows: Its rows, the same for everything that reads it; made when first read.
    """

    name: TableName
    fields: tuple[Field, ...] | None
    base: int
    names: tuple[str, ...]
    index: dict[str, int]
    more: bool = False
    met: dict[str, int] = field(default_factory=dict)
    further: list[str] = field(default_factory=list)
    rows: Rows | None = None


def stored_table(name: TableName, fields: tuple[Field, ...] | None, number: int) -> StoredTable:
    """The table ``name`` with ``fields``, number ``number`` (from 1) of its plan."""
    base = number << TABLE_SHIFT
    known = layout(fields) if fields else None
    if known is None or not known.fields:
        return StoredTable(name, None, base, (), {})
    return StoredTable(name, known.fields, base, known.names, known.index, known.more)
