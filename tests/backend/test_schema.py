"""The store as a schema provider: the columns that events told of."""

from __future__ import annotations

from pathlib import Path

import pytest

from whence.model import Field
from whence.schema.sources import known_schemas
from whence.sql import TableName, extract
from whence_backend.store.sqlite import SqliteStore


def test_the_last_schema_that_an_event_stated_answers(
    warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the end of a table's name; two tables that it may mean are no answer."""
    monkeypatch.setenv("WHENCE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with SqliteStore(tmp_path / "store.sqlite") as store:
        events = [
            warehouse.run(
                "COMPLETE",
                f"2026-01-0{day}T00:00:00Z",
                outputs=[
                    warehouse.dataset("shop.main.orders", schema=warehouse.schema(*columns)),
                    warehouse.dataset("a.items", schema=warehouse.schema("x")),
                    warehouse.dataset("b.items", schema=warehouse.schema("y")),
                ],
            )
            for day, columns in ((1, ("id",)), (2, ("id", "amount")))
        ]
        store.ingest(events)
    known = known_schemas()
    assert known is not None
    orders = (Field("id", "text"), Field("amount", "text"))
    assert known.columns(TableName(("orders",), (False,))) == orders
    assert known.columns(TableName(("shop", "main", "ORDERS"), (False,) * 3)) == orders
    assert known.columns(TableName(("items",), (False,))) is None
    assert known.columns(TableName(("nothing",), (False,))) is None
    columns = extract("select * from orders", schema=known).statements[0].columns
    assert [column.column for column in columns] == ["id", "amount"]
