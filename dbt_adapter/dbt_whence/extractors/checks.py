"""Tests, source freshness, exposures and saved queries: nodes that read and do not write.

Must not name a test's own view as a dataset; only stored failures are a table.
"""

from __future__ import annotations

from dataclasses import replace

from dbt_whence.extractors.model import complete, read
from dbt_whence.extractors.scope import NodeCapture, Scope
from dbt_whence.facts import NodeFacts
from whence.model import Dataset, Lineage


def extract(node: NodeCapture, scope: Scope) -> Lineage:
    """What a test reads; with ``store_failures`` also the table of the failures."""
    stored = (node.facts.config or {}).get("store_failures") is True
    target = scope.relations.of_node(node.facts) if stored else None
    if node.sql is None:
        return reads(node, scope)
    lineage = complete(node, scope, read(node, scope, target), target)
    return lineage if target is not None else replace(lineage, outputs=(), gaps=())


def reads(node: NodeCapture, scope: Scope) -> Lineage:
    """The parents of dbt's graph as inputs."""
    inputs = scope.parents(node.facts)
    known = {each: scope.fields(each) for each in inputs}
    return Lineage(inputs, schemas={each: fields for each, fields in known.items() if fields})


def freshness(node: NodeCapture, scope: Scope) -> Lineage:
    """The source itself is what a freshness check reads."""
    dataset = scope.relations.of_node(node.facts)
    return Lineage() if dataset is None else Lineage((dataset,))


def tested(facts: NodeFacts, scope: Scope, inputs: tuple[Dataset, ...]) -> tuple[Dataset, ...]:
    """The datasets that a test speaks about.

    A generic test is attached to one node (of a ``relationships`` test: the child); a test of a
    source has only its parents; a singular test speaks about all that it reads.
    """
    attached = scope.nodes.get((facts.test or {}).get("attached_node") or "")
    if attached is not None:
        dataset = scope.relations.of_node(attached)
        return () if dataset is None else (dataset,)
    if facts.test is None:
        return inputs
    named = [scope.nodes[each] for each in facts.depends_on if each in scope.nodes]
    model = str(facts.test.get("model") or "")
    said = [each for each in named if f"'{each.name}'" in model or f'"{each.name}"' in model]
    found = (scope.relations.of_node(each) for each in said or named[:1])
    return tuple(each for each in found if each is not None)
