"""Event bytes back into OpenLineage's own event objects, which its client and transports expect.

Must not add or change anything: the object serialises to what was read.
"""

from __future__ import annotations

import json
import types
import typing
from typing import Any, TypeVar

import attr
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    environment_variables_run,
    job_type_job,
    parent_run,
    tags_job,
    tags_run,
)

from whence.errors import BadInput

Event = RunEvent | JobEvent | DatasetEvent
Facets = dict[str, Any] | None
AnyDataset = TypeVar("AnyDataset", InputDataset, OutputDataset)

RUN_FACETS: dict[str, type[Any]] = {
    "parent": parent_run.ParentRunFacet,
    "tags": tags_run.TagsRunFacet,
    "environmentVariables": environment_variables_run.EnvironmentVariablesRunFacet,
}
JOB_FACETS: dict[str, type[Any]] = {
    "tags": tags_job.TagsJobFacet,
    "jobType": job_type_job.JobTypeJobFacet,
}
DATASET_FACETS: dict[str, type[Any]] = {
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
}
"""The facets that the client or a transport looks into; all others pass through as they are."""


def rebuild(line: bytes) -> Event:
    """The event object of one spooled line.

    Raises:
        BadInput: The line is not an OpenLineage event.
    """
    try:
        fields = json.loads(line)
        event = _event(fields)
        event.schemaURL = fields["schemaURL"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"not an OpenLineage event: {line[:80]!r} ({error})") from error
    return event


def _event(fields: dict[str, Any]) -> Event:
    base = {"eventTime": fields["eventTime"], "producer": fields["producer"]}
    inputs = _datasets(fields, "inputs", InputDataset, "inputFacets")
    outputs = _datasets(fields, "outputs", OutputDataset, "outputFacets")
    if "run" in fields:
        kind = fields.get("eventType")
        return RunEvent(
            **base,
            eventType=None if kind is None else RunState(kind),
            run=Run(fields["run"]["runId"], _facets(fields["run"], RUN_FACETS)),
            job=_job(fields["job"]),
            inputs=inputs,
            outputs=outputs,
        )
    if "job" in fields:
        return JobEvent(**base, job=_job(fields["job"]), inputs=inputs, outputs=outputs)
    dataset = fields["dataset"]
    facets = _facets(dataset, DATASET_FACETS)
    return DatasetEvent(
        **base, dataset=StaticDataset(dataset["namespace"], dataset["name"], facets=facets)
    )


def _job(fields: dict[str, Any]) -> Job:
    return Job(fields["namespace"], fields["name"], _facets(fields, JOB_FACETS))


def _datasets(
    fields: dict[str, Any], key: str, of: type[AnyDataset], own: str
) -> list[AnyDataset] | None:
    """The datasets at ``key``; ``own`` names the facets that only their side has."""
    if fields.get(key) is None:
        return None
    return [
        of(
            dataset["namespace"],
            dataset["name"],
            dataset.get(own),
            facets=_facets(dataset, DATASET_FACETS),
        )
        for dataset in fields[key]
    ]


def _facets(owner: dict[str, Any], known: dict[str, type[Any]]) -> Facets:
    facets: Facets = owner.get("facets")
    if facets is None:
        return None
    return {
        name: _facet(known[name], value) if name in known and not value.get("_deleted") else value
        for name, value in facets.items()
    }


def _facet(of: type[Any], value: dict[str, Any]) -> Any:
    facet = _structured(of, value)
    extra = {key: content for key, content in value.items() if key not in attr.fields_dict(of)}
    if extra:
        facet = facet.with_additional_properties(**extra)
    facet._schemaURL = value.get("_schemaURL", facet._schemaURL)
    return facet


def _structured(of: Any, value: Any) -> Any:
    """``value`` as the type that an attrs class declares for it."""
    if value is None:
        return None
    origin, arguments = typing.get_origin(of), typing.get_args(of)
    if origin in (types.UnionType, typing.Union):
        return _structured(next(kind for kind in arguments if kind is not type(None)), value)
    if origin is list:
        return [_structured(arguments[0], item) for item in value]
    if origin is dict:
        return {key: _structured(arguments[1], item) for key, item in value.items()}
    if not attr.has(of):
        return value
    attr.resolve_types(of)
    # What the event does not have is None, not the class's default: nothing may be added.
    return of(
        **{
            (field.alias or field.name): _structured(field.type, value.get(field.name))
            for field in attr.fields(of)
            if field.init and (field.name in value or _optional(field.type))
        }
    )


def _optional(of: Any) -> bool:
    return type(None) in typing.get_args(of)
