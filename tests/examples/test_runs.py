"""What the example's events say when a test warns, a model breaks, or dbt is stopped half-way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

Ends = dict[str, tuple[str, str]]


def test_a_warning_is_a_failed_assertion_of_a_complete_run(built_shop: Any) -> None:
    """One customer without an e-mail: severity warn, on that column, and the run is COMPLETE."""
    test = _ended(built_shop.events(), "test.shop.not_null_customers_email")
    assert test["eventType"] == "COMPLETE"
    assert _assertions(test) == {("marts.customers", "email", False, "warn")}


def test_a_relationship_is_asserted_of_the_child(built_shop: Any) -> None:
    """`relationships` speaks of the column that refers, not of the table referred to."""
    test = _ended(built_shop.events(), "test.shop.relationships_orders_customer_id")
    assert _assertions(test) == {("marts.orders", "customer_id", True, "error")}


def test_a_broken_model_fails_and_its_children_say_why(shop: Any) -> None:
    """`orders` FAILs with dbt's message, what needs it is ABORTed and names it; so on retry."""
    before = len(shop.events())
    shop.dbt("build", "--vars", "{break_orders: true}")
    built = _ends(shop.events()[before:])
    assert built["model.shop.orders"][0] == "FAIL"
    assert "broken_on_purpose" in built["model.shop.orders"][1]
    because = ("ABORT", "skipped because model.shop.orders failed")
    assert built["model.shop.customers"] == built["model.shop.stores"] == because
    assert built["model.shop.order_items"][0] == "COMPLETE"
    assert built["dbt-build-shop"][0] == "FAIL"

    before = len(shop.events())
    shop.dbt("retry")
    again = _ends(shop.events()[before:])
    unfinished = {name for name, (how, _) in built.items() if how in {"FAIL", "ABORT"}}
    assert again.keys() - {"dbt-retry-shop"} == unfinished - {"dbt-build-shop"}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_dbt_leaves_no_run_open(shop: Any, how: signal.Signals) -> None:
    """Ctrl-C, terminate or kill while a model is being built: its run and dbt's own are ended."""
    before = len(shop.events())
    _stop_while_daily_revenue_waits(shop, how)
    events = shop.events()[before:]
    ends = _ends(events)
    assert ends["model.shop.daily_revenue"][0] in {"FAIL", "ABORT"}
    assert ends["dbt-run-shop"][0] == "ABORT"
    started = {event["run"]["runId"] for event in events if event["eventType"] == "START"}
    assert started == {event["run"]["runId"] for event in events if event["eventType"] != "START"}


def test_testing_after_building_keeps_the_columns_lineage(shop: Any) -> None:
    """`dbt test` reads the models without their SQL; what the store knows of them stays."""
    shop.forget()
    assert shop.dbt("run", "--select", "orders", "customers").returncode == 0
    built = _edges(shop)
    assert shop.dbt("test").returncode == 0
    assert _edges(shop) == built != set()


def _stop_while_daily_revenue_waits(shop: Any, how: signal.Signals) -> None:
    """Run dbt, and send it a signal while the database works for `daily_revenue`."""
    command = ["run", "--select", "daily_revenue", "--vars", "{slow_seconds: 100}"]
    log = shop.folder / "logs" / "dbt.log"
    log.unlink()
    with subprocess.Popen(
        [sys.executable, "-m", "dbt.cli.main", "--quiet", *command],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as dbt:
        while not (log.exists() and "select sleep_ms" in log.read_text(encoding="utf-8")):
            assert dbt.poll() is None
            time.sleep(0.1)
        # dbt cancels what runs; a query that it has logged but not yet begun it would wait for.
        time.sleep(1)
        dbt.send_signal(how)
        dbt.wait(timeout=150)
    assert dbt.returncode != 0


def _ended(events: list[dict[str, Any]], job: str) -> dict[str, Any]:
    """The event that ended the run of the one job whose name begins so."""
    (event,) = (
        event
        for event in events
        if event["job"]["name"].startswith(job) and event["eventType"] != "START"
    )
    return event


def _ends(events: list[dict[str, Any]]) -> Ends:
    """How the run of each job ended, and with which message."""
    return {
        event["job"]["name"]: (
            event["eventType"],
            event["run"]["facets"].get("errorMessage", {}).get("message", ""),
        )
        for event in events
        if event["eventType"] != "START"
    }


def _assertions(event: dict[str, Any]) -> set[tuple[str, str, bool, str]]:
    """Table, column, success and severity of everything that a run has asserted."""
    return {
        (each["name"].removeprefix("shop."), one["column"], one["success"], one["severity"])
        for each in event["inputs"]
        for one in each["inputFacets"].get("dataQualityAssertions", {}).get("assertions", [])
    }


def _edges(shop: Any) -> set[tuple[str, str, str]]:
    """Where the store says that one column comes from."""
    told = shop.whence("trace", "shop.marts.customers.lifetime_value", "--json")
    assert told.returncode == 0, told.stderr
    return {
        (edge["from"], edge["to"], edge["subtype"]) for edge in json.loads(told.stdout)["edges"]
    }
