"""The example's committed column graph, and what its database says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

EXPECTED = Path(__file__).resolve().parents[2] / "examples" / "shop" / "expected" / "columns.json"


@pytest.fixture(scope="session")
def expected() -> dict[str, Any]:
    """`examples/shop/expected/columns.json`, by dbt's unique id."""
    graph: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return graph


@pytest.fixture(scope="session")
def manifest(built_shop: Any) -> dict[str, Any]:
    """What dbt wrote about the project when it had built it."""
    path = built_shop.folder / "target" / "manifest.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="session")
def catalogue(built_shop: Any) -> dict[str, list[str]]:
    """Every relation of the built database, as ``schema.table``, with its columns in order."""
    columns: dict[str, list[str]] = {}
    with duckdb.connect(str(built_shop.database), read_only=True) as connection:
        for schema, table, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where database_name = 'shop' and not internal order by 1, 2, column_index"
        ).fetchall():
            columns.setdefault(f"{schema}.{table}", []).append(column)
    return columns


@pytest.fixture(scope="session")
def stage(built_shop: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The built database once more, every view a table, so that any column can be changed."""
    copy = built_shop.copy(tmp_path_factory.mktemp("stage"))
    with duckdb.connect(str(copy.database), config={"threads": 1}) as connection:
        views = connection.execute(
            "select schema_name || '.' || view_name from duckdb_views() "
            "where database_name = 'shop' and not internal"
        ).fetchall()
        for (view,) in views:
            connection.execute(f"create table {view}__rows as select * from {view}")
        for (view,) in views:
            connection.execute(f"drop view {view}")
            connection.execute(f"alter table {view}__rows rename to {view.split('.')[1]}")
        yield connection
