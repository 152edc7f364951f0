"""Column lineage twice: the ``columnLineage`` facet of outputs and the job's ``lineage`` facet.

Must not resolve anything: it writes down a `Lineage` as OpenLineage spells it.
"""

from __future__ import annotations

from collections.abc import Iterable

from openlineage.client.generated import column_lineage_dataset as column_lineage
from openlineage.client.generated import lineage as explicit
from openlineage.client.generated.base import DatasetFacet, JobFacet

from whence.model import Column, Dataset, Lineage, Transformation

_Sources = dict[Column, set[Transformation]]
"""Input columns, each with every way in which it bears on the output."""


def column_lineage_facets(lineage: Lineage, dataset: Dataset) -> dict[str, DatasetFacet]:
    """The ``columnLineage`` facet (1-2-0) of one output.

    ``fields`` holds what bears on a single column (DIRECT, and INDIRECT of kind WINDOW and
    CONDITIONAL), ``dataset`` what bears on every row (JOIN, FILTER, GROUP_BY, SORT).

    Returns:
        The facet under its key, or {} where nothing is known.
    """
    fields = _by_field(lineage, dataset)
    influences = _influences(lineage, dataset)
    if not fields and not influences:
        return {}
    facet = column_lineage.ColumnLineageDatasetFacet(
        fields={
            name: column_lineage.Fields(inputFields=_input_fields(sources))
            for name, sources in fields.items()
        },
        dataset=_input_fields(influences),
    )
    return {"columnLineage": facet}


def lineage_job_facet(lineage: Lineage) -> dict[str, JobFacet]:
    """The explicit ``lineage`` facet (1-0-0) of a job: one entry an output.

    An entry's ``inputs`` are the datasets that feed the output and the columns that bear on its
    every row; its ``fields`` are as in `column_lineage_facets`. No inputs is said (``[]``) where
    the output has none, and left open where gaps may hide them.

    Returns:
        The facet under its key, or {} where there are no outputs.
    """
    if not lineage.outputs:
        return {}
    entries: list[explicit.LineageEntry] = [_entry(lineage, output) for output in lineage.outputs]
    return {"lineage": explicit.LineageJobFacet(entries=entries)}


def _entry(lineage: Lineage, output: Dataset) -> explicit.LineageDatasetEntry:
    fields = _by_field(lineage, output)
    influences = _influences(lineage, output)
    inputs: list[explicit.LineageInput] = [
        explicit.LineageDatasetInput(
            namespace=source.namespace, name=source.name, type="DATASET", transformations=None
        )
        for source in _feeding(lineage, output)
    ]
    inputs.extend(_explicit_inputs(influences))
    return explicit.LineageDatasetEntry(
        namespace=output.namespace,
        name=output.name,
        type="DATASET",
        inputs=None if lineage.gaps and not inputs else inputs,
        fields={
            name: explicit.LineageFieldEntry(inputs=_explicit_inputs(sources))
            for name, sources in fields.items()
        }
        or None,
    )


def _feeding(lineage: Lineage, output: Dataset) -> list[Dataset]:
    """The datasets that feed ``output``, sorted.

    Among several outputs an input feeds those that its columns reach; one whose columns reach
    none (``count(*)``, unresolved SQL) feeds them all.
    """
    if len(lineage.outputs) == 1:
        return sorted(lineage.inputs)
    reached: dict[Dataset, set[Dataset]] = {}
    for edge in lineage.edges:
        reached.setdefault(edge.source.dataset, set()).add(edge.target.dataset)
    for influence in lineage.influences:
        reached.setdefault(influence.source.dataset, set()).add(influence.target)
    return sorted(source for source in lineage.inputs if output in reached.get(source, {output}))


def _by_field(lineage: Lineage, dataset: Dataset) -> dict[str, _Sources]:
    fields: dict[str, _Sources] = {}
    for edge in lineage.edges:
        if edge.target.dataset == dataset:
            sources = fields.setdefault(edge.target.name, {})
            sources.setdefault(edge.source, set()).add(edge.transformation)
    return fields


def _influences(lineage: Lineage, dataset: Dataset) -> _Sources:
    sources: _Sources = {}
    for influence in lineage.influences:
        if influence.target == dataset:
            sources.setdefault(influence.source, set()).add(influence.transformation)
    return sources


def _input_fields(sources: _Sources) -> list[column_lineage.InputField]:
    return [
        column_lineage.InputField(
            namespace=column.dataset.namespace,
            name=column.dataset.name,
            field=column.name,
            transformations=[
                column_lineage.Transformation(
                    type=each.type,
                    subtype=each.subtype,
                    description=each.description or None,
                    masking=each.masking,
                )
                for each in sorted(sources[column])
            ],
        )
        for column in sorted(sources)
    ]


def _explicit_inputs(sources: _Sources) -> list[explicit.LineageInput]:
    return [
        explicit.LineageDatasetInput(
            namespace=column.dataset.namespace,
            name=column.dataset.name,
            type="DATASET",
            field=column.name,
            transformations=_explicit_transformations(sources[column]),
        )
        for column in sorted(sources)
    ]


def _explicit_transformations(
    transformations: Iterable[Transformation],
) -> list[explicit.LineageTransformation]:
    return [
        explicit.LineageTransformation(
            type=each.type,
            subtype=each.subtype,
            description=each.description or None,
            masking=each.masking,
        )
        for each in sorted(transformations)
    ]
