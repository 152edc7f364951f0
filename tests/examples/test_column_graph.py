"""Whence's column graph of the example equals the committed one: from its SQL, and from a build."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterable
from typing import Any

from whence.sql import extract

KINDS = ["IDENTITY", "TRANSFORMATION", "AGGREGATION", "CONDITIONAL", "WINDOW"]
Graph = dict[str, dict[str, Any]]


def test_the_sql_of_every_model_gives_the_expected_graph(
    expected: Graph, manifest: dict[str, Any], catalogue: dict[str, list[str]]
) -> None:
    """Each model's compiled SQL, read with the columns of its parents, has the expected edges."""
    schema = {
        f"shop.{relation}": dict.fromkeys(columns, "unknown")
        for relation, columns in catalogue.items()
    }
    models = {
        name: node["compiled_code"]
        for name, node in manifest["nodes"].items()
        if name in expected and name.startswith("model.") and node.get("compiled_code")
    }
    found = {expected[name]["relation"]: graph_of_sql(sql, schema) for name, sql in models.items()}
    assert len(found) > 20
    assert differences([expected[name] for name in models], found) == []


def test_a_build_gives_the_expected_graph(expected: Graph, built_shop: Any) -> None:
    """The stored events of one plain `dbt build` hold every model's columns, edges, influences."""
    assert differences(expected.values(), graph_of_events(built_shop.events())) == []


def test_one_model_alone_gives_the_same_graph(expected: Graph, shop: Any) -> None:
    """`dbt run` of one model, with nothing remembered of its parents, loses no column."""
    shutil.rmtree(shop.folder / "target")
    shop.forget()
    ran = shop.dbt("run", "--select", "customers")
    assert ran.returncode == 0, ran.stdout
    found = graph_of_events(shop.events())
    assert list(found) == ["marts.customers"]
    assert differences([expected["model.shop.customers"]], found) == []


def test_an_incremental_model_built_again_is_filtered(expected: Graph, shop: Any) -> None:
    """From the second build on, `orders` takes newer orders only; it is no origin of its own."""
    ran = shop.dbt("run", "--select", "orders")
    assert ran.returncode == 0, ran.stdout
    again = copy.deepcopy(expected["model.shop.orders"])
    again["influences"]["FILTER"] = ["intermediate.int_orders_in_euro.ordered_at"]
    assert differences([again], graph_of_events(shop.events())) == []


def test_a_difference_is_said(expected: Graph) -> None:
    """The comparison itself finds a lost edge, a wrong kind and a lost influence."""
    wanted = expected["model.shop.orders"]
    found = json.loads(json.dumps(wanted))
    found["columns"]["items"] = {}
    found["columns"]["total_amount"]["marts.order_items.net_amount"] = "IDENTITY"
    found["influences"]["JOIN"] = []
    assert differences([wanted], {"marts.orders": wanted}) == []
    assert len(differences([wanted], {"marts.orders": found})) == 3


def graph_of_sql(sql: str, schema: dict[str, dict[str, str]]) -> dict[str, Any]:
    """What the SQL front end says of one query, in the form of `expected/columns.json`."""
    (statement,) = extract(sql, dialect="duckdb", schema=schema).statements
    assert statement.gaps == ()
    columns: dict[str, dict[str, str]] = {}
    for output in statement.columns:
        edges = ((_column(s.dataset, s.column), _kind(s.subtype, s.masking)) for s in output.inputs)
        columns[output.column] = _by_source(edges)
    influences: dict[str, set[str]] = {}
    for one in statement.indirect:
        influences.setdefault(one.subtype, set()).add(_column(one.dataset, one.column))
    return {"columns": columns, "influences": _sorted(influences)}


def graph_of_events(events: Iterable[dict[str, Any]]) -> Graph:
    """What OpenLineage events say of each table that a model or snapshot has last written."""
    graph: Graph = {}
    for event in events:
        makes_tables = event["job"]["name"].startswith(("model.", "snapshot."))
        if event.get("eventType") == "COMPLETE" and makes_tables:
            for output in event["outputs"]:
                graph[_relation(output["name"])] = _graph_of_facets(output["facets"])
    return graph


def _graph_of_facets(facets: dict[str, Any]) -> dict[str, Any]:
    """One output's columns, in the order of its schema, with the edges of `columnLineage`."""
    lineage = facets.get("columnLineage", {})
    columns: dict[str, dict[str, str]] = {}
    for field in facets["schema"]["fields"]:
        inputs = lineage.get("fields", {}).get(field["name"], {}).get("inputFields", [])
        columns[field["name"]] = _by_source(_flat(inputs))
    influences: dict[str, set[str]] = {}
    for source, kind in _flat(lineage.get("dataset", [])):
        influences.setdefault(kind, set()).add(source)
    return {"columns": columns, "influences": _sorted(influences)}


def _flat(fields: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Input fields of a facet as pairs of a column and a kind, one a transformation."""
    return [
        (_column(field["name"], field["field"]), _kind(one["subtype"], one.get("masking", False)))
        for field in fields
        for one in field["transformations"]
    ]


def differences(wanted: Iterable[dict[str, Any]], found: Graph) -> list[str]:
    """Where a graph is not the expected one, a sentence each; empty when they are equal."""
    said = []
    for entry in wanted:
        relation = entry["relation"]
        graph = found.get(relation, {"columns": {}, "influences": {}})
        if list(graph["columns"]) != list(entry["columns"]):
            said.append(f"{relation} has the columns {list(graph['columns'])}")
        for part in ("columns", "influences"):
            for name in sorted({*entry[part], *graph[part]}):
                one, other = graph[part].get(name), entry[part].get(name)
                if one != other:
                    said.append(f"{relation}.{name}: {one}, expected {other}")
    return said


def _by_source(edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Every source of a column with its kinds, e.g. ``AGGREGATION, CONDITIONAL``."""
    kinds: dict[str, list[str]] = {}
    for source, kind in edges:
        kinds.setdefault(source, []).append(kind)
    order = {kind: number for number, kind in enumerate(KINDS)}
    return {
        source: ", ".join(sorted(set(kinds[source]), key=lambda kind: order[kind.split()[0]]))
        for source in sorted(kinds)
    }


def _sorted(influences: dict[str, set[str]]) -> dict[str, list[str]]:
    return {kind: sorted(columns) for kind, columns in sorted(influences.items())}


def _kind(subtype: str, masking: bool) -> str:
    """A subtype, marked where the value cannot be read back; of deciding columns it is not said."""
    return f"{subtype} masked" if masking and KINDS.index(subtype) < 3 else subtype


def _column(dataset: object, column: str) -> str:
    return f"{_relation(str(dataset))}.{column}"


def _relation(name: str) -> str:
    """A dataset's name without its database: ``shop.marts.orders`` -> ``marts.orders``."""
    return ".".join(name.split(".")[-2:])
