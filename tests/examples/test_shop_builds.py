"""The example builds with plain dbt: green where it should be, broken where it is asked to be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest


def test_one_test_warns_of_one_row_and_nothing_fails(built_shop: Any) -> None:
    """The build is green but for the customer without an e-mail address."""
    results = _results(built_shop)
    unusual = {
        name: (status, failures)
        for name, (status, failures) in results.items()
        if status not in {"success", "pass", "no-op"}
    }
    assert [name.split(".")[2] for name in unusual] == ["not_null_customers_email"]
    assert list(unusual.values()) == [("warn", 1)]


def test_a_second_build_finds_nothing_to_do_and_is_green(shop: Any) -> None:
    """The incremental models, the snapshot and the tests stand a build of the same raw data."""
    before = _rows(shop.database)
    built = shop.dbt("build")
    assert built.returncode == 0, built.stdout
    assert _rows(shop.database) == before


@pytest.mark.parametrize("target", ["memory", "attached"])
def test_other_targets_attach_the_raw_data(
    generated_shop: Any, tmp_path: Path, target: str
) -> None:
    """In memory and beside an attached file, the same models are built; the raw data stays."""
    shop = generated_shop.copy(tmp_path)
    before = _rows(shop.database)
    built = shop.dbt("run", "--select", "+orders", SHOP_TARGET=target, SHOP_HOME=str(shop.folder))
    # The seeds are not needed below orders: raw data alone decides.
    assert built.returncode == 0, built.stdout
    assert _rows(shop.database) == before
    assert (shop.folder / "analytics.duckdb").exists() == (target == "attached")


def test_broken_orders_fail_and_what_needs_them_is_skipped(shop: Any) -> None:
    """`break_orders` makes one model fail; everything below it, and nothing else, is skipped."""
    built = shop.dbt("build", "--vars", "{break_orders: true}")
    results = _results(shop)
    assert built.returncode == 1
    assert _with_status(results, "error") == {"orders"}
    assert {"customers", "daily_revenue", "not_null_customers_email"} <= _with_status(
        results, "skipped"
    )
    assert "order_items" in _with_status(results, "success")


def test_the_raw_data_is_the_same_each_time(generated_shop: Any, tmp_path: Path) -> None:
    """Generating twice gives equal tables, row by row."""
    shop = generated_shop.copy(tmp_path)
    before = _rows(shop.database)
    shop.database.unlink()
    assert shop.run("generate.py", "--scale", "0.05").returncode == 0
    assert _rows(shop.database) == before


def _results(shop: Any) -> dict[str, tuple[str, int | None]]:
    """Status and number of failures of every node of the last command, by unique id."""
    path = shop.folder / "target" / "run_results.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {one["unique_id"]: (one["status"], one["failures"]) for one in results}


def _with_status(results: dict[str, tuple[str, int | None]], status: str) -> set[str]:
    """The names of the nodes that ended so, without type, package and hash."""
    return {name.split(".")[2] for name, (ended, _) in results.items() if ended == status}


def _rows(database: Path) -> dict[str, tuple[int, int]]:
    """For each table of a DuckDB file: its rows, and a sum of their hashes."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where not internal"
        ).fetchall()
        return {
            table: connection.execute(
                f"select count(*), sum(hash(t)) from {table} as t"
            ).fetchall()[0]
            for (table,) in tables
        }
