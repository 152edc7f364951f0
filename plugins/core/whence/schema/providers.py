"""Who can be asked for the columns of a table that SQL names: mappings, the memory, chains.

Must not guess: a provider that does not know, or knows two that fit, answers None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from whence.model import Dataset, Field
from whence.schema.memory import SchemaMemory


class TableLike(Protocol):
    """A table as SQL names it.

    Attributes:
        parts: From the catalogue down to the table, e.g. ``("shop", "main", "orders")``.
        quoted: Whether each part was quoted, that is, spelled exactly.
    """

    @property
    def parts(self) -> tuple[str, ...]: ...

    @property
    def quoted(self) -> tuple[bool, ...]: ...


class SchemaProvider(Protocol):
    """Answers for the columns of tables."""

    def columns(self, table: TableLike) -> tuple[Field, ...] | None:
        """The columns of ``table`` in the table's order, or None where they are unknown."""


class MappingProvider:
    """Columns from a mapping ``{"table": {"column": "type"}}``.

    A table is found under its whole name first, spelled exactly and then without regard to case;
    else under the one key whose parts end like the table's or the other way round, so that
    ``orders`` and ``shop.main.orders`` find each other. Several such keys are no answer.
    """

    def __init__(self, tables: Mapping[str, Mapping[str, str | None]]) -> None:
        """Index ``tables`` by name.

        Args:
            tables: Dotted table names, unquoted; a type may be None.
        """
        self._fields = {
            name: tuple(Field(column, kind) for column, kind in columns.items())
            for name, columns in tables.items()
        }
        self._by_last: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in tables:
            parts = tuple(name.casefold().split("."))
            self._by_last.setdefault(parts[-1], []).append((parts, name))

    def columns(self, table: TableLike) -> tuple[Field, ...] | None:
        exact = self._fields.get(".".join(table.parts))
        if exact is not None:
            return exact
        wanted = tuple(part.casefold() for part in table.parts)
        candidates = self._by_last.get(wanted[-1].rsplit(".", 1)[-1], [])
        same = [name for parts, name in candidates if parts == wanted]
        found = same or [name for parts, name in candidates if _ends_alike(parts, wanted)]
        return self._fields[found[0]] if len(found) == 1 else None


def _ends_alike(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether the shorter of two names is the end of the longer one."""
    shared = min(len(left), len(right))
    return left[-shared:] == right[-shared:]


class MemoryProvider:
    """Columns that some run has seen before."""

    def __init__(
        self, memory: SchemaMemory, to_dataset: Callable[[TableLike], Dataset | None]
    ) -> None:
        """Ask ``memory`` for what ``to_dataset`` makes of a table's name (None: not of ours)."""
        self._memory = memory
        self._to_dataset = to_dataset

    def columns(self, table: TableLike) -> tuple[Field, ...] | None:
        dataset = self._to_dataset(table)
        return self._memory.get(dataset) if dataset is not None else None


class ChainProvider:
    """The first answer of several providers."""

    def __init__(self, providers: Iterable[SchemaProvider]) -> None:
        """Ask ``providers`` in their order."""
        self._providers = tuple(providers)

    def columns(self, table: TableLike) -> tuple[Field, ...] | None:
        for provider in self._providers:
            found = provider.columns(table)
            if found is not None:
                return found
        return None
