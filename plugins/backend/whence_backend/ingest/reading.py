"""An event as plain values: tolerant of null and unknown facets, strict about what identifies it.

Must not derive lineage; see `whence_backend.ingest.lineage`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from whence.errors import BadInput
from whence.model import Dataset
from whence_backend import times
from whence_backend.ingest.slicing import Sliced, slice_event

EventKind = Literal["run", "job", "dataset"]
Facets = dict[str, dict[str, Any]]

RANKS = {"START": 0, "RUNNING": 1, "OTHER": 2, "COMPLETE": 3, "FAIL": 4, "ABORT": 5}
"""Order of the event types at one instant; types we do not know count as OTHER."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A dataset as one event mentions it.

    Attributes:
        dataset: Its namespace and name.
        facets: ``facets`` together with ``inputFacets`` or ``outputFacets``; objects only.
    """

    dataset: Dataset
    facets: Facets


@dataclass(frozen=True, slots=True)
class Event:
    """One OpenLineage event.

    Attributes:
        kind: ``run``, ``job`` or ``dataset`` (RunEvent, JobEvent, DatasetEvent).
        type: The eventType in capitals, OTHER where a run event has none or an unknown one;
            "" for job and dataset events.
        instant: The eventTime, microseconds.
        run_id: As received, any text; "" without a run.
        job: (namespace, name), None for a dataset event.
        inputs: In the event's order.
        outputs: In the event's order; a dataset event's dataset is its one output.
        sliced: The text and where its facets are.
    """

    kind: EventKind
    type: str
    instant: int
    run_id: str
    run_facets: Facets
    job: tuple[str, str] | None
    job_facets: Facets
    inputs: tuple[Mention, ...]
    outputs: tuple[Mention, ...]
    sliced: Sliced


def read_event(line: bytes) -> Event:
    """The event in ``line``.

    Raises:
        BadInput: It is not JSON, or lacks a time, a name or a run id.
    """
    sliced = slice_event(line)
    value = sliced.value
    run, job, dataset = (value.get(key) for key in ("run", "job", "dataset"))
    if isinstance(run, dict):
        return _run_event(sliced, run, _object(job, "job"))
    if isinstance(job, dict):
        return _event(sliced, "job", job=job)
    if isinstance(dataset, dict):
        return _event(sliced, "dataset", dataset=dataset)
    raise BadInput("not an OpenLineage event: it has neither a run, a job nor a dataset")


def canonical(event: Event) -> bytes:
    """The event as JSON in UTF-8 with sorted keys and no space: the same however formatted.

    Run id, type and time are in it, so that its digest is the event's identity.

    Raises:
        BadInput: It is nested too deeply to be written.
    """
    try:
        text = json.dumps(
            event.sliced.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
    except RecursionError as error:
        raise BadInput("nested too deeply") from error
    return text.encode()


def _run_event(sliced: Sliced, run: dict[str, Any], job: dict[str, Any]) -> Event:
    event_type = str(sliced.value.get("eventType") or "OTHER").upper()
    return _event(
        sliced,
        "run",
        type=event_type if event_type in RANKS else "OTHER",
        run=run,
        job=job,
    )


def _event(
    sliced: Sliced,
    kind: EventKind,
    *,
    type: str = "",
    run: dict[str, Any] | None = None,
    job: dict[str, Any] | None = None,
    dataset: dict[str, Any] | None = None,
) -> Event:
    value = sliced.value
    outputs = (dataset,) if dataset is not None else list_of(value.get("outputs"))
    return Event(
        kind=kind,
        type=type,
        instant=times.parse(_text(value, "eventTime", "the event")),
        run_id=_text(run, "runId", "the run") if run is not None else "",
        run_facets=_facets(run, "facets"),
        job=None if job is None else (_text(job, "namespace", "job"), _text(job, "name", "job")),
        job_facets=_facets(job, "facets"),
        inputs=_mentions(list_of(value.get("inputs")) if dataset is None else (), "inputFacets"),
        outputs=_mentions(outputs, "outputFacets"),
        sliced=sliced,
    )


def _mentions(items: Any, own_facets: str) -> tuple[Mention, ...]:
    mentions = []
    for item in items:
        dataset = _object(item, "dataset")
        name = Dataset(
            _text(dataset, "namespace", "a dataset"), _text(dataset, "name", "a dataset")
        )
        facets = _facets(dataset, "facets") | _facets(dataset, own_facets)
        mentions.append(Mention(name, facets))
    return tuple(mentions)


def _facets(owner: dict[str, Any] | None, key: str) -> Facets:
    facets = (owner or {}).get(key)
    if not isinstance(facets, dict):
        return {}
    return {name: facet for name, facet in facets.items() if isinstance(facet, dict)}


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(f"the {what} is not an object")
    return value


def _text(owner: dict[str, Any], key: str, what: str) -> str:
    text = owner.get(key)
    if not isinstance(text, str) or not text:
        raise BadInput(f"{what} has no {key}")
    return text


def list_of(value: Any) -> list[Any]:
    """``value`` where it is a list, else nothing."""
    return value if isinstance(value, list) else []


def dict_of(value: Any) -> dict[str, Any]:
    """``value`` where it is an object, else nothing."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    """``value`` where it is text, else ""."""
    return value if isinstance(value, str) else ""
