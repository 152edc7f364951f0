"""The validator of events: what OpenLineage's own examples prove of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from whence.testing import InvalidEvent, Validator, validate

SPEC = Path(__file__).parent / "openlineage"
EXAMPLES = sorted((SPEC / "tests").glob("*/*.json"))

MISNAMED = {
    "BaseSubsetDatasetFacet": "InputSubsetInputDatasetFacet",
    "DatasetTypeDatasetFacet": "DatasetTypeDatasetFacet",
    "LifecycleStateChangeDatasetFacet": "LifecycleStateChangeDatasetFacet",
}
"""Examples whose ``_schemaURL`` names another facet or none; the facet that they show."""


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(SPEC)


def facets(path: Path) -> dict[str, dict[str, Any]]:
    """The example's facets, with the right schema named."""
    content: dict[str, dict[str, Any]] = json.loads(path.read_text())
    name = MISNAMED.get(path.parent.name)
    if name is not None:
        for facet in content.values():
            facet["_schemaURL"] = f"https://openlineage.io/spec/facets/1-0-0/{name}.json"
    return content


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_of_the_specification_is_accepted(path: Path, validator: Validator) -> None:
    """Under its own key and by the name of its schema."""
    for key, facet in facets(path).items():
        assert validator.facet_problems(facet, key) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_with_a_damaged_value_is_rejected(path: Path, validator: Validator) -> None:
    """Every facet's own properties are looked at, not the base alone."""
    for key, facet in facets(path).items():
        own = [name for name in facet if not name.startswith("_")]
        damaged = [{**facet, name: 1.5j.imag if facet[name] != 1.5 else "x"} for name in own]
        assert any(validator.facet_problems(each, key) for each in damaged)


@pytest.mark.parametrize("name", sorted(MISNAMED))
def test_an_example_that_names_the_wrong_schema_is_rejected(
    name: str, validator: Validator
) -> None:
    """As the specification's repository has them: their URL leads elsewhere."""
    path = SPEC / "tests" / name / "1.json"
    for key, facet in json.loads(path.read_text()).items():
        assert validator.facet_problems(facet, key)


def event() -> dict[str, Any]:
    """A small valid run event."""
    return {
        "eventTime": "2026-01-01T00:00:00.5Z",
        "eventType": "START",
        "producer": "https://example.com/x",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": "019b796d-d600-74ac-9105-a1a4d4144de8", "facets": {}},
        "job": {
            "namespace": "n",
            "name": "j",
            "facets": {
                "sql": {
                    "query": "select 1",
                    "_producer": "https://example.com/x",
                    "_schemaURL": "https://openlineage.io/spec/facets/1-0-1/SQLJobFacet.json",
                }
            },
        },
        "inputs": [{"namespace": "n", "name": "i"}],
    }


def test_a_valid_event_is_accepted() -> None:
    """As an object, as text and as bytes; an older minor version of a facet is fine."""
    validate(event(), SPEC)
    validate(json.dumps(event()), SPEC)
    validate(json.dumps(event()).encode(), SPEC)


def _set(content: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(content)
    place = changed
    *parents, last = path.split("/")
    for name in parents:
        place = place[name]
    place[last] = value
    return changed


def _sql() -> dict[str, Any]:
    sql: dict[str, Any] = event()["job"]["facets"]["sql"]
    return sql


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("eventTime", "2026-01-01T00:00:00", "date-time"),
        ("eventTime", "yesterday", "date-time"),
        ("eventType", "DONE", "DONE"),
        ("producer", "not a uri", "uri"),
        ("run/runId", "7", "uuid"),
        ("job/name", 7, "string"),
        ("inputs", [{"namespace": "n"}], "name"),
        ("job/facets/sql/query", 7, "job.facets.sql.query"),
        ("job/facets/sql/_producer", None, "job.facets.sql._producer"),
        ("job/facets/sql/_schemaURL", "https://x/Unheard.json", "Unheard"),
        ("job/facets", {"query": _sql()}, "belongs under sql"),
        ("run/facets", {"sql": _sql()}, "a RunFacet is expected"),
        ("inputs", [{"namespace": "n", "name": "i", "facets": {"sql": _sql()}}], "inputs[0]"),
        ("job/facets/sql", "select 1", "not an object"),
    ],
)
def test_an_event_that_the_specification_forbids_is_rejected(
    path: str, value: object, problem: str
) -> None:
    """The message names the place."""
    with pytest.raises(InvalidEvent, match=problem.replace("[", r"\[")):
        validate(_set(event(), path, value), SPEC)


def test_job_and_dataset_events_are_validated_by_their_own_schema(validator: Validator) -> None:
    """An event without a run is one of these."""
    job = event()
    del job["run"], job["eventType"]
    assert validator.problems(job) == []
    dataset = {key: job[key] for key in ("eventTime", "producer", "schemaURL")}
    assert validator.problems({**dataset, "dataset": {"namespace": "n", "name": "d"}}) == []
    assert validator.problems({**dataset, "dataset": {"namespace": "n"}})
    assert validator.problems(dataset)
    assert validator.problems([])  # type: ignore[arg-type] # what a broken file may hold


def test_a_file_of_schemas_can_be_added(tmp_path: Path) -> None:
    """Integrations keep the schemas of their own facets beside their code."""
    own = json.loads((SPEC / "facets" / "SQLJobFacet.json").read_text())
    text = json.dumps(own).replace("SQLJobFacet", "MineJobFacet").replace('"sql"', '"mine"')
    (tmp_path / "MineJobFacet.json").write_text(text)
    mine = {**_sql(), "_schemaURL": "https://example.com/MineJobFacet.json#/$defs/MineJobFacet"}
    content = _set(event(), "job/facets", {"mine": mine})
    assert Validator(SPEC).problems(content)
    assert Validator(SPEC, tmp_path).problems(content) == []
