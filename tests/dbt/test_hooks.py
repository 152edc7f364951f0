"""Hooks write tables too: those of models, and those of the whole command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
EndOf = Callable[[list[Event], str], Event]

MODEL = """
{{ config(
    pre_hook="create table if not exists main.audit (what varchar)",
    post_hook=[
        "create or replace table main.hooked as select *, {{ 1 + 1 }} as two from {{ this }}",
        {"sql": "create or replace view main.late as select id from main.hooked",
         "transaction": false},
    ],
) }}
select id, name from {{ ref('raw_people') }}
"""


def names(datasets: list[Event]) -> list[str]:
    return [dataset["name"] for dataset in datasets]


def test_what_hooks_write_has_lineage(project: Any, ended: EndOf) -> None:
    """As dbt rendered them; a model's are a run beside its own, whose lineage stays what it is."""
    (project.folder / "models" / "hooks.sql").write_text(MODEL)
    settings = project.folder / "dbt_project.yml"
    started = "  - create or replace table main.begun as select {{ 1 }} as one\n"
    settings.write_text(settings.read_text() + started)
    assert project.dbt("run", "-s", "hooks").code == 0
    events = project.events()
    model = ended(events, "model.edge.hooks")
    assert (names(model["inputs"]), names(model["outputs"])) == (
        ["edge.main.raw_people"],
        ["edge.main.hooks"],
    )
    hooks = ended(events, "model.edge.hooks.hooks")
    assert names(hooks["inputs"]) == ["edge.main.hooks"]
    assert names(hooks["outputs"]) == ["edge.main.audit", "edge.main.hooked", "edge.main.late"]
    (hooked,) = (each for each in hooks["outputs"] if each["name"] == "edge.main.hooked")
    columns = [field["name"] for field in hooked["facets"]["schema"]["fields"]]
    assert columns == ["id", "name", "two"]
    sources = hooked["facets"]["columnLineage"]["fields"]["name"]["inputFields"]
    assert [(each["name"], each["field"]) for each in sources] == [("edge.main.hooks", "name")]
    assert hooks["run"]["facets"]["parent"] == model["run"]["facets"]["parent"]
    begun = ended(events, "operation.edge.edge-on-run-start-2")
    assert names(begun["outputs"]) == ["edge.main.begun"]
    assert project.errors() == []
    gaps = sent_gaps(project)
    assert [gap["code"] for gap in gaps] == ["no-compiled-sql"]


def sent_gaps(project: Any) -> list[Event]:
    """What `whence dbt send` says is missing on the model: artifacts have no rendered hooks."""
    home = project.home.parent / "sent"
    environment = project.environment() | {"WHENCE_HOME": os.fspath(home)}
    command = [sys.executable, "-c", "from whence_cli.app import main; main()", "dbt", "send"]
    subprocess.run(command, cwd=project.folder, env=environment, check=True, capture_output=True)
    (file,) = (home / "spool").glob("*.events.ndjson")
    events = [json.loads(line) for line in file.read_bytes().splitlines()]
    (end,) = (
        each
        for each in events
        if each["job"]["name"] == "model.edge.hooks" and each["eventType"] == "COMPLETE"
    )
    gaps: list[Event] = end["run"]["facets"]["whence_gaps"]["gaps"]
    return gaps


def test_a_hook_that_fails_says_why(project: Any, ended: EndOf) -> None:
    """The database's own message, which dbt tells only at the end."""
    settings = project.folder / "dbt_project.yml"
    settings.write_text(settings.read_text() + "  - creat tabl x\n")
    assert project.dbt("run", "-s", "ver.v1").code == 1
    event = ended(project.events(), "operation.edge.edge-on-run-start-2")
    assert event["eventType"] == "FAIL"
    assert 'syntax error at or near "creat"' in event["run"]["facets"]["errorMessage"]["message"]
