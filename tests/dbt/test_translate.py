"""Recorded captures give the recorded events; and what translating must never do."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dbt_whence import outcome, runs
from dbt_whence.extractors import NodeCapture, Scope, extract
from dbt_whence.facts import (
    ColumnFacts,
    FinishedFacts,
    InvocationFacts,
    NodeFacts,
    from_payload,
    to_payload,
)
from dbt_whence.naming import Relations, split
from whence.captures import GONE, Capture
from whence.config import Config
from whence.schema.memory import SchemaMemory
from whence.testing import Validator

TESTS = Path(__file__).resolve().parents[1]
RECORDINGS = sorted((TESTS / "captures" / "dbt").rglob("*.ndjson"))

spec = importlib.util.spec_from_file_location("record", Path(__file__).with_name("record.py"))
assert spec is not None and spec.loader is not None
record = importlib.util.module_from_spec(spec)
spec.loader.exec_module(record)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_recorded_captures_give_the_recorded_events(path: Path) -> None:
    """Compared whole; and the same input twice gives the same bytes."""
    lines = path.read_bytes().splitlines()
    golden = TESTS / "golden" / path.relative_to(TESTS / "captures")
    assert record.golden(lines) == golden.read_text()
    assert record.events(lines) == record.events(lines)


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_producer_that_dies_at_any_capture_leaves_no_open_run(
    path: Path, validator: Validator
) -> None:
    """Cut anywhere, every started run has an end, and all events are valid."""
    lines = path.read_bytes().splitlines()
    for cut in range(1, len(lines) - 2, 9):
        gone = Capture("dbt", GONE, "2030-01-01T00:00:00.000000Z", cut, {})
        found = [json.loads(e) for e in record.events([*lines[:cut], gone.to_line()])]
        states: dict[str, list[str]] = {}
        for event in found:
            states.setdefault(event["run"]["runId"], []).append(event["eventType"])
        assert all(kinds[0] == "START" and len(kinds) == 2 for kinds in states.values())
        assert validator.problems(found[-1]) == []


def test_captures_of_a_later_version_are_read(tmp_path: Path) -> None:
    """Unknown kinds and unknown keys are passed over."""
    facts = InvocationFacts("i", "run", "edge")
    payload = {**to_payload(facts), "a_later_key": [1, {"a": 2}]}
    first = Capture("dbt", "invocation", "2026-01-01T00:00:00Z", 0, payload)
    later = Capture("dbt", "a-later-kind", "2026-01-01T00:00:00Z", 1, {})
    assert len(record.events([first.to_line(), later.to_line()])) == 1


def test_facts_survive_the_spool() -> None:
    """What is written is what is read."""
    facts = NodeFacts(
        "model.edge.a",
        "model",
        depends_on=("seed.edge.b",),
        columns=(ColumnFacts("id", "int", tags=("key",)),),
        config={"severity": "warn"},
    )
    line = json.dumps(to_payload(facts))
    assert from_payload(NodeFacts, json.loads(line)) == facts


@pytest.mark.parametrize(
    ("relation", "parts"),
    [
        ('"shop"."main"."orders"', ("shop", "main", "orders")),
        ("`a-project`.`set`.`t.with.dots`", ("a-project", "set", "t.with.dots")),
        ("[db].[dbo].[my table]", ("db", "dbo", "my table")),
        ("ANALYTICS.public.orders", ("ANALYTICS", "public", "orders")),
    ],
)
def test_relation_names_are_read_as_adapters_print_them(
    relation: str, parts: tuple[str, ...]
) -> None:
    """Double quotes, backticks, brackets, none."""
    assert split(relation)[0] == parts


@pytest.mark.parametrize(
    ("adapter", "credentials", "relation", "namespace", "name"),
    [
        ("duckdb", {"path": "/d/e.duckdb"}, '"e"."main"."t"', "duckdb:///d/e.duckdb", "e.main.t"),
        (
            "postgres",
            {"host": "h", "database": "db"},
            '"db"."public"."t"',
            "postgres://h:5432",
            "db.public.t",
        ),
        (
            "snowflake",
            {"account": "org-acc"},
            "db.sch.orders",
            "snowflake://org-acc",
            "DB.SCH.ORDERS",
        ),
        ("bigquery", {}, "`p`.`d`.`t`", "bigquery", "p.d.t"),
        ("unheard_of", {"host": "h"}, "s.t", "unheard_of://h", "s.t"),
    ],
)
def test_datasets_are_named_as_the_specification_says(
    adapter: str, credentials: dict[str, Any], relation: str, namespace: str, name: str
) -> None:
    """And any other adapter gets a name too."""
    facts = InvocationFacts("i", "run", "p", adapter=adapter, credentials=credentials)
    dataset = Relations(facts).of_relation(relation)
    assert (dataset.namespace, dataset.name) == (namespace, name)


def scope(tmp_path: Path) -> Scope:
    facts = InvocationFacts(
        "i", "run", "e", adapter="duckdb", credentials={"path": "/d/e.duckdb", "database": "e"}
    )
    return Scope(facts, SchemaMemory(tmp_path / "schemas.sqlite"), 1_000_000)


def model(name: str, *parents: str, **more: Any) -> NodeFacts:
    return NodeFacts(
        f"model.e.{name}",
        "model",
        name,
        relation_name=f'"e"."main"."{name}"',
        depends_on=parents,
        **more,
    )


def test_an_unknown_star_is_said_and_no_schema_is_claimed(tmp_path: Path) -> None:
    """Table-level lineage remains."""
    known = scope(tmp_path)
    parent, child = model("parent"), model("child", "model.e.parent")
    known.add_node(parent)
    known.add_node(child)
    lineage = extract(NodeCapture(child, 'select *, 1 as x from "e"."main"."parent"'), known)
    assert [gap.code for gap in lineage.gaps] == ["star-unknown-table"]
    assert lineage.outputs[0] not in lineage.schemas
    assert [dataset.name for dataset in lineage.inputs] == ["e.main.parent"]


def test_a_model_that_cannot_be_parsed_keeps_its_parents(tmp_path: Path) -> None:
    """By dbt's graph, with a gap."""
    known = scope(tmp_path)
    known.add_node(model("parent"))
    lineage = extract(NodeCapture(model("child", "model.e.parent"), "select ((( from"), known)
    assert [dataset.name for dataset in lineage.inputs] == ["e.main.parent"]
    assert lineage.gaps


def test_a_deferred_parent_is_read_where_the_other_state_has_it(tmp_path: Path) -> None:
    """The dataset that the SQL reads is the input, not the one that was not built."""
    known = scope(tmp_path)
    known.add_node(model("parent", deferred_relation='"e"."prod"."parent"'))
    child = model("child", "model.e.parent")
    lineage = extract(NodeCapture(child, 'select id from "e"."prod"."parent"'), known)
    assert [dataset.name for dataset in lineage.inputs] == ["e.prod.parent"]


def test_an_incremental_model_reads_its_earlier_rows(tmp_path: Path) -> None:
    """They decide on the new ones, and may be where values come from."""
    known = scope(tmp_path)
    known.add_node(model("parent"))
    sql = (
        'select p.id, least(p.x, c.x) as x from "e"."main"."parent" p join "e"."main"."child" c'
        ' on p.id = c.id where p.id > (select max(id) from "e"."main"."child")'
    )
    lineage = extract(NodeCapture(model("child", "model.e.parent"), sql), known)
    assert [dataset.name for dataset in lineage.inputs] == ["e.main.child", "e.main.parent"]
    assert {i.source.dataset.name for i in lineage.influences} == {"e.main.child", "e.main.parent"}
    sources = {e.source.dataset.name for e in lineage.edges if e.target.name == "x"}
    assert sources == {"e.main.child", "e.main.parent"}


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        ("!= 0", "= 0"),
        (">10", "<= 10"),
        (">= 10", "< 10"),
        ("<5", ">= 5"),
        ("== 3", "!= 3"),
        ("between 1 and 5", "not between 1 and 5"),
    ],
)
def test_a_test_says_what_it_expected(finding: str, expected: str) -> None:
    """dbt is told what is a finding; an assertion tells what was to be."""
    node = NodeFacts("test.e.t", "test", config={"error_if": finding})
    found = outcome.check(node, FinishedFacts("test.e.t", "pass", failures=0))
    assert found is not None
    assert found.expected == expected


def test_a_clone_is_the_same_columns_of_the_other_state(tmp_path: Path) -> None:
    """`dbt clone` compiles no SQL."""
    facts = InvocationFacts(
        "i", "clone", "e", adapter="duckdb", credentials={"path": "/d/e.duckdb"}
    )
    known = Scope(facts, SchemaMemory(tmp_path / "schemas.sqlite"), 1000)
    columns = (ColumnFacts("id"),)
    node = model("a", deferred_relation='"e"."prod"."a"', columns=columns)
    known.add_node(node)
    (edge,) = extract(NodeCapture(node), known).edges
    assert (edge.source.dataset.name, edge.source.name) == ("e.prod.a", "id")


RUN = "01931a2b-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("given", "parent"),
    [
        ({"OPENLINEAGE_PARENT_ID": f"s3://a/b/job/{RUN}"}, ("s3://a/b", "job")),
        ({"OPENLINEAGE_PARENT_ID": "no run id"}, None),
        (
            {
                "OPENLINEAGE_CONTEXT": json.dumps(
                    {"parent": {"run": {"runId": RUN}, "job": {"namespace": "n", "name": "j"}}}
                ),
                "OPENLINEAGE_PARENT_ID": f"other/job/{RUN}",
            },
            ("n", "j"),
        ),
        ({"OPENLINEAGE_CONTEXT": "{broken"}, None),
    ],
)
def test_the_parent_is_read_from_the_environment(
    given: dict[str, str], parent: tuple[str, str] | None
) -> None:
    """OPENLINEAGE_CONTEXT before the ids; what cannot be read is no parent."""
    found, _ = runs.parents(InvocationFacts("i", "run", "p", parents=given))
    assert (None if found is None else (found.namespace, found.name)) == parent


def test_literals_are_masked_where_the_setting_says_so(tmp_path: Path) -> None:
    """In dbt they are kept by default: its SQL is in the repository."""
    from dbt_whence.events import EventBuilder

    known = scope(tmp_path)
    facts = InvocationFacts("i", "run", "e", started_at="2026-01-01T00:00:00.000000Z")
    node = NodeCapture(model("a"), "select 'secret word' as x")
    for masked in (None, True):
        builder = EventBuilder(facts, known, Config(home=tmp_path, mask_literals=masked))
        sql = builder.start(node, "2026-01-01T00:00:00.000000Z").job.facets["sql"].query
        assert ("secret word" in sql) is not masked or masked is None


def test_columns_are_spelled_as_the_system_stores_them(tmp_path: Path) -> None:
    """What YAML, a CSV header and SQL write without quotes is upper case in Snowflake."""
    facts = InvocationFacts("i", "run", "e", adapter="snowflake", credentials={"account": "o-a"})
    known = Scope(facts, SchemaMemory(tmp_path / "schemas.sqlite"), 1_000_000)
    tested = {"column": "id", "name": "unique"}
    for name, more in (("seed", {"header": ("id", "name")}), ("star", {"test": tested})):
        known.add_node(replace(model(name, **more), relation_name=f"db.sch.{name}"))
    sql = 'select *, id as Nm, id as "nm" from db.sch.seed'
    node = NodeCapture(known.nodes["model.e.star"], sql)
    lineage = extract(node, known)
    (target,) = lineage.outputs
    assert [each.name for each in lineage.schemas[target]] == ["ID", "NAME", "NM", "nm"]
    assert {edge.source.name for edge in lineage.edges} == {"ID", "NAME"}
    assert (known.nodes["model.e.star"].test or {})["column"] == "ID"
