"""The committed column graph holds against the database itself, without any of our code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

ROWS_OF_A_LIST = {("model.shop.int_product_tags", "staging.stg_products.tags")}
"""A list decides how many rows its unnesting yields; OpenLineage has no kind for that."""

META = {"dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"}
"""What dbt adds to a snapshot; it stands in no compiled SQL."""

NEXT_ROW = "coalesce(lead({c}) over (order by rowid), first_value({c}) over (order by rowid))"
CHANGES = {
    "BOOLEAN": "not {c}",
    "VARCHAR": "{c} || 'x'",
    "DATE": "{c} + 400",
    "TIMESTAMP": "{c} + interval 400 day",
}
"""How a value of each type is made another one; numbers become far larger ones."""


def test_every_sql_model_is_in_the_expected_graph(
    expected: dict[str, Any], manifest: dict[str, Any]
) -> None:
    """All models and snapshots that make a relation are there under their own name."""
    relations = {
        name: f"{node['schema']}.{node['alias']}"
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in {"model", "snapshot"}
        and node["config"]["materialized"] != "ephemeral"
    }
    assert {name: entry["relation"] for name, entry in expected.items()} == relations
    assert len(relations) > 20


def test_the_expected_columns_are_the_databases_own(
    expected: dict[str, Any], catalogue: dict[str, list[str]]
) -> None:
    """Names and order of each relation's columns equal the database's catalogue."""
    ours = {entry["relation"]: list(entry["columns"]) for entry in expected.values()}
    assert ours == {relation: catalogue[relation] for relation in ours}


def test_every_expected_source_exists(
    expected: dict[str, Any], catalogue: dict[str, list[str]]
) -> None:
    """No edge and no influence starts at a column that the database does not have."""
    known = {f"{relation}.{name}" for relation, names in catalogue.items() for name in names}
    assert set().union(*(_sources(entry) for entry in expected.values())) <= known


@pytest.fixture(scope="session")
def moves(
    expected: dict[str, Any], manifest: dict[str, Any], built_shop: Any, stage: Any
) -> dict[str, dict[str, set[str]]]:
    """For each model and each column it could read: which of its own columns change with it."""
    observed: dict[str, dict[str, set[str]]] = {}
    for name, entry in expected.items():
        query = _query(manifest["nodes"][name], built_shop)
        columns = [column for column in entry["columns"] if column not in META]
        observed[name] = {
            f"{relation}.{column}": moved
            for relation in _parents(name, manifest)
            for column, moved in _moved_by(stage, relation, query, columns)
        }
    return observed


def test_what_moves_is_reachable(
    expected: dict[str, Any], moves: dict[str, dict[str, set[str]]]
) -> None:
    """When a column's values change, only columns with an edge or an influence from it do."""
    unexplained = [
        f"{name}: {column} moves with {source}"
        for name, sources in moves.items()
        for source, moved in sources.items()
        for column in sorted(moved)
        if not _explains(expected[name], column, source) and (name, source) not in ROWS_OF_A_LIST
    ]
    assert unexplained == []


def test_every_direct_edge_moves_something(
    expected: dict[str, Any], moves: dict[str, dict[str, set[str]]]
) -> None:
    """No DIRECT edge is claimed whose source can change without its target changing."""
    idle = [
        f"{name}: {column} does not move with {source}"
        for name, entry in expected.items()
        for column, sources in entry["columns"].items()
        for source, kinds in sources.items()
        if column not in META and _is_direct(kinds) and column not in moves[name][source]
    ]
    assert idle == []


def test_identity_hands_values_on(
    expected: dict[str, Any], manifest: dict[str, Any], built_shop: Any, stage: Any
) -> None:
    """A column that only has IDENTITY sources holds no value that none of them has."""
    invented = [
        f"{name}.{column}"
        for name, entry in expected.items()
        for column, sources in entry["columns"].items()
        if sources and set(sources.values()) == {"IDENTITY"} and column not in META
        if _invents(stage, _query(manifest["nodes"][name], built_shop), column, sources)
    ]
    assert invented == []


def _sources(entry: dict[str, Any]) -> set[str]:
    """Every column that a model's edges and influences start at."""
    edges = {source for sources in entry["columns"].values() for source in sources}
    return edges.union(*entry["influences"].values())


def _is_direct(kinds: str) -> bool:
    return kinds.startswith(("IDENTITY", "TRANSFORMATION", "AGGREGATION"))


def _explains(entry: dict[str, Any], column: str, source: str) -> bool:
    """Whether the expected graph has a way from a source to a model's column."""
    edge = source in entry["columns"][column]
    return edge or any(source in columns for columns in entry["influences"].values())


def _query(node: dict[str, Any], shop: Any) -> str:
    """The SQL dbt ran for a node; for a microbatch model, that of its first batch."""
    if "compiled_code" in node:
        return str(node["compiled_code"])
    compiled = shop.folder / "target" / "compiled" / "shop" / node["original_file_path"]
    batches = compiled.with_suffix("")
    return sorted(batches.glob("*.sql"))[0].read_text(encoding="utf-8")


def _parents(name: str, manifest: dict[str, Any]) -> list[str]:
    """The relations a node reads, its ephemeral parents' parents among them."""
    nodes = manifest["nodes"] | manifest["sources"]
    relations: list[str] = []
    for parent in nodes[name]["depends_on"]["nodes"]:
        node = nodes[parent]
        if node.get("config", {}).get("materialized") == "ephemeral":
            relations += _parents(parent, manifest)
        else:
            relations.append(f"{node['schema']}.{node.get('alias') or node['identifier']}")
    return list(dict.fromkeys(relations))


def _moved_by(
    stage: duckdb.DuckDBPyConnection, relation: str, query: str, columns: list[str]
) -> Iterator[tuple[str, set[str]]]:
    """Each column of a relation, with the columns of a query that change when it is changed."""
    before = _fingerprints(stage, query, columns)
    for column, kind, *_ in stage.execute(f"describe {relation}").fetchall():
        moved: set[str] = set()
        for value in _changes(column, kind):
            with _changed(stage, relation, column, value):
                after = _fingerprints(stage, query, columns)
            moved |= {name for name in columns if before[name] != after[name]}
        yield column, moved


def _changes(column: str, kind: str) -> list[str]:
    """Expressions that give a column other values: the next row's, none, and a foreign one."""
    changes = [NEXT_ROW, "case when rowid % 3 <> 0 then {c} end"]
    # A foreign value would break JSON text, lists and structs instead of changing them.
    if column not in {"attributes", "payload"} and not kind.endswith(("[]", ")")):
        changes.append(CHANGES.get(kind, "{c} + 10007"))
    elif kind.startswith("DECIMAL"):
        changes.append("{c} * 3 + 1")
    return [change.format(c=column) for change in changes]


@contextmanager
def _changed(
    stage: duckdb.DuckDBPyConnection, relation: str, column: str, value: str
) -> Iterator[None]:
    """The stage while one column holds other values."""
    stage.execute("begin")
    try:
        stage.execute(
            f"update {relation} set {column} = changed.value from "
            f"(select rowid as row, {value} as value from {relation}) as changed "
            f"where {relation}.rowid = changed.row"
        )
        yield
    finally:
        stage.execute("rollback")


def _fingerprints(
    stage: duckdb.DuckDBPyConnection, query: str, columns: list[str]
) -> dict[str, tuple[int, int]]:
    """For each column of a query's answer: how many values it has, and a sum of their hashes."""
    sums = ", ".join(f"sum(hash({column}))" for column in columns)
    rows, *hashes = stage.execute(f"select count(*), {sums} from ({query})").fetchall()[0]
    return {column: (rows, total) for column, total in zip(columns, hashes, strict=True)}


def _invents(
    stage: duckdb.DuckDBPyConnection, query: str, column: str, sources: dict[str, str]
) -> bool:
    """Whether a query's column holds a value that none of its sources has."""
    parents = " union all ".join(
        "select {2} from {0}.{1}".format(*source.split(".")) for source in sources
    )
    ((invented,),) = stage.execute(
        f"select count({column}) from ({query}) where {column} not in "
        f"(select * from ({parents}) as parents(value) where value is not null)"
    ).fetchall()
    return bool(invented)
