"""Events and facets: what is built from plain values, and that all of it is valid."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence import events, facets
from whence.events import Job, RunEvent, RunReference
from whence.model import (
    GAP_CODES,
    Column,
    ColumnEdge,
    Dataset,
    Field,
    Gap,
    Influence,
    Lineage,
    Transformation,
)
from whence.testing import Validator

SPEC = Path(__file__).parent.parent / "spec" / "openlineage"
RUN = "019b796d-d600-74ac-9105-a1a4d4144de8"
NOON = "2026-01-01T12:00:00Z"
MADE_BY = events.producer("dbt_adapter", "0.1.0")
ORDERS, CUSTOMERS, MART, LOG = (
    Dataset("duckdb:///s", f"s.main.{t}") for t in ("orders", "customers", "mart", "log")
)
IDENTITY = Transformation("DIRECT", "IDENTITY")
SUM = Transformation("DIRECT", "AGGREGATION", description="sum(amount)")
CASE = Transformation("INDIRECT", "CONDITIONAL")
COUNT = Transformation("DIRECT", "AGGREGATION", masking=True, description="count(id)")
JOIN = Transformation("INDIRECT", "JOIN")
FILTER = Transformation("INDIRECT", "FILTER")


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(SPEC)


def lineage() -> Lineage:
    """``mart`` from ``orders`` and ``customers``."""
    amount, cid = Column(ORDERS, "amount"), Column(ORDERS, "cid")
    return Lineage(
        inputs=(CUSTOMERS, ORDERS),
        outputs=(MART,),
        edges=(
            ColumnEdge(Column(MART, "n"), Column(ORDERS, "id"), COUNT),
            ColumnEdge(Column(MART, "total"), amount, CASE),
            ColumnEdge(Column(MART, "total"), amount, SUM),
        ),
        influences=(
            Influence(MART, Column(CUSTOMERS, "id"), JOIN),
            Influence(MART, cid, FILTER),
            Influence(MART, cid, JOIN),
        ),
    )


def as_json(facet: Any) -> Any:
    """A facet, or several by key, as an event carries them, without producer and schema."""
    content = json.loads(events.canonical({"facets": _plain(facet)}))["facets"]
    return {
        key: {name: value for name, value in each.items() if not name.startswith("_")}
        for key, each in content.items()
    }


def _plain(by_key: Any) -> Any:
    from openlineage.client.serde import Serde

    return {key: Serde.to_dict(facet) for key, facet in by_key.items()}


def full_event() -> RunEvent:
    """One event with every facet there is."""
    check = events.Check(
        "not_null", "fail", "id", "warn", "nn", "d", "0", "3", "select 1", "sql", {"a": 1}
    )
    skipped = events.Check("unique", "skip", "id")
    parent = RunReference("dbt", "dbt-build-shop", RUN)
    tag = events.Tag("pii", source="DBT", column="id")
    owner = events.Owner("team:data", "MAINTAINER")
    location = events.SourceLocation("models/a.sql", "abc", "git@github.com:o/r.git", "main")
    job = Job(
        "dbt",
        "model.shop.mart",
        events.lineage_job_facet(lineage())
        | events.sql_facet("select 1", "duckdb")
        | events.job_type_facet("DBT", "MODEL")
        | events.job_documentation_facet("text")
        | events.job_ownership_facet([owner])
        | events.job_tags_facet([tag])
        | events.source_code_location_facet(location)
        | facets.code_facet(dirty=True, text_hash="0" * 64, masked=False),
    )
    dataset_facets = (
        events.schema_facet([Field("id", "INTEGER"), Field("x")], {"id": "key"})
        | events.column_lineage_facets(lineage(), MART)
        | events.datasource_facet("duckdb:///s", "duckdb:///s")
        | events.dataset_documentation_facet("text")
        | events.dataset_ownership_facet([owner])
        | events.dataset_tags_facet([tag])
        | events.dataset_type_facet("TABLE", "INCREMENTAL")
        | events.dataset_version_facet("7")
        | events.lifecycle_facet("RENAME", LOG)
        | events.symlinks_facet([ORDERS])
        | events.catalog_facet("iceberg", "glue", "lake", "s3://lake/")
        | events.hierarchy_facet([events.Level("SCHEMA", "main"), events.Level("TABLE", "mart")])
    )
    run_facets = (
        events.parent_facet(parent, RunReference("airflow", "dag", RUN))
        | events.error_message_facet("boom", "SQL", "trace")
        | events.processing_engine_facet("1.12.6", "dbt", "0.1.0")
        | events.external_query_facet("q1", "snowflake://o-a")
        | events.extraction_error_facet(2, [events.ExtractionFailure("no", "selec", 1, "trace")])
        | events.nominal_time_facet(NOON, NOON)
        | events.execution_parameters_facet({"vars": "{}", "full_refresh": None})
        | events.run_tags_facet([tag])
        | events.test_run_facet([check, skipped])
        | facets.gaps_facet([Gap("star-unknown-table", "star over t", "line 3")])
        | facets.owner_facet("ann", "laptop")
    )
    return events.run_event(
        "FAIL",
        NOON,
        RUN,
        job,
        producer=MADE_BY,
        facets=run_facets,
        inputs=[
            events.input_dataset(ORDERS, {}, events.assertions_facet([check, skipped])),
            events.input_dataset(CUSTOMERS),
        ],
        outputs=[
            events.output_dataset(MART, dataset_facets, events.output_statistics_facet(3, 9, 1))
        ],
    )


def test_an_event_with_every_facet_is_valid(validator: Validator) -> None:
    """Against the specification's schemas and our own."""
    assert validator.problems(events.canonical(full_event())) == []


def test_the_same_input_twice_gives_the_same_bytes() -> None:
    """Nothing on an event comes from a clock, a counter or the order of a set."""
    assert events.canonical(full_event()) == events.canonical(full_event())


def test_every_facet_names_the_producer_of_its_event() -> None:
    """Also those that were built before anybody knew it."""
    text = events.canonical(full_event()).decode()
    assert text.count('"_producer":') == text.count(f'"_producer":"{MADE_BY}"') > 30


def test_datasets_stand_in_order_of_their_names() -> None:
    """Whatever order they come in."""
    content = json.loads(events.canonical(full_event()))
    assert [each["name"] for each in content["inputs"]] == ["s.main.customers", "s.main.orders"]


def test_job_and_dataset_events_are_valid(validator: Validator) -> None:
    """They carry the same facets, without a run."""
    job = Job("dbt", "x", events.lineage_job_facet(lineage()))
    declared = events.job_event(
        NOON, job, producer=MADE_BY, outputs=[events.output_dataset(MART)], inputs=[]
    )
    seen = events.dataset_event(NOON, MART, events.schema_facet([Field("a")]), producer=MADE_BY)
    assert validator.problems(events.canonical(declared)) == []
    assert validator.problems(events.canonical(seen)) == []


def test_column_lineage_keeps_columns_and_relations_apart() -> None:
    """Several ways of one input column stand together; JOIN and FILTER stand once."""
    (facet,) = as_json(events.column_lineage_facets(lineage(), MART)).values()
    total = facet["fields"]["total"]["inputFields"]
    assert [(each["name"], each["field"]) for each in total] == [("s.main.orders", "amount")]
    assert total[0]["transformations"] == [
        {"type": "DIRECT", "subtype": "AGGREGATION", "description": "sum(amount)",
         "masking": False},
        {"type": "INDIRECT", "subtype": "CONDITIONAL", "masking": False},
    ]  # fmt: skip
    assert facet["fields"]["n"]["inputFields"][0]["transformations"][0]["masking"] is True
    assert [
        (each["field"], [way["subtype"] for way in each["transformations"]])
        for each in facet["dataset"]
    ] == [("id", ["JOIN"]), ("cid", ["FILTER", "JOIN"])]


def test_the_explicit_lineage_says_datasets_then_columns() -> None:
    """An entry's inputs are whole datasets and the columns that bear on every row."""
    (entry,) = as_json(events.lineage_job_facet(lineage()))["lineage"]["entries"]
    assert (entry["name"], entry["type"]) == ("s.main.mart", "DATASET")
    assert [(each["name"], each.get("field")) for each in entry["inputs"]] == [
        ("s.main.customers", None),
        ("s.main.orders", None),
        ("s.main.customers", "id"),
        ("s.main.orders", "cid"),
    ]
    assert sorted(entry["fields"]) == ["n", "total"]


def test_each_of_several_outputs_has_its_own_inputs() -> None:
    """An input feeds the outputs that its columns reach; one that reaches none feeds all."""
    several = Lineage(
        inputs=(CUSTOMERS, LOG, ORDERS),
        outputs=(Dataset("n", "a"), Dataset("n", "b")),
        edges=(ColumnEdge(Column(Dataset("n", "a"), "x"), Column(ORDERS, "y"), IDENTITY),),
        influences=(Influence(Dataset("n", "b"), Column(CUSTOMERS, "z"), FILTER),),
    )
    entries = as_json(events.lineage_job_facet(several))["lineage"]["entries"]
    inputs = {
        entry["name"]: [each["name"] for each in entry["inputs"] if "field" not in each]
        for entry in entries
    }
    assert inputs == {
        "a": ["s.main.log", "s.main.orders"],
        "b": ["s.main.customers", "s.main.log"],
    }


def test_no_inputs_is_said_only_where_nothing_can_be_hidden() -> None:
    """A seed has none; a statement that did not parse may have some."""
    seed = Lineage(outputs=(MART,))
    broken = Lineage(outputs=(MART,), gaps=(Gap("parse-error", "?"),))
    (known,) = as_json(events.lineage_job_facet(seed))["lineage"]["entries"]
    (unknown,) = as_json(events.lineage_job_facet(broken))["lineage"]["entries"]
    assert known["inputs"] == []
    assert "inputs" not in unknown
    assert events.column_lineage_facets(seed, MART) == {}
    assert events.lineage_job_facet(Lineage()) == {}


def test_what_is_not_known_leaves_no_facet() -> None:
    """Builders return their facet under its key, or nothing to merge."""
    assert events.schema_facet([]) == events.sql_facet(None) == events.parent_facet(None) == {}
    assert events.output_statistics_facet() == events.assertions_facet([]) == {}
    assert events.external_query_facet("", "x") == events.extraction_error_facet(1, []) == {}
    assert events.source_code_location_facet(None) == facets.code_facet() == {}
    assert facets.gaps_facet([]) == facets.owner_facet(None) == events.nominal_time_facet("") == {}
    assert events.output_statistics_facet(0) != {}


def test_a_check_that_did_not_run_is_neither_success_nor_failure() -> None:
    """It stands in the run's test facet alone."""
    skipped = events.Check("unique", "skip")
    assert events.assertions_facet([skipped]) == {}
    assert as_json(events.test_run_facet([skipped])) == {
        "test": {"tests": [{"name": "unique", "type": "unique", "status": "skip"}]}
    }


def test_a_parent_without_a_root_is_the_root() -> None:
    """As OpenLineage's own integrations write it."""
    facet = as_json(events.parent_facet(RunReference("n", "j", RUN)))["parent"]
    assert facet["root"] == {"job": {"namespace": "n", "name": "j"}, "run": {"runId": RUN}}


@pytest.mark.parametrize(
    ("repo_url", "url"),
    [
        ("git@github.com:o/r.git", "https://github.com/o/r/blob/abc/models/a%20b.sql"),
        (
            "https://u:secret@gitlab.com/g/s/r.git",
            "https://gitlab.com/g/s/r/blob/abc/models/a%20b.sql",
        ),
        ("ssh://git@host:2222/o/r", "https://host/o/r/blob/abc/models/a%20b.sql"),
        ("/srv/git/r.git", "git:abc"),
        (None, "git:abc"),
    ],
)
def test_the_source_code_is_located_on_the_web(
    repo_url: str | None, url: str, validator: Validator
) -> None:
    """At the commit, without the login that a remote may hold."""
    location = events.SourceLocation("models/a b.sql", "abc", repo_url)
    facet = as_json(events.source_code_location_facet(location))["sourceCodeLocation"]
    assert facet["url"] == url
    assert "secret" not in json.dumps(facet)


def test_canonical_bytes_are_sorted_compact_utf8_without_nulls() -> None:
    """What JSON cannot say is said in words."""
    content = {"b": None, "a": "é", "n": [float("nan"), float("inf")], "s": "\ud800", "o": object}
    expected = '{"a":"é","n":["NaN","Infinity"],"o":"<<non-serializable: type>>","s":"?"}'
    assert events.canonical(content) == expected.encode()


VALUES = st.recursive(
    st.none() | st.text() | st.integers() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES))
def test_canonical_bytes_depend_on_content_alone(content: dict[str, Any]) -> None:
    """Any order of keys gives the same bytes, and they are JSON."""
    keys = list(content)
    random.Random(3).shuffle(keys)
    line = events.canonical(content)
    assert line == events.canonical({key: content[key] for key in keys})
    assert b"\n" not in line
    json.loads(line)


def test_an_event_of_ten_thousand_columns_is_written_in_seconds() -> None:
    """Both lineage facets and the schema included."""
    columns = [f"c{number:05}" for number in range(10_000)]
    wide = Lineage(
        inputs=(ORDERS,),
        outputs=(MART,),
        edges=tuple(
            ColumnEdge(Column(MART, name), Column(ORDERS, name), IDENTITY) for name in columns
        ),
    )
    started = time.process_time()
    event = events.run_event(
        "COMPLETE",
        NOON,
        RUN,
        Job("dbt", "wide", events.lineage_job_facet(wide)),
        producer=MADE_BY,
        outputs=[
            events.output_dataset(
                MART,
                events.schema_facet(Field(name) for name in columns)
                | events.column_lineage_facets(wide, MART),
            )
        ],
    )
    assert len(events.canonical(event)) > 2_000_000
    assert time.process_time() - started < 6.0


@pytest.mark.parametrize("code", sorted(GAP_CODES))
def test_every_gap_code_can_be_said(code: str, validator: Validator) -> None:
    """Each gap stands once, sorted."""
    gap = Gap(code, "because", "")
    run_facets = facets.gaps_facet([gap, gap])
    event = events.run_event("START", NOON, RUN, Job("n", "j"), producer=MADE_BY, facets=run_facets)
    content = json.loads(events.canonical(event))
    assert content["run"]["facets"]["whence_gaps"]["gaps"] == [{"code": code, "reason": "because"}]
    assert validator.problems(content) == []


def test_an_owner_facet_without_names_is_not_there() -> None:
    """Persons stand in ``whence_owner`` and ``ownership``, and nowhere else."""
    text = events.canonical(full_event()).decode()
    assert text.count("ann") == text.count('"user":"ann"') == 1
