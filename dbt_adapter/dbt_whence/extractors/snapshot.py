"""Snapshots: the query's columns, and the columns dbt adds to tell versions apart.

The added columns follow dbt's own macros (``snapshots/strategies.sql``); must not guess others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from dbt_whence.extractors.model import complete, read
from dbt_whence.extractors.scope import NodeCapture, Scope
from dbt_whence.naming import Relations
from whence.model import Column, ColumnEdge, Dataset, Field, Lineage, Transformation

META = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to")


def extract(node: NodeCapture, scope: Scope) -> Lineage:
    """The lineage of a snapshot."""
    target = scope.relations.of_node(node.facts)
    if target is None:
        return Lineage()
    lineage = read(node, scope, target)
    config = _stored(node.facts.config or {}, scope.relations)
    edges = {*lineage.edges, *_meta_edges(lineage, target, config)}
    schemas = dict(lineage.schemas)
    if target in schemas:
        schemas[target] = (*schemas[target], *_meta_fields(config))
    lineage = replace(lineage, edges=tuple(sorted(edges)), schemas=schemas)
    return complete(node, scope, lineage, target)


def _stored(config: dict[str, Any], relations: Relations) -> dict[str, Any]:
    """``config`` with its names of columns as the system stores them."""
    key = config.get("unique_key") or ()
    updated = config.get("updated_at")
    names = config.get("snapshot_meta_column_names") or {}
    return {
        **config,
        "unique_key": [relations.column(each) for each in ([key] if isinstance(key, str) else key)],
        "updated_at": updated and relations.column(updated),
        "snapshot_meta_column_names": {
            name: relations.column(names.get(name) or name) for name in (*META, "dbt_is_deleted")
        },
    }


def _meta_fields(config: dict[str, Any]) -> tuple[Field, ...]:
    names: dict[str, str] = config["snapshot_meta_column_names"]
    wanted = [names[name] for name in META]
    if config.get("hard_deletes") == "new_record":
        wanted.append(names["dbt_is_deleted"])
    return tuple(Field(name) for name in wanted)


def _meta_edges(lineage: Lineage, target: Dataset, config: dict[str, Any]) -> Iterable[ColumnEdge]:
    """The added columns hold the key's hash, and the time of change where the data have one."""
    names: dict[str, str] = config["snapshot_meta_column_names"]
    keys = config["unique_key"]
    changed = [config["updated_at"]] if config.get("updated_at") else []
    if config.get("strategy") != "timestamp":
        changed = []
    for edge in lineage.edges:
        name = edge.target.name
        if name in keys or name in changed:
            yield _onto(
                edge, target, names["dbt_scd_id"], Transformation("DIRECT", "TRANSFORMATION", True)
            )
        if name in changed:
            for same in ("dbt_updated_at", "dbt_valid_from"):
                yield _onto(edge, target, names[same], edge.transformation)
            ended = Transformation("DIRECT", "TRANSFORMATION", edge.transformation.masking)
            yield _onto(edge, target, names["dbt_valid_to"], ended)


def _onto(edge: ColumnEdge, target: Dataset, column: str, how: Transformation) -> ColumnEdge:
    """The same source bearing on another column; an INDIRECT edge stays what it is."""
    kept = edge.transformation if edge.transformation.type == "INDIRECT" else how
    return ColumnEdge(Column(target, column), edge.source, kept)
