"""The pre- and post-hooks of a node: a run of their own, where they write other tables.

Must not read the node's own statements: its extractor knows what they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dbt_whence.extractors.model import complete, read
from dbt_whence.extractors.scope import NodeCapture, Scope
from whence.model import Dataset, Gap, Lineage


def extract(
    node: NodeCapture, statements: Sequence[str], scope: Scope
) -> tuple[NodeCapture, Lineage]:
    """The hooks as a node of their own, and their lineage; no outputs where they write nothing.

    Args:
        node: Whose hooks they are.
        statements: What was sent to the database while the node ran, in order.
        scope: The invocation's names and columns.
    """
    facts = replace(
        node.facts,
        unique_id=f"{node.facts.unique_id}.hooks",
        resource_type="hook",
        materialized=None,
        depends_on=(),
        description=None,
        checksum=None,
    )
    own = scope.relations.of_node(node.facts)
    kept = []
    for statement in statements:
        written = read(NodeCapture(facts, statement), scope, None).outputs
        if any(not _is_own(each, own) for each in written):
            kept.append(statement)
    hooks = NodeCapture(facts, ";\n".join(kept))
    return hooks, complete(hooks, scope, read(hooks, scope, None), None) if kept else Lineage()


def _is_own(dataset: Dataset, own: Dataset | None) -> bool:
    """Whether a dataset is the node's table, or one of dbt's on the way to it."""
    if own is None or dataset.namespace != own.namespace:
        return False
    return dataset.name == own.name or dataset.name.startswith(f"{own.name}__dbt_")


def unread(node: NodeCapture) -> Gap:
    """What is said where the SQL of hooks is not known."""
    reason = "what its hooks read and write is not known: only a live run tells their SQL"
    return Gap("no-compiled-sql", reason, node.facts.unique_id)
