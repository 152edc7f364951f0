"""What is next to a node in a trace, in one direction: values, what only decides, whole tables.

Must not draw.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from whence.graph import Edge, Node
from whence_backend.commands import words
from whence_backend.model import Trace

Group = tuple[Node, list[Edge]]
"""A neighbour and all edges to it."""


@dataclass(frozen=True, slots=True)
class Around:
    """The neighbours of one node.

    Attributes:
        direct: Whose values it has or gives, the strongest kinds first.
        indirect: What only decides, an entry for each edge.
        tables: Known to be next to its table, without a word about columns.
    """

    direct: list[Group]
    indirect: list[words.Pair]
    tables: list[Node]

    def empty(self) -> bool:
        """True where the way ends here."""
        return not (self.direct or self.indirect or self.tables)

    def all(self) -> list[Group]:
        """Every neighbour as if it were direct, values first."""
        groups = {node: (node, list(edges)) for node, edges in self.direct}
        for node, edge in self.indirect:
            groups.setdefault(node, (node, []))[1].append(edge)
        for node in self.tables:
            groups.setdefault(node, (node, []))
        return list(groups.values())


class Neighbours:
    """Finds them. In the trace of a column these are columns, else tables and jobs."""

    def __init__(self, trace: Trace, up: bool) -> None:
        self._nodes = {node.id: node for node in trace.nodes}
        self._up = up
        self._edges: dict[str, list[Edge]] = defaultdict(list)
        self._columns = trace.root.kind == "column"
        for edge in trace.edges:
            ends = self._nodes[edge.source], self._nodes[edge.target]
            if self._columns or all(end.kind != "column" for end in ends):
                self._edges[edge.target if up else edge.source].append(edge)
        self._tables = {
            (node.namespace, node.name): node for node in trace.nodes if node.kind == "table"
        }

    def of(self, node: Node) -> Around:
        """The neighbours of ``node``, and for a column those of its table as a whole."""
        direct: dict[Node, list[Edge]] = defaultdict(list)
        indirect: list[words.Pair] = []
        whole: set[Node] = set()
        for edge in self._of(node):
            other = self._nodes[edge.source if self._up else edge.target]
            if self._columns and edge.type == "INDIRECT":
                indirect.append((other, edge))
            elif self._columns and other.kind == "table":
                whole.add(other)
            else:
                direct[other].append(edge)
        # Where columns are known, the table says nothing more.
        finer = {(other.namespace, other.name) for other in direct}
        coarse = (table for table in whole if (table.namespace, table.name) not in finer)
        return Around(sorted(direct.items(), key=_by_strength), indirect, sorted(coarse))

    def _of(self, node: Node) -> list[Edge]:
        edges = list(self._edges[node.id])
        table = self._tables.get((node.namespace, node.name))
        if node.kind == "column" and table is not None:
            edges += [edge for edge in self._edges[table.id] if self._concerns(edge)]
        return edges

    def _concerns(self, edge: Edge) -> bool:
        """Upstream all that bears on the table; downstream what reads it without columns."""
        return self._up or self._nodes[edge.target].kind != "column"


def _by_strength(group: Group) -> tuple[int, str, str]:
    node, edges = group
    return words.strength(edges), node.label(), node.namespace
