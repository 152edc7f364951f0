"""The lineage of SQL as a graph, for pictures.

Must not draw.
"""

from __future__ import annotations

from collections.abc import Iterable

from whence.graph import Edge, Graph, Node
from whence.model import Column, Dataset, Lineage, Transformation


def graph(title: str, lineages: Iterable[tuple[str, Lineage]]) -> Graph:
    """One graph of several lineages, each with the name of the job that it is of."""
    builder = _Builder()
    for job, lineage in lineages:
        builder.add(job, lineage)
    return Graph(title, tuple(builder.nodes.values()), tuple(builder.edges), tuple(builder.gaps))


class _Builder:
    """Nodes, each once, and edges; a table is a node where something is about all its rows."""

    def __init__(self) -> None:
        self.nodes: dict[Dataset | Column, Node] = {}
        self.edges: dict[Edge, None] = {}
        self.gaps: list[dict[str, str]] = []

    def add(self, job: str, lineage: Lineage) -> None:
        for dataset, fields in lineage.schemas.items():
            for field in fields:
                self._node(Column(dataset, field.name))
        for edge in lineage.edges:
            self._edge(edge.source, edge.target, edge.transformation, job)
        for each in lineage.influences:
            self._edge(each.source, each.target, each.transformation, job)
        columns = [end for edge in lineage.edges for end in (edge.source, edge.target)]
        columns += [each.source for each in lineage.influences]
        joined = {column.dataset for column in columns}
        for dataset in (*lineage.inputs, *lineage.outputs):
            if dataset not in joined and dataset not in lineage.schemas:
                self._node(dataset)
        if lineage.outputs and not (lineage.edges or lineage.influences):
            self._tables(job, lineage)
        self.gaps += [
            {"code": gap.code, "reason": gap.reason, "where": gap.where, "job": job}
            for gap in lineage.gaps
        ]

    def _tables(self, job: str, lineage: Lineage) -> None:
        """Tables only: which column comes from which is not known."""
        for source in lineage.inputs:
            for target in lineage.outputs:
                ends = self._node(source).id, self._node(target).id
                self.edges[Edge(*ends, "DIRECT", None, job)] = None

    def _edge(
        self, source: Column, target: Dataset | Column, how: Transformation, job: str
    ) -> None:
        ends = self._node(source).id, self._node(target).id
        edge = Edge(*ends, how.type, how.subtype, job, how.masking, how.description)
        self.edges[edge] = None

    def _node(self, of: Dataset | Column) -> Node:
        known = self.nodes.get(of)
        if known is None:
            number = f"n{len(self.nodes)}"
            if isinstance(of, Column):
                known = Node(number, "column", of.dataset.namespace, of.dataset.name, of.name)
            else:
                known = Node(number, "table", of.namespace, of.name)
            self.nodes[of] = known
        return known
