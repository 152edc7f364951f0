"""Run, job and dataset events.

Must not decide what goes on them: facets come in ready, under their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

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
from openlineage.client.generated.base import (
    BaseFacet,
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
    RunFacet,
)

from whence import model

EventType = Literal["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]

_F = TypeVar("_F", bound=BaseFacet)
_D = TypeVar("_D", InputDataset, OutputDataset)


def producer(folder: str, version: str) -> str:
    """The URI of the code that makes an event, e.g. ``producer("dbt_adapter", "0.1.0")``."""
    return f"https://github.com/whence-lineage/whence/tree/v{version}/{folder}"


def run_event(
    event_type: EventType,
    time: str,
    run_id: str,
    job: Job,
    *,
    producer: str,
    facets: Mapping[str, RunFacet] | None = None,
    inputs: Iterable[InputDataset] = (),
    outputs: Iterable[OutputDataset] = (),
) -> RunEvent:
    """One transition of a run.

    Args:
        event_type: The transition.
        time: When the host says it happened, ISO-8601 with a time zone.
        run_id: The run's UUID; see `whence.ids.run_id`.
        job: The job, with its facets.
        producer: See `producer`; it is set on every facet too.
        facets: The run's facets by key.
        inputs: Datasets read, in any order.
        outputs: Datasets written, in any order.
    """
    return RunEvent(
        eventType=RunState[event_type],
        eventTime=time,
        run=Run(runId=run_id, facets=_made_by(producer, facets)),
        job=_job(producer, job),
        inputs=[_input(producer, dataset) for dataset in _in_order(inputs)],
        outputs=[_output(producer, dataset) for dataset in _in_order(outputs)],
        producer=producer,
    )


def job_event(
    time: str,
    job: Job,
    *,
    producer: str,
    inputs: Iterable[InputDataset] = (),
    outputs: Iterable[OutputDataset] = (),
) -> JobEvent:
    """What a job is declared to do, without a run; arguments as in `run_event`."""
    return JobEvent(
        eventTime=time,
        job=_job(producer, job),
        inputs=[_input(producer, dataset) for dataset in _in_order(inputs)],
        outputs=[_output(producer, dataset) for dataset in _in_order(outputs)],
        producer=producer,
    )


def dataset_event(
    time: str,
    dataset: model.Dataset,
    facets: Mapping[str, DatasetFacet],
    *,
    producer: str,
) -> DatasetEvent:
    """What is known of a dataset, without a job; arguments as in `run_event`."""
    static = StaticDataset(
        namespace=dataset.namespace, name=dataset.name, facets=_made_by(producer, facets)
    )
    return DatasetEvent(eventTime=time, dataset=static, producer=producer)


def input_dataset(
    dataset: model.Dataset,
    facets: Mapping[str, DatasetFacet] | None = None,
    input_facets: Mapping[str, InputDatasetFacet] | None = None,
) -> InputDataset:
    """A dataset that was read: its facets, and those of this reading (checks, statistics)."""
    return InputDataset(
        namespace=dataset.namespace,
        name=dataset.name,
        facets=dict(facets or {}),
        inputFacets=dict(input_facets or {}),
    )


def output_dataset(
    dataset: model.Dataset,
    facets: Mapping[str, DatasetFacet] | None = None,
    output_facets: Mapping[str, OutputDatasetFacet] | None = None,
) -> OutputDataset:
    """A dataset that was written: its facets, and those of this writing (statistics)."""
    return OutputDataset(
        namespace=dataset.namespace,
        name=dataset.name,
        facets=dict(facets or {}),
        outputFacets=dict(output_facets or {}),
    )


def _made_by(producer: str, facets: Mapping[str, _F] | None) -> dict[str, _F]:
    """The facets with their producer said."""
    return {key: attr.evolve(facet, producer=producer) for key, facet in (facets or {}).items()}


def _job(producer: str, job: Job) -> Job:
    return attr.evolve(job, facets=_made_by(producer, job.facets))


def _input(producer: str, dataset: InputDataset) -> InputDataset:
    return attr.evolve(
        dataset,
        facets=_made_by(producer, dataset.facets),
        inputFacets=_made_by(producer, dataset.inputFacets),
    )


def _output(producer: str, dataset: OutputDataset) -> OutputDataset:
    return attr.evolve(
        dataset,
        facets=_made_by(producer, dataset.facets),
        outputFacets=_made_by(producer, dataset.outputFacets),
    )


def _in_order(datasets: Iterable[_D]) -> list[_D]:
    return sorted(datasets, key=lambda dataset: (dataset.namespace, dataset.name))
