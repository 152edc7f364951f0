"""``dbt clone``: each node's table is a copy of the one that the other state has.

Must not read SQL; nothing is compiled.
"""

from __future__ import annotations

from dbt_whence.extractors.scope import NodeCapture, Scope
from whence.model import Column, ColumnEdge, Gap, Lineage, Transformation


def extract(node: NodeCapture, scope: Scope) -> Lineage:
    """Every column of the copy is the same column of the original."""
    target = scope.relations.of_node(node.facts)
    if target is None or node.facts.deferred_relation is None:
        return Lineage()
    source = scope.relations.of_relation(node.facts.deferred_relation)
    fields = scope.fields(source) or scope.fields(target) or ()
    same = Transformation("DIRECT", "IDENTITY")
    edges = (ColumnEdge(Column(target, f.name), Column(source, f.name), same) for f in fields)
    unknown = Gap(
        "star-unknown-table", f"the columns of {source.name} are unknown", node.facts.unique_id
    )
    return Lineage(
        inputs=(source,),
        outputs=(target,),
        schemas={source: fields, target: fields} if fields else {},
        edges=tuple(sorted(edges)),
        gaps=() if fields else (unknown,),
    )
