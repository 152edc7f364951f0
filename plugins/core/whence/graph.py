"""A lineage as nodes and edges: what a store answers with, and what is drawn.

Plain values; must not know where they come from or how they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A table, column or job.

    Attributes:
        id: Opaque; a store gives the same node the same one always.
        kind: ``table``, ``column`` or ``job``.
        namespace: Of the table or job.
        name: Of the table or job.
        column: The column's name, None for others.
    """

    id: str
    kind: str
    namespace: str
    name: str
    column: str | None = None

    def label(self) -> str:
        """``name`` or ``name.column``, for people."""
        return self.name if self.column is None else f"{self.name}.{self.column}"

    def full_name(self) -> str:
        """With the namespace: what names this node and no other."""
        return f"{self.namespace.rstrip('/')}/{self.label().lstrip('/')}"

    def as_json(self) -> dict[str, Any]:
        """JSON-ready; ``column`` only where there is one."""
        fields = {"id": self.id, "kind": self.kind, "namespace": self.namespace, "name": self.name}
        return fields if self.column is None else fields | {"column": self.column}


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge, from origin to result.

    Attributes:
        source: Id of the origin.
        target: Id of the result.
        type: DIRECT or INDIRECT.
        subtype: OpenLineage's, or SYMLINK or RENAME between two names of one table; None
            between tables and where the event did not say.
        job: Name of the job that makes it, None where no job does.
        masking: See `whence.model.Transformation`.
        description: The expression's text, "" where there is none.
    """

    source: str
    target: str
    type: str
    subtype: str | None
    job: str | None
    masking: bool = False
    description: str = ""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "from": self.source,
            "to": self.target,
            "type": self.type,
            "subtype": self.subtype,
            "job": self.job,
            "masking": self.masking,
            "description": self.description,
        }


@dataclass(frozen=True, slots=True)
class Graph:
    """What a picture shows.

    Attributes:
        title: Above the picture.
        nodes: Every end of an edge, and what has no edge.
        edges: In the order in which they are drawn.
        gaps: What could not be resolved: code, reason, where, job.
        root: The node that was asked for; None where nothing was in particular.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    gaps: tuple[dict[str, str], ...] = ()
    root: Node | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "title": self.title,
            "root": None if self.root is None else self.root.id,
            "nodes": [node.as_json() for node in self.nodes],
            "edges": [edge.as_json() for edge in self.edges],
            "gaps": list(self.gaps),
        }
