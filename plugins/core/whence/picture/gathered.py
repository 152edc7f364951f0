"""The nodes of a lineage gathered by table and its edges by their ends, as text pictures draw them.

Must not draw.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from whence.graph import Edge, Graph, Node


@dataclass(slots=True)
class Table:
    """One table of a picture.

    Attributes:
        columns: Its columns, in the graph's order.
        whole: The table itself, where an edge or the question is about all of it.
    """

    namespace: str
    name: str
    columns: list[Node] = field(default_factory=list)
    whole: Node | None = None


def tables(graph: Graph) -> list[Table]:
    """Every table that has a node, by name."""
    found: dict[tuple[str, str], Table] = {}
    for node in graph.nodes:
        if node.kind == "job":
            continue
        key = (node.namespace, node.name)
        table = found.setdefault(key, Table(*key))
        if node.column is None:
            table.whole = node
        else:
            table.columns.append(node)
    return sorted(found.values(), key=lambda table: (table.namespace, table.name))


def lines(graph: Graph) -> list[list[Edge]]:
    """The edges between the same two nodes, those that decide apart from those that are values."""
    found: dict[tuple[str, str, str], list[Edge]] = {}
    for edge in graph.edges:
        found.setdefault((edge.source, edge.target, edge.type), []).append(edge)
    return list(found.values())


def kinds(edges: list[Edge]) -> list[str]:
    """The kinds of ``edges``, each once; a value that merely passes through has none to say."""
    said = dict.fromkeys(edge.subtype or "" for edge in edges)
    return [kind for kind in said if kind and kind != "IDENTITY"]
