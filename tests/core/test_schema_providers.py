"""Schema providers: who knows a table, and under which spellings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from whence.model import Dataset, Field
from whence.schema import ChainProvider, MappingProvider, MemoryProvider, SchemaMemory, TableLike


@dataclass(frozen=True)
class Table:
    parts: tuple[str, ...]
    quoted: tuple[bool, ...] = ()


def table(name: str) -> Table:
    parts = tuple(name.split("."))
    return Table(parts, (False,) * len(parts))


SHOP = MappingProvider(
    {
        "shop.main.orders": {"id": "INTEGER", "note": None},
        "customers": {"id": "BIGINT"},
        "a.items": {"x": "INT"},
        "b.items": {"y": "INT"},
        "Mixed": {"m": "INT"},
    }
)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("shop.main.orders", "id"),
        ("SHOP.Main.ORDERS", "id"),
        ("main.orders", "id"),
        ("orders", "id"),
        ("shop.main.customers", "id"),
        ("a.items", "x"),
        ("c.b.items", "y"),
        ("mixed", "m"),
        ("items", None),
        ("other.main.orders", None),
        ("suborders", None),
        ("nothing", None),
    ],
)
def test_a_mapping_knows_a_table_by_any_unambiguous_part_of_its_name(
    name: str, first: str | None
) -> None:
    """Two tables that fit are no answer."""
    columns = SHOP.columns(table(name))
    assert (columns[0].name if columns else None) == first


def test_a_mapping_keeps_order_and_types() -> None:
    """A type may be unknown."""
    assert SHOP.columns(table("orders")) == (Field("id", "INTEGER"), Field("note", None))


def test_the_first_provider_that_knows_answers(tmp_path: Path) -> None:
    """A chain asks in order; the memory is asked under the dataset's own name."""
    memory = SchemaMemory(tmp_path / "m.sqlite")
    memory.put(Dataset("ns", "seen"), [Field("z")], "observed", "2026-01-01T00:00:00Z")

    def to_dataset(name: TableLike) -> Dataset | None:
        return Dataset("ns", name.parts[-1]) if name.parts[0] != "tmp" else None

    chain = ChainProvider([SHOP, MemoryProvider(memory, to_dataset)])
    assert chain.columns(table("customers")) == (Field("id", "BIGINT"),)
    assert chain.columns(table("seen")) == (Field("z"),)
    assert chain.columns(table("tmp.seen")) is None
    assert chain.columns(table("unseen")) is None
