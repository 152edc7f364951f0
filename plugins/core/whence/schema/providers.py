"""Who can be asked for the columns of a table that SQL names: mappings, the memory, chains.

Must not guess: a provider that does not know, or knows two that fit, answers None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from whence.model import Dataset, Field

if TYPE_CHECKING:
    from whence.schema.memory import SchemaMemory
    from whence.sql.results import TableName

REST = "*"
"""A last field of this name says that there are further columns, which are not known."""


class SchemaProvider(Protocol):
    """Answers for the columns of tables.

    A provider is asked on a thread of its own and given up when it does not answer in time,
    unless it has an attribute ``local`` that is true: then it cannot hang, and is asked directly.
    """

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        """The columns of ``table`` in the table's order, or None where they are unknown.

        A last field `REST` says that there are others beside those before it.
        """


SchemaMapping = Mapping[str, Mapping[str, str | None]]
"""``{"schema.table": {"column": "type"}}``, with any number of parts in a name."""


class MappingSchema:
    """Columns from a mapping ``{"table": {"column": "type"}}``.

    A table is found under its whole name first, spelled exactly and then without regard to case;
    else under the key that shares most parts with it from the end on, so that ``orders`` and
    ``shop.main.orders`` find each other. Several keys that fit equally well are no answer.
    """

    local = True

    def __init__(self, tables: SchemaMapping) -> None:
        """Keep ``tables``, which may not change any more; nothing is read before it is asked for.

        Args:
            tables: Dotted table names, unquoted; a type may be None.
        """
        self._tables = tables
        self._known: dict[tuple[str, ...], tuple[Field, ...] | None] = {}

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        if table.parts not in self._known:
            name = self._name(table.parts)
            self._known[table.parts] = None if name is None else _fields(self._tables[name])
        return self._known[table.parts]

    def _name(self, parts: tuple[str, ...]) -> str | None:
        """The mapping's own key for a table."""
        whole = ".".join(parts)
        for spelling in (whole, whole.lower(), whole.upper()):
            if spelling in self._tables:
                return spelling
        wanted = tuple(whole.casefold().split("."))
        found: list[str] = []
        longest = 0
        for key, known in _index(self._tables).get(wanted[-1], ()):
            shared = min(len(known), len(wanted))
            if known[-shared:] != wanted[-shared:]:
                continue
            # The same name in another case comes before every shorter or longer one.
            weight = len(wanted) + 1 if known == wanted else shared
            if weight > longest:
                found, longest = [], weight
            if weight == longest:
                found.append(key)
        return found[0] if len(found) == 1 else None


def provider_of(schema: SchemaProvider | SchemaMapping | None) -> SchemaProvider | None:
    """A provider for whatever a caller gave."""
    return MappingSchema(schema) if isinstance(schema, Mapping) else schema


_Kept = tuple[Mapping[str, "str | None"], tuple[tuple[str, "str | None"], ...], tuple[Field, ...]]
_FIELDS: dict[int, _Kept] = {}
"""The fields of mappings met before, by identity; each holds its mapping and what was in it."""

MAX_FIELDS = 4_096


def _fields(columns: Mapping[str, str | None]) -> tuple[Field, ...]:
    """The fields of one table: the same ones as before, if the mapping still holds the same."""
    items = tuple(columns.items())
    known = _FIELDS.get(id(columns))
    if known is not None and known[0] is columns and known[1] == items:
        return known[2]
    fields = tuple([Field(column, type_) for column, type_ in items])
    if len(_FIELDS) >= MAX_FIELDS:
        _FIELDS.clear()
    _FIELDS[id(columns)] = (columns, items, fields)
    return fields


_Index = dict[str, list[tuple[str, tuple[str, ...]]]]
"""Folded last part -> the keys that end in it, each with its folded parts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A mapping by its identity, as far as its size and its last key tell that it is unchanged."""

    tables: SchemaMapping
    stamp: tuple[int, str | None]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Same) and self.tables is other.tables and self.stamp == other.stamp
        )

    def __hash__(self) -> int:
        return hash((id(self.tables), self.stamp))


def _index(tables: SchemaMapping) -> _Index:
    """The index of ``tables``: made once, also where every statement brings the same mapping."""
    if type(tables) is dict:
        return _kept_index(_Same(tables, (len(tables), next(reversed(tables), None))))
    return _made_index(tables)


@lru_cache(maxsize=4)
def _kept_index(same: _Same) -> _Index:
    return _made_index(same.tables)


def _made_index(tables: SchemaMapping) -> _Index:
    index: _Index = {}
    for key in tables:
        parts = tuple(key.casefold().split("."))
        index.setdefault(parts[-1], []).append((key, parts))
    return index


class RememberedSchema:
    """Columns that some run has seen before."""

    local = True

    def __init__(
        self, memory: SchemaMemory, to_dataset: Callable[[TableName], Dataset | None]
    ) -> None:
        """Ask ``memory`` for what ``to_dataset`` makes of a table's name (None: not of ours)."""
        self._memory = memory
        self._to_dataset = to_dataset

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        dataset = self._to_dataset(table)
        return self._memory.get(dataset) if dataset is not None else None


class ChainSchema:
    """The first answer of several providers; where one fails, the next is asked.

    Attributes:
        members: In the order in which they are asked.
    """

    def __init__(self, members: Iterable[SchemaProvider]) -> None:
        """Ask ``members`` in their order."""
        self.members = tuple(members)

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        for member in self.members:
            found = member.columns(table)
            if found is not None:
                return found
        return None
