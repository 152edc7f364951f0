"""Spooled bytes as OpenLineage's own objects, for its client and transports, unchanged."""

from __future__ import annotations

import json

import pytest
from openlineage.client.facet_v2 import parent_run

from whence.errors import BadInput
from whence.events import canonical
from whence.transports.enrich import enricher
from whence.transports.rebuild import rebuild

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
FACET = {"_producer": "https://example.org", "_schemaURL": "https://example.org/newer.json"}
JOB = {
    "namespace": "n",
    "name": "j",
    "facets": {
        "jobType": {**FACET, "processingType": "BATCH", "integration": "DBT"},
        "tags": {**FACET, "tags": [{"key": "a", "value": "b", "source": "X"}]},
    },
}
OUTPUT = {
    "namespace": "n",
    "name": "d",
    "facets": {
        "columnLineage": {
            **FACET,
            "fields": {"c": {"inputFields": [{"namespace": "n", "name": "i", "field": "f"}]}},
        },
        "unheard_of": {**FACET, "deep": [{"x": 1}]},
    },
    "outputFacets": {"outputStatistics": {**FACET, "rowCount": 3}},
}
RUN = {
    "runId": "01900000-0000-7000-8000-000000000001",
    "facets": {
        "parent": {
            **FACET,
            "run": {"runId": "01900000-0000-7000-8000-000000000002"},
            "job": {"namespace": "n", "name": "mother"},
            "more": True,
        }
    },
}
BASE = {"eventTime": "2026-01-01T00:00:00Z", "producer": "https://example.org"}
EVENTS = {
    "run": {
        **BASE,
        "schemaURL": SPEC + "RunEvent",
        "eventType": "START",
        "run": RUN,
        "job": JOB,
        "inputs": [],
        "outputs": [OUTPUT],
    },
    "bare run": {
        **BASE,
        "schemaURL": SPEC + "RunEvent",
        "run": {"runId": RUN["runId"]},
        "job": JOB,
    },
    "job": {**BASE, "schemaURL": SPEC + "JobEvent", "job": JOB, "outputs": [OUTPUT]},
    "dataset": {
        **BASE,
        "schemaURL": SPEC + "DatasetEvent",
        "dataset": {"namespace": "n", "name": "d", "facets": OUTPUT["facets"]},
    },
}


@pytest.mark.parametrize("kind", EVENTS)
def test_an_event_serialises_to_what_was_read(kind):
    """Facets, known and unknown, their versions and extra properties come back as they were."""
    line = canonical(EVENTS[kind])
    assert canonical(rebuild(line)) == line


def test_a_transport_finds_the_facets_it_looks_into():
    """Kafka's keys are made from the parent facet's object."""
    facets = rebuild(canonical(EVENTS["run"])).run.facets
    assert isinstance(facets["parent"], parent_run.ParentRunFacet)
    assert facets["parent"].job.name == "mother"


@pytest.mark.parametrize("line", [b"[]", b"{}", b"nonsense", b'{"run": 1}'])
def test_what_is_no_event_is_refused(line):
    """With the bytes in the message."""
    with pytest.raises(BadInput, match="not an OpenLineage event"):
        rebuild(line)


def test_enriching_twice_changes_nothing_more(config):
    """What the client adds, it adds once."""
    enrich = enricher(config)
    once = enrich(canonical(EVENTS["run"]))
    assert once is not None
    assert enrich(once) == once
    assert json.loads(once)["job"] == JOB
