"""Models: the compiled SQL's lineage, united with what dbt's graph says.

Must not fail where the SQL cannot be read: the graph's parents remain as inputs.
"""

from __future__ import annotations

from dataclasses import replace

from dbt_whence.extractors.scope import NodeCapture, Scope
from whence.model import ColumnEdge, Dataset, Field, Gap, Lineage
from whence.sql import bind
from whence.sql import extract as extract_sql

HIDING = frozenset(
    (
        "star-unknown-table",
        "parse-error",
        "size-limit",
        "time-limit",
        "too-deep",
        "opaque-statement",
    )
)
"""Gaps behind which a relation may have columns that are not seen."""


def extract(node: NodeCapture, scope: Scope) -> Lineage:
    """The lineage of a SQL or Python model."""
    target = scope.relations.of_node(node.facts)
    if target is None or node.facts.materialized == "ephemeral":
        return Lineage()
    return complete(node, scope, read(node, scope, target), target)


def script(node: NodeCapture, scope: Scope) -> Lineage:
    """The lineage of an on-run-start or on-run-end hook: statements with their own targets."""
    return complete(node, scope, read(node, scope, None), None)


def read(node: NodeCapture, scope: Scope, target: Dataset | None) -> Lineage:
    """What the node's own text says; a gap where there is none that can be read."""
    if node.sql is None:
        return Lineage(outputs=() if target is None else (target,), gaps=(_no_sql(node),))
    found = extract_sql(
        node.sql,
        dialect=scope.relations.dialect,
        schema=scope,
        limits=scope.limits,
        fold=scope.relations.fold,
        masking=scope.masking,
    )
    return bind(found, scope.relations.of_table, target)


def _no_sql(node: NodeCapture) -> Gap:
    where = node.facts.unique_id
    if node.facts.language != "sql":
        return Gap("opaque-code", f"a model in {node.facts.language}, not SQL", where)
    return Gap("no-compiled-sql", "dbt compiled no SQL for this node", where)


def complete(node: NodeCapture, scope: Scope, lineage: Lineage, target: Dataset | None) -> Lineage:
    """``lineage`` with the graph's parents and known schemas."""
    inputs = tuple(sorted({*scope.parents(node.facts, node.sql), *lineage.inputs}))
    schemas = {each: scope.fields(each) for each in inputs}
    for output in lineage.outputs:
        schemas[output] = _written(lineage, output, schemas)
    if target is not None and not schemas.get(target):
        schemas[target] = scope.fields(target)
    return replace(
        lineage,
        inputs=inputs,
        schemas={each: fields for each, fields in schemas.items() if fields},
        gaps=_placed(lineage.gaps, node.facts.unique_id),
    )


def _written(
    lineage: Lineage, output: Dataset, known: dict[Dataset, tuple[Field, ...] | None]
) -> tuple[Field, ...]:
    """The columns of an output; none where a gap hides some of them.

    A column that is one other column unchanged has that column's type.
    """
    if any(gap.code in HIDING for gap in lineage.gaps):
        return ()
    sources: dict[str, list[ColumnEdge]] = {}
    for edge in lineage.edges:
        if edge.target.dataset == output and edge.transformation.type == "DIRECT":
            sources.setdefault(edge.target.name, []).append(edge)
    return tuple(
        _typed(each, sources.get(each.name, []), known) for each in lineage.schemas.get(output, ())
    )


def _typed(
    written: Field, edges: list[ColumnEdge], known: dict[Dataset, tuple[Field, ...] | None]
) -> Field:
    if written.type is not None or len(edges) != 1:
        return written
    source, how = edges[0].source, edges[0].transformation
    if how.subtype != "IDENTITY":
        return written
    fields = known.get(source.dataset) or ()
    same = next((each for each in fields if each.name == source.name), None)
    return written if same is None else Field(written.name, same.type)


def _placed(gaps: tuple[Gap, ...], unique_id: str) -> tuple[Gap, ...]:
    return tuple(gap if gap.where else replace(gap, where=unique_id) for gap in gaps)
