"""The example builds with plain dbt: green everywhere, with one warning on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

NAMESPACES = {"memory": ":memory:", "attached": "{}/analytics.duckdb"}
"""Where each target builds, as OpenLineage names it."""


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
    """In memory and beside an attached file the models are built, each under its own name."""
    shop = generated_shop.copy(tmp_path)
    before = _rows(shop.database)
    built = shop.dbt("run", "--select", "+orders", SHOP_TARGET=target, SHOP_HOME=str(shop.folder))
    # The seeds are not needed below orders: raw data alone decides.
    assert built.returncode == 0, built.stdout
    assert _rows(shop.database) == before
    assert (shop.folder / "analytics.duckdb").exists() == (target == "attached")
    raw, built = f"duckdb://{shop.database}", f"duckdb://{NAMESPACES[target].format(shop.folder)}"
    assert _namespaces(shop.events()) == {("raw", raw), ("marts", built)}


def test_the_raw_data_is_the_same_each_time(generated_shop: Any, tmp_path: Path) -> None:
    """Generating twice gives equal tables, row by row."""
    shop = generated_shop.copy(tmp_path)
    before = _rows(shop.database)
    shop.database.unlink()
    assert shop.run("generate.py", "--scale", "0.05").returncode == 0
    assert _rows(shop.database) == before


def _namespaces(events: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """In which database a build has found its raw data and put its marts."""
    datasets = (each for event in events for each in event["inputs"] + event["outputs"])
    places = {(each["name"].split(".")[1], each["namespace"]) for each in datasets}
    return {place for place in places if place[0] in {"raw", "marts"}}


def _results(shop: Any) -> dict[str, tuple[str, int | None]]:
    """Status and number of failures of every node of the last command, by unique id."""
    path = shop.folder / "target" / "run_results.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return {one["unique_id"]: (one["status"], one["failures"]) for one in results}


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
