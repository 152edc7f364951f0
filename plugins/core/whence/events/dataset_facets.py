"""The dataset's facets: columns, source, kind, people, and what a run checked or wrote.

Must not redact or mask: texts come in as they may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from openlineage.client.generated import (
    catalog_dataset,
    data_quality_assertions_dataset,
    dataset_type_dataset,
    dataset_version_dataset,
    datasource_dataset,
    documentation_dataset,
    hierarchy_dataset,
    lifecycle_state_change_dataset,
    output_statistics_output_dataset,
    ownership_dataset,
    schema_dataset,
    symlinks_dataset,
    tags_dataset,
)
from openlineage.client.generated.base import (
    DatasetFacet,
    InputDatasetFacet,
    OutputDatasetFacet,
)

from whence.events.values import Check, Owner, Tag
from whence.model import Dataset, Field

LifecycleState = Literal["ALTER", "CREATE", "DROP", "OVERWRITE", "RENAME", "TRUNCATE"]


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a dataset's hierarchy, e.g. ``Level("SCHEMA", "main")``."""

    type: str
    name: str


def schema_facet(
    fields: Iterable[Field], descriptions: Mapping[str, str] | None = None
) -> dict[str, DatasetFacet]:
    """The ``schema`` facet (1-2-0), or {} where no column is known.

    Args:
        fields: In the table's order, which becomes ``ordinal_position`` from 1.
        descriptions: Text by column.
    """
    texts = descriptions or {}
    columns = [
        schema_dataset.SchemaDatasetFacetFields(
            name=field.name,
            type=field.type,
            description=texts.get(field.name) or None,
            ordinal_position=position,
            fields=None,
        )
        for position, field in enumerate(fields, start=1)
    ]
    return {"schema": schema_dataset.SchemaDatasetFacet(fields=columns)} if columns else {}


def datasource_facet(name: str, uri: str) -> dict[str, DatasetFacet]:
    """The ``dataSource`` facet (1-0-1); usually both are the dataset's namespace."""
    return {"dataSource": datasource_dataset.DatasourceDatasetFacet(name=name, uri=uri)}


def dataset_documentation_facet(text: str | None) -> dict[str, DatasetFacet]:
    """The ``documentation`` facet of a dataset (1-1-0), or {} where there is no text."""
    if not text:
        return {}
    return {"documentation": documentation_dataset.DocumentationDatasetFacet(description=text)}


def dataset_ownership_facet(owners: Iterable[Owner]) -> dict[str, DatasetFacet]:
    """The ``ownership`` facet of a dataset (1-0-1), in the given order; {} for none."""
    people = [ownership_dataset.Owner(name=owner.name, type=owner.type) for owner in owners]
    return {"ownership": ownership_dataset.OwnershipDatasetFacet(owners=people)} if people else {}


def dataset_tags_facet(tags: Iterable[Tag]) -> dict[str, DatasetFacet]:
    """The ``tags`` facet of a dataset and its columns (1-0-0), in the given order; {} for none."""
    fields = [
        tags_dataset.TagsDatasetFacetFields(
            key=tag.key, value=tag.value, source=tag.source, field=tag.column
        )
        for tag in tags
    ]
    return {"tags": tags_dataset.TagsDatasetFacet(tags=fields)} if fields else {}


def dataset_type_facet(type: str, sub_type: str | None = None) -> dict[str, DatasetFacet]:
    """The ``datasetType`` facet (1-0-1), e.g. ``TABLE``, ``VIEW`` with ``MATERIALIZED``."""
    facet = dataset_type_dataset.DatasetTypeDatasetFacet(datasetType=type, subType=sub_type)
    return {"datasetType": facet}


def dataset_version_facet(version: str) -> dict[str, DatasetFacet]:
    """The ``version`` facet (1-0-1): the version that was read or written."""
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=version)}


def lifecycle_facet(
    state: LifecycleState, previous: Dataset | None = None
) -> dict[str, DatasetFacet]:
    """The ``lifecycleStateChange`` facet (1-0-1); ``previous`` is the old name of a RENAME."""
    before = None
    if previous is not None:
        before = lifecycle_state_change_dataset.PreviousIdentifier(
            namespace=previous.namespace, name=previous.name
        )
    facet = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(
        lifecycleStateChange=lifecycle_state_change_dataset.LifecycleStateChange[state],
        previousIdentifier=before,
    )
    return {"lifecycleStateChange": facet}


def symlinks_facet(others: Iterable[Dataset], type: str = "TABLE") -> dict[str, DatasetFacet]:
    """The ``symlinks`` facet (1-0-1): other names of the same dataset, sorted; {} for none."""
    identifiers = [
        symlinks_dataset.Identifier(namespace=other.namespace, name=other.name, type=type)
        for other in sorted(others)
    ]
    if not identifiers:
        return {}
    return {"symlinks": symlinks_dataset.SymlinksDatasetFacet(identifiers=identifiers)}


def catalog_facet(
    framework: str, type: str, name: str, warehouse_uri: str | None = None
) -> dict[str, DatasetFacet]:
    """The ``catalog`` facet (1-1-0), e.g. ``("iceberg", "glue", "lake", "s3://lake/")``."""
    facet = catalog_dataset.CatalogDatasetFacet(
        framework=framework,
        type=type,
        name=name,
        warehouseUri=warehouse_uri,
        catalogProperties=None,
    )
    return {"catalog": facet}


def hierarchy_facet(levels: Iterable[Level]) -> dict[str, DatasetFacet]:
    """The ``hierarchy`` facet (1-0-0), from the highest level down; {} for none."""
    steps = [
        hierarchy_dataset.HierarchyDatasetFacetLevel(type=level.type, name=level.name)
        for level in levels
    ]
    return {"hierarchy": hierarchy_dataset.HierarchyDatasetFacet(hierarchy=steps)} if steps else {}


def assertions_facet(checks: Iterable[Check]) -> dict[str, InputDatasetFacet]:
    """The ``dataQualityAssertions`` facet (1-1-0) of an input that was checked; {} for none.

    Checks that did not run are left out: the facet can only say success or failure. They stand
    in the run's ``test`` facet.
    """
    assertions = [_assertion(check) for check in checks if check.status != "skip"]
    if not assertions:
        return {}
    facet = data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(assertions=assertions)
    return {"dataQualityAssertions": facet}


def _assertion(check: Check) -> data_quality_assertions_dataset.Assertion:
    return data_quality_assertions_dataset.Assertion(
        assertion=check.type,
        success=check.status == "pass",
        column=check.column,
        severity=check.severity,
        name=check.name,
        description=check.description,
        expected=check.expected,
        actual=check.actual,
        content=check.content,
        contentType=check.content_type,
        params=dict(check.params) or None,
    )


def output_statistics_facet(
    rows: int | None = None, size_bytes: int | None = None, files: int | None = None
) -> dict[str, OutputDatasetFacet]:
    """The ``outputStatistics`` facet (1-0-2) of what a run wrote; {} where nothing is known."""
    if rows is None and size_bytes is None and files is None:
        return {}
    facet = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=rows, size=size_bytes, fileCount=files
    )
    return {"outputStatistics": facet}
