"""Seeds: the columns of the CSV file, with no dataset before them.

Must not read the file: its header is in the capture.
"""

from __future__ import annotations

from dbt_whence.extractors.scope import NodeCapture, Scope
from whence.model import Lineage


def extract(node: NodeCapture, scope: Scope) -> Lineage:
    """A seed writes its table and reads none."""
    target = scope.relations.of_node(node.facts)
    if target is None:
        return Lineage()
    fields = scope.fields(target)
    return Lineage(outputs=(target,), schemas={target: fields} if fields else {})
