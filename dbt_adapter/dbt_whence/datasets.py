"""The facets of datasets that dbt knows: columns, descriptions, owners, kind, rows written.

Pure; must not name datasets.
"""

from __future__ import annotations

from dbt_whence.extractors import Scope
from dbt_whence.facts import FinishedFacts, NodeFacts
from whence import events as ol
from whence.model import Dataset, Field

KINDS = {"view": "VIEW", "materialized_view": "VIEW"}


def facets(
    scope: Scope, dataset: Dataset, fields: tuple[Field, ...] | None
) -> dict[str, ol.DatasetFacet]:
    """What is known of one dataset.

    Args:
        scope: The invocation's nodes.
        dataset: Read or written.
        fields: Its columns, None where they are unknown.
    """
    node = scope.node_of(dataset)
    known = ol.datasource_facet(dataset.namespace, dataset.namespace)
    if node is None:
        return {**known, **ol.schema_facet(fields or ())}
    texts = {column.name: column.description or "" for column in node.columns}
    return {
        **known,
        **ol.schema_facet(fields or (), texts),
        **ol.dataset_documentation_facet(node.description),
        **ol.dataset_ownership_facet([ol.Owner(owner, "OWNER") for owner in node.owners]),
        **ol.dataset_tags_facet(_tags(node)),
        **_kind(node),
    }


def _tags(node: NodeFacts) -> list[ol.Tag]:
    own = [ol.Tag(tag, source="DBT") for tag in node.tags]
    columns = [
        ol.Tag(tag, source="DBT", column=column.name)
        for column in node.columns
        for tag in column.tags
    ]
    return own + columns


def _kind(node: NodeFacts) -> dict[str, ol.DatasetFacet]:
    if node.resource_type == "source" or node.materialized is None:
        return {}
    return ol.dataset_type_facet(KINDS.get(node.materialized, "TABLE"))


def statistics(finished: FinishedFacts | None) -> dict[str, ol.OutputDatasetFacet]:
    """The rows a run wrote, where the adapter counts them (-1 means that it does not)."""
    rows = ((finished.response or {}) if finished is not None else {}).get("rows_affected")
    if isinstance(rows, bool) or not isinstance(rows, (int, float)) or rows < 0:
        return {}
    return ol.output_statistics_facet(rows=int(rows))
