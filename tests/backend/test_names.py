"""What a user may type for a table or column."""

from __future__ import annotations

import pytest

from whence.errors import AmbiguousName, UnknownName
from whence_backend.model import RunFilter, TraceQuery

T1 = "2026-01-01T00:00:00Z"


@pytest.fixture
def named(store, warehouse):
    """A store with tables whose names hold everything that makes names hard."""

    def add(namespace, name, *columns):
        dataset = {"namespace": namespace, "name": name,
                   "facets": {"schema": warehouse.schema(*columns)}}  # fmt: skip
        store.take(warehouse.line(eventTime=T1, dataset=dataset))

    add("duckdb:///data/shop.duckdb", "shop.main.orders", "id", "Amount", "a.b")
    add("duckdb:///data/shop.duckdb", "shop.raw.customers", "id")
    add("postgres://host:5432", "crm.raw.customers", "id")
    add("s3://bucket", "lake/events/day.parquet", "ts")
    add("file", "/tmp/export.csv", "x y")
    add("urn:ns:1", "weird:name", 'quo"te')
    add("snowflake://acme", "DB.PUBLIC.LINES", "QTY")
    return store


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("orders", "shop.main.orders"),
        ("main.orders", "shop.main.orders"),
        ("shop.main.orders", "shop.main.orders"),
        ("duckdb:///data/shop.duckdb/shop.main.orders", "shop.main.orders"),
        ("duckdb:///data/shop.duckdb:shop.main.orders.id", "shop.main.orders.id"),
        ("orders.id", "shop.main.orders.id"),
        ("orders.amount", "shop.main.orders.Amount"),
        ("ORDERS.AMOUNT", "shop.main.orders.Amount"),
        ("orders.a.b", "shop.main.orders.a.b"),
        ('"orders"."a.b"', "shop.main.orders.a.b"),
        ("`main`.`orders`", "shop.main.orders"),
        ("[main].[orders].[id]", "shop.main.orders.id"),
        ("postgres://host:5432/crm.raw.customers.id", "crm.raw.customers.id"),
        ("crm.raw.customers", "crm.raw.customers"),
        ("s3://bucket/lake/events/day.parquet", "lake/events/day.parquet"),
        ("day.parquet", "lake/events/day.parquet"),
        ("events/day.parquet.ts", "lake/events/day.parquet.ts"),
        ("/tmp/export.csv", "/tmp/export.csv"),
        ("export.csv.x y", "/tmp/export.csv.x y"),
        ("weird:name", "weird:name"),
        ("urn:ns:1:weird:name", "weird:name"),
        ('"weird:name"."quo""te"', 'weird:name.quo"te'),
        ("lines.qty", "DB.PUBLIC.LINES.QTY"),
    ],
)
def test_a_name_or_its_end_finds_the_table_or_column(named, asked, label):
    """Ends, whole names, namespaces, quotes, any case, dots within."""
    assert named.resolve(asked).label() == label


def test_every_full_name_finds_its_node(named):
    """What an error lists can be typed back."""
    for asked in ("orders", "weird:name", "/tmp/export.csv", "lines.qty", "orders.a.b"):
        node = named.resolve(asked)
        assert named.resolve(node.full_name()) == node


def test_an_ambiguous_name_lists_what_it_could_mean(named):
    """Each candidate with its namespace."""
    with pytest.raises(AmbiguousName) as caught:
        named.resolve("customers.id")
    assert caught.value.candidates == (
        "duckdb:///data/shop.duckdb/shop.raw.customers.id",
        "postgres://host:5432/crm.raw.customers.id",
    )


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("ordrs", "orders"),
        ("orders.amont", "orders.Amount"),
        ("shop.main.order", "shop.main.orders"),
        ("main.ordes", "main.orders"),
    ],
)
def test_an_unknown_name_tells_the_nearest(named, asked, nearest):
    """A table's columns where the table is known, else tables."""
    with pytest.raises(UnknownName) as caught:
        named.resolve(asked)
    assert nearest in caught.value.nearest


@pytest.mark.parametrize("asked", ["", ".", "..", '"', "a'; DROP TABLE node", "%", "/", "[", "*"])
def test_senseless_names_are_unknown(named, asked):
    """And nothing else happens."""
    with pytest.raises(UnknownName):
        named.resolve(asked)


def test_two_jobs_of_one_name_keep_their_own_sql(store, warehouse):
    """The same project in two namespaces: each table is explained by its own job."""
    for namespace in ("prod", "dev"):
        made = warehouse.dataset(f"{namespace}_t", columnLineage=warehouse.columns({"c": ["a.x"]}))
        store.take(warehouse.line(
            eventType="COMPLETE", eventTime="2026-01-01T00:00:00Z", run={"runId": namespace},
            job={"namespace": namespace, "name": "orders",
                 "facets": warehouse.sql(f"select x as c from {namespace}")},
            inputs=[warehouse.dataset("a")], outputs=[made],
        ))  # fmt: skip
    for namespace in ("prod", "dev"):
        (step, *_) = store.explain(f"{namespace}_t.c", TraceQuery("upstream"))
        assert step.sql == f"select x as c from {namespace}"


def test_a_jobs_name_is_text_and_no_pattern(store, warehouse):
    """An underscore is an underscore."""
    for name in ("m.stg_orders", "m.stg1orders"):
        store.take(warehouse.run("COMPLETE", "2026-01-01T00:00:00Z", job=name, run=name))
    assert [run.job for run in store.runs(RunFilter(job="stg_orders"))] == ["m.stg_orders"]
