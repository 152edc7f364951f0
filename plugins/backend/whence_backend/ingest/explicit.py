"""The explicit lineage facets (spec/facets/LineageFacet.json 1-0-0), of datasets and of jobs.

Must not fall back to anything else: what the facet does not say is another tier's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whence.model import Dataset
from whence_backend.ingest.reading import dict_of, list_of, text_of
from whence_backend.ingest.refs import Edge, EdgeKind, How, NodeKind, Ref, how_of


def job_lineage(own_job: Ref, facet: dict[str, Any], rest: EdgeKind) -> Iterator[Edge]:
    """The edges of a LineageJobFacet.

    Args:
        own_job: What an entry or input of type JOB means when it bears no name.
        facet: The facet, however broken.
        rest: What joins a target whose fields are given with an input that none of them has.
    """
    for entry in map(dict_of, list_of(facet.get("entries"))):
        target = _node(entry, own_job)
        if target is not None:
            yield from _entry(target, entry, own_job, rest)


def dataset_lineage(dataset: Dataset, facet: dict[str, Any], rest: EdgeKind) -> Iterator[Edge]:
    """The edges of a LineageDatasetFacet on ``dataset``; ``rest`` as for `job_lineage`."""
    yield from _entry(Ref.of(dataset), facet, None, rest)


def _entry(
    target: Ref, entry: dict[str, Any], own_job: Ref | None, rest: EdgeKind
) -> Iterator[Edge]:
    fields = dict_of(entry.get("fields")) if target.kind != NodeKind.JOB else {}
    for source, field, how in _inputs(entry, own_job):
        if field:
            yield Edge(EdgeKind.INFLUENCE, source.column(field), target, how)
        elif source != target:
            yield Edge(rest if fields else EdgeKind.COARSE, source, target, how)
    for name, value in fields.items():
        for source, field, how in _inputs(dict_of(value), own_job):
            origin = source.column(field) if field else source
            yield Edge(EdgeKind.COLUMN, origin, target.column(name), how)


def _inputs(entry: dict[str, Any], own_job: Ref | None) -> Iterator[tuple[Ref, str, How]]:
    for item in map(dict_of, list_of(entry.get("inputs"))):
        source = _node(item, own_job)
        if source is None:
            continue
        field = text_of(item.get("field")) if source.kind == NodeKind.TABLE else ""
        for how in [how_of(each) for each in list_of(item.get("transformations"))] or [How()]:
            yield source, field, how


def _node(item: dict[str, Any], own_job: Ref | None) -> Ref | None:
    namespace, name = text_of(item.get("namespace")), text_of(item.get("name"))
    if text_of(item.get("type")).upper() == "JOB":
        return Ref.job(namespace, name) if name else own_job
    return Ref.table_named(namespace, name) if name else None
