"""The edges an event claims: explicit lineage, else columnLineage, else inputs times outputs.

Must not know the store: edges run between names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from whence.model import Dataset
from whence_backend.ingest.explicit import dataset_lineage, job_lineage
from whence_backend.ingest.facts import GAPS
from whence_backend.ingest.reading import Event, Mention, dict_of, list_of, text_of
from whence_backend.ingest.refs import Edge, EdgeKind, How, Ref, how_of


class Claimed(NamedTuple):
    """What an event says about lineage.

    Attributes:
        edges: Sorted, each once.
        speaks: True where it names any dataset or lineage, so that its silence about
            an edge means something.
    """

    edges: tuple[Edge, ...]
    speaks: bool


def derive(event: Event) -> Claimed:
    """The claim of ``event``, by the precedence of OpenLineage's explicit lineage.

    The precedence holds for each target: an output that the lineage facet does not
    mention still has its columnLineage, and without that all the inputs.
    """
    found = set(_explicit(event))
    told = {edge.dst.table() for edge in found} | _mentioned(event)
    silent = [mention for mention in event.outputs if Ref.of(mention.dataset) not in told]
    fine = [mention for mention in silent if "columnLineage" in mention.facets]
    for mention in fine:
        found.update(_column_lineage(mention))
    used = {edge.src.table() for edge in found}
    inputs = [Ref.of(mention.dataset) for mention in event.inputs]
    for mention in silent:
        # What no facet accounts for was still read: it may have gone into any of them.
        sources = inputs if mention not in fine else [ref for ref in inputs if ref not in used]
        target = Ref.of(mention.dataset)
        kind = unmentioned(event) if mention in fine else EdgeKind.COARSE
        found.update(Edge(kind, ref, target, How()) for ref in sources if ref != target)
    found = set(_with_tables(found))
    found.update(_job_edges(event))
    speaks = bool(found or event.inputs or event.outputs)
    return Claimed(tuple(sorted(found)), speaks)


def unmentioned(event: Event) -> EdgeKind:
    """What joins a target whose columns' lineage is given with an input that it leaves out.

    Such an input gives rows and no column (``count(*)``), unless the event itself says that
    something could not be resolved: then any of its columns may be in the target.
    """
    return (
        EdgeKind.COARSE if list_of(event.run_facets.get(GAPS, {}).get("gaps")) else EdgeKind.TABLE
    )


def _explicit(event: Event) -> Iterator[Edge]:
    rest = unmentioned(event)
    if event.job is not None:
        facet = event.job_facets.get("lineage") or event.run_facets.get("lineage") or {}
        yield from job_lineage(Ref.job(*event.job), facet, rest)
    for mention in (*event.inputs, *event.outputs):
        yield from dataset_lineage(mention.dataset, mention.facets.get("lineage", {}), rest)


def _mentioned(event: Event) -> set[Ref]:
    """Datasets whose explicit lineage is given, be it empty ("no tracked source")."""
    facet = event.job_facets.get("lineage") or event.run_facets.get("lineage") or {}
    entries = (dict_of(entry) for entry in list_of(facet.get("entries")))
    told = {
        Ref.table_named(text_of(entry.get("namespace")), text_of(entry.get("name")))
        for entry in entries
        if text_of(entry.get("type")).upper() != "JOB"
    }
    return told | {
        Ref.of(mention.dataset)
        for mention in event.outputs
        if {"inputs", "fields"} & mention.facets.get("lineage", {}).keys()
    }


def _column_lineage(mention: Mention) -> Iterator[Edge]:
    facet = mention.facets["columnLineage"]
    target = Ref.of(mention.dataset)
    for field, entry in dict_of(facet.get("fields")).items():
        given = dict_of(entry)
        for source, hows in _input_fields(given.get("inputFields"), given):
            for how in hows:
                yield Edge(EdgeKind.COLUMN, source, target.column(field), how)
    for source, hows in _input_fields(facet.get("dataset"), {}):
        for how in hows:
            yield Edge(EdgeKind.INFLUENCE, source, target, how)


def _input_fields(items: Any, entry: dict[str, Any]) -> Iterator[tuple[Ref, tuple[How, ...]]]:
    for item in map(dict_of, list_of(items)):
        name, field = text_of(item.get("name")), text_of(item.get("field"))
        if not name or not field:
            continue
        source = Ref.of(Dataset(text_of(item.get("namespace")), name)).column(field)
        given = [how_of(each) for each in list_of(item.get("transformations"))]
        yield source, tuple(given) or (_old_style(entry),)


def _old_style(entry: dict[str, Any]) -> How:
    """The transformation as version 1-0-0 gave it, once a target column."""
    described = text_of(entry.get("transformationDescription"))
    kind = text_of(entry.get("transformationType")).upper()
    if kind == "MASKED":
        return How("DIRECT", "TRANSFORMATION", True, described)
    return How("DIRECT", "IDENTITY" if kind == "IDENTITY" else "", False, described)


def _with_tables(edges: Iterable[Edge]) -> Iterator[Edge]:
    """``edges``, and for each pair of tables one edge that says whether columns back it."""
    backed: dict[tuple[Ref, Ref], str] = {}
    whole: dict[tuple[Ref, Ref], Edge] = {}
    for edge in edges:
        pair = edge.src.table(), edge.dst.table()
        if edge.kind in (EdgeKind.TABLE, EdgeKind.COARSE):
            whole[pair] = min(whole.get(pair, edge), edge)
            continue
        yield edge
        if backed.get(pair) != "DIRECT":
            backed[pair] = edge.how.type
    for (source, target), kind in backed.items():
        if source != target:
            yield Edge(EdgeKind.TABLE, source, target, How(kind))
    yield from (edge for pair, edge in whole.items() if pair not in backed)


def _job_edges(event: Event) -> Iterator[Edge]:
    if event.job is None:
        return
    job = Ref.job(*event.job)
    for mention in event.inputs:
        yield Edge(EdgeKind.CONSUMED, Ref.of(mention.dataset), job, How())
    for mention in event.outputs:
        yield Edge(EdgeKind.GENERATED, job, Ref.of(mention.dataset), How())
