"""What a run reads that is not its own project's: another state's tables, its own earlier rows."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
EndOf = Callable[[list[Event], str], Event]


def names(datasets: list[Event]) -> list[str]:
    return [dataset["name"] for dataset in datasets]


def of_job(events: list[Event], name: str) -> list[Event]:
    return [event for event in events if event["job"]["name"] == name]


def test_what_is_deferred_or_cloned_is_read_where_it_is(project: Any) -> None:
    """START and COMPLETE name the same inputs, and no table that does not exist."""
    profiles = project.folder / "profiles.yml"
    target = "    ci: {type: duckdb, path: edge.duckdb, schema: ci, threads: 2}\n"
    profiles.write_text(profiles.read_text() + target)
    project.dbt("parse", WHENCE_DISABLED="true")
    shutil.copytree(project.folder / "target", project.folder / "state")
    state = ("--target", "ci", "--state", "state")
    assert project.dbt("run", "-s", "uni", "after_py", "--defer", *state).code == 0
    assert project.dbt("clone", "-s", "uni", "ver.v1", *state).code == 0
    events = project.events()
    started, ended, copying, copied = of_job(events, "model.edge.uni")
    read = ["edge.main.raw_orders", "edge.main.raw_people"]
    assert (names(started["inputs"]), names(ended["inputs"])) == (read, read)
    assert (copying["eventType"], copied["eventType"]) == ("START", "COMPLETE")
    assert names(copying["inputs"]) == names(copied["inputs"]) == ["edge.main.uni"]
    everything = {name for e in events for name in names(e["inputs"] + e["outputs"])}
    assert {name for name in everything if name.startswith("edge.ci.")} == {
        "edge.ci.after_py",
        "edge.ci.uni",
        "edge.ci.ver_v1",
    }
    assert project.errors() == []


def test_an_incremental_run_reads_its_own_table(project: Any, ended: EndOf) -> None:
    """The filter on its earlier rows decides on the new ones."""
    assert project.dbt("run", "-s", "inc").code == 0
    event = ended(project.events(), "model.edge.inc")
    assert names(event["inputs"]) == ["edge.main.inc", "edge.main.raw_orders"]
    facet = event["outputs"][0]["facets"]["columnLineage"]
    filters = {(each["name"], each["field"]) for each in facet["dataset"]}
    assert filters == {("edge.main.inc", "id"), ("edge.main.raw_orders", "id")}
    assert '"edge.main.inc"' not in json.dumps(facet["fields"])
