"""From a node's capture to its lineage, one extractor a resource type.

Pure: what is known of columns comes in with the `Scope`; must not read files or ask a database.
"""

from collections.abc import Callable

from dbt_whence.extractors import checks, clone, hooks, model, seed, snapshot
from dbt_whence.extractors.scope import NodeCapture, Scope
from whence.model import Gap, Lineage

Extractor = Callable[[NodeCapture, Scope], Lineage]

EXTRACTORS: dict[str, Extractor] = {
    "model": model.extract,
    "snapshot": snapshot.extract,
    "seed": seed.extract,
    "test": checks.extract,
    "source": checks.freshness,
    "operation": model.script,
    "exposure": checks.reads,
    "saved_query": checks.reads,
}
"""By resource type; what is not here (unit tests, functions) reads and writes no datasets."""

__all__ = ["EXTRACTORS", "Extractor", "NodeCapture", "Scope", "extract", "hooks", "tables"]


def extract(node: NodeCapture, scope: Scope) -> Lineage:
    """The lineage of a node of any resource type."""
    if scope.command == "clone":
        return clone.extract(node, scope)
    extractor = EXTRACTORS.get(node.facts.resource_type)
    return Lineage() if extractor is None else extractor(node, scope)


def tables(node: NodeCapture, scope: Scope) -> Lineage:
    """The same as far as it is known without reading SQL: by dbt's graph, without columns."""
    facts = node.facts
    own = scope.relations.of_node(facts)
    if scope.command == "clone":
        copied = clone.extract(node, scope)
        return Lineage(inputs=copied.inputs, outputs=copied.outputs)
    if facts.resource_type == "source":
        return checks.freshness(node, scope)
    if facts.resource_type not in EXTRACTORS:
        return Lineage()
    writes = own is not None and facts.resource_type in ("model", "seed", "snapshot")
    gap = Gap("extraction-failed", "tables only, by dbt's graph", facts.unique_id)
    return Lineage(
        inputs=tuple(each for each in scope.parents(facts, node.sql) if each != own),
        outputs=(own,) if writes and own is not None else (),
        gaps=(gap,),
    )
