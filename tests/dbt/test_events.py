"""What a plain `dbt build` of one node of each kind leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials

from dbt_whence import capture
from whence.testing import Validator

Event = dict[str, Any]
EndOf = Callable[[list[Event], str], Event]


def names(datasets: list[Event]) -> list[str]:
    return [dataset["name"] for dataset in datasets]


def columns(event: Event) -> list[str]:
    (output,) = event["outputs"]
    return [field["name"] for field in output["facets"]["schema"]["fields"]]


def sources(event: Event, column: str) -> list[tuple[str, str]]:
    (output,) = event["outputs"]
    fields = output["facets"]["columnLineage"]["fields"].get(column, {}).get("inputFields", [])
    return [(field["name"], field["field"]) for field in fields]


def assertions(event: Event) -> dict[str, list[Event]]:
    found = {}
    for dataset in event["inputs"]:
        facet = dataset.get("inputFacets", {}).get("dataQualityAssertions")
        if facet:
            found[dataset["name"]] = facet["assertions"]
    return found


def test_every_event_is_as_the_specification_says(built: Any, validator: Validator) -> None:
    """Events and facets, ours included, validate against their schemas."""
    problems = [problem for event in built.events() for problem in validator.problems(event)]
    assert problems == []


def test_every_run_starts_once_and_ends_once(built: Any) -> None:
    """One START before one end, in time and in order, for the invocation and every node."""
    runs: dict[str, list[Event]] = {}
    for event in built.events():
        runs.setdefault(event["run"]["runId"], []).append(event)
    assert len(runs) == 26
    for first, *others in runs.values():
        assert first["eventType"] == "START"
        assert [event["eventType"] for event in others] == ["COMPLETE"]
        assert first["eventTime"] <= others[0]["eventTime"]


def test_every_node_has_the_invocation_as_its_parent(built: Any) -> None:
    """Runs of nodes hang below the run of the command."""
    events = built.events()
    invocation, *nodes = events[:-1]
    assert invocation["job"]["name"] == "dbt-build-edge"
    assert events[-1]["run"]["runId"] == invocation["run"]["runId"]
    for event in nodes:
        assert event["run"]["facets"]["parent"]["run"]["runId"] == invocation["run"]["runId"]
        assert event["run"]["facets"]["parent"]["job"]["name"] == "dbt-build-edge"


def test_an_ephemeral_model_is_passed_through(built: Any, ended: EndOf) -> None:
    """It is no dataset; whoever reads it reads what it reads, by columns too."""
    events = built.events()
    star = ended(events, "model.edge.star")
    assert names(star["inputs"]) == ["edge.main.raw_orders", "edge.main.raw_people"]
    assert columns(star) == ["order_id", "person_id", "amount", "name"]
    assert sources(star, "name") == [("edge.main.raw_people", "name")]
    assert sources(star, "person_id") == [("edge.main.raw_people", "id")]
    everything = {dataset["name"] for e in events for dataset in e["inputs"] + e["outputs"]}
    assert not {name for name in everything if name.split(".")[-1] in {"eph", "o", "p", "_0"}}
    assert not [event for event in events if event["job"]["name"] == "model.edge.eph"]


def test_a_source_is_called_by_its_identifier(built: Any, ended: EndOf) -> None:
    """Not by its logical name; its columns were asked for, as nothing else knows them."""
    event = ended(built.events(), "model.edge.from_src")
    assert names(event["inputs"]) == ["edge.main.raw_deliveries"]
    assert columns(event) == ["id", "region"]
    assert sources(event, "region") == [("edge.main.raw_deliveries", "region")]


def test_a_union_maps_columns_by_position(built: Any, ended: EndOf) -> None:
    """The second branch's amount becomes the first branch's label."""
    event = ended(built.events(), "model.edge.uni")
    assert sources(event, "label") == [
        ("edge.main.raw_orders", "amount"),
        ("edge.main.raw_people", "name"),
    ]


def test_a_table_that_dbt_does_not_know_is_an_input_too(built: Any, ended: EndOf) -> None:
    """What the SQL reads counts, whatever the project declares."""
    assert names(ended(built.events(), "model.edge.undeclared")["inputs"]) == ["edge.main.loose"]


def test_a_seed_has_the_columns_of_its_file(built: Any, ended: EndOf) -> None:
    """In the order of the CSV's header, with the rows that were loaded."""
    event = ended(built.events(), "seed.edge.raw_orders")
    assert event["inputs"] == []
    assert columns(event) == ["id", "person_id", "amount", "ordered_at"]
    assert event["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 3


def test_a_snapshot_has_dbts_own_columns(built: Any, ended: EndOf) -> None:
    """After the query's columns come those that dbt adds, also for who reads the snapshot."""
    events = built.events()
    snapshot = ended(events, "snapshot.edge.people_snap")
    assert columns(snapshot) == [
        "id",
        "name",
        "manager_id",
        "dbt_scd_id",
        "dbt_updated_at",
        "dbt_valid_from",
        "dbt_valid_to",
    ]
    reader = ended(events, "model.edge.snap_reader")
    assert sources(reader, "dbt_valid_from") == [("edge.main.people_snap", "dbt_valid_from")]


def test_a_python_model_has_its_columns_and_a_gap(built: Any, ended: EndOf) -> None:
    """The columns are asked from the database; what became of which is not guessed."""
    events = built.events()
    python = ended(events, "model.edge.py")
    assert columns(python) == ["id", "shout"]
    assert [gap["code"] for gap in python["run"]["facets"]["whence_gaps"]["gaps"]] == [
        "opaque-code"
    ]
    assert columns(ended(events, "model.edge.after_py")) == ["id", "shout"]


def test_a_microbatch_model_is_one_run(built: Any, ended: EndOf) -> None:
    """Its batches are not runs of their own, and their SQL is its SQL."""
    event = ended(built.events(), "model.edge.mb")
    assert event["eventType"] == "COMPLETE"
    assert sources(event, "amount") == [("edge.main.events", "amount")]


def test_versions_of_a_model_are_jobs_of_their_own(built: Any, ended: EndOf) -> None:
    """Each with its own relation and columns."""
    events = built.events()
    assert columns(ended(events, "model.edge.ver.v1")) == ["id"]
    assert columns(ended(events, "model.edge.ver.v2")) == ["id", "name"]


def test_tests_speak_of_the_right_dataset_and_column(built: Any, ended: EndOf) -> None:
    """A relationships test is about the child; a warning is no failure of the run."""
    events = built.events()
    by_name = {event["job"]["name"].split(".")[2]: event for event in events if event["inputs"]}
    relationships = by_name["relationships_star_person_id__id__ref_raw_people_"]
    (check,) = assertions(relationships)["edge.main.star"]
    assert list(assertions(relationships)) == ["edge.main.star"]
    assert (check["assertion"], check["column"]) == ("relationships", "person_id")
    warned = by_name["accepted_values_star_amount__False__1_5"]
    (check,) = assertions(warned)["edge.main.star"]
    assert warned["eventType"] == "COMPLETE"
    assert (check["success"], check["severity"], check["actual"]) == (False, "warn", "3")
    (check,) = assertions(by_name["no_negative_amount"])["edge.main.star"]
    assert check["success"] is True
    tests = [event for event in events if event["job"]["name"].startswith(("test.", "unit_test."))]
    assert all(event["outputs"] == [] for event in tests)


def test_an_exposure_is_where_lineage_ends(built: Any, ended: EndOf) -> None:
    """It reads what it depends on."""
    assert names(ended(built.events(), "exposure.edge.board")["inputs"]) == ["edge.main.star"]


def test_a_hook_without_jinja_has_lineage(built: Any, ended: EndOf) -> None:
    """Its statements are read like any SQL."""
    event = ended(built.events(), "operation.edge.edge-on-run-start-1")
    assert names(event["outputs"]) == ["edge.main.loose"]


def test_a_node_carries_what_the_project_says_of_it(built: Any, ended: EndOf) -> None:
    """Description, owner, tags, SQL, dbt's version, timing and the adapter's answer."""
    event = ended(built.events(), "model.edge.star")
    job, run = event["job"]["facets"], event["run"]["facets"]
    (output,) = event["outputs"]
    assert job["documentation"]["description"] == "Orders with the person's name."
    assert job["ownership"]["owners"] == [{"name": "team-orders", "type": "OWNER"}]
    assert [tag["key"] for tag in job["tags"]["tags"]] == ["nightly"]
    assert job["jobType"]["jobType"] == "MODEL"
    assert "join" in job["sql"]["query"]
    assert output["facets"]["schema"]["fields"][0]["description"] == "The order."
    assert run["processing_engine"]["name"] == "dbt"
    assert [part["name"] for part in run["whence_dbt_node"]["timing"]] == ["compile", "execute"]
    assert run["whence_owner"]["user"]


def test_no_secret_is_written_anywhere(project: Any) -> None:
    """Variables, the environment and a connection's settings hold secrets; our files do not."""
    secret = "hunter2-hunter2"
    given = ("--vars", f"{{password: {secret}, break_child: false}}")
    literal = 'select \'{{ var("password", "") }}\' as p'
    (project.folder / "models" / "says.sql").write_text(literal)
    (project.folder / "models" / "fails.sql").write_text(f"{literal}, 'hunter2'::date as d")
    ran = project.dbt("run", "-s", "ver.v1", "says", "fails", *given, WHENCE_KEEP_CAPTURES="true",
                      DBT_ENV_SECRET_TOKEN=secret)  # fmt: skip
    assert ran.code == 1, ran.output
    (said,) = (e for e in project.events() if e["job"]["name"] == "model.edge.says" and e["outputs"]
               and e["eventType"] == "COMPLETE")  # fmt: skip
    assert said["job"]["facets"]["sql"]["query"] == "select '***' as p"
    written = [path for path in project.home.rglob("*") if path.is_file()]
    assert any(path.parent.name == "captures" for path in written)
    assert [path for path in written if secret.encode() in path.read_bytes()] == []


def test_credentials_are_captured_as_far_as_names_need_them() -> None:
    """An include-list: what an adapter adds one day stays out."""
    given = DuckDBCredentials(
        database="edge",
        schema="main",
        path="/data/edge.duckdb",
        settings={"s3_secret_access_key": "hunter2"},
        config_options={"motherduck_token": "hunter2"},
    )
    kept = capture.credentials(given, "/data")
    assert kept["path"] == "/data/edge.duckdb"
    assert "hunter2" not in json.dumps(kept)
