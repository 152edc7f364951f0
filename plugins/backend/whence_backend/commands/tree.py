"""A trace on a terminal: trees of what is up and down, and the columns of a table.

Must not print; it returns what is to be drawn.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from whence_backend.model import Direction, Node, Trace, TraceEdge
from whence_cli import render

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.tree import Tree

MOST_LINES = 400
_TITLES = {True: "comes from", False: "leads to"}


def drawings(trace: Trace, direction: Direction) -> list[RenderableType]:
    """The answer, one drawing below the other."""
    drawn: list[RenderableType] = [_root(trace.root)]
    for up in (True, False):
        if direction != ("downstream" if up else "upstream"):
            drawn.append(_Branching(trace, up).tree())
            if trace.root.kind == "table":
                drawn += _columns(trace, up)
    if trace.gaps:
        rows = [(gap["job"], gap["code"], gap["reason"], gap["where"]) for gap in trace.gaps]
        drawn.append(render.table(["job", "gap", "reason", "where"], rows, title="Not resolved"))
    return drawn


def _root(root: Node) -> RenderableType:
    from rich.text import Text

    return Text.assemble((root.label(), "bold"), ("  " + root.namespace, "dim"))


class _Branching:
    """Grows a tree; a node's own branches are drawn where it is met first."""

    def __init__(self, trace: Trace, up: bool) -> None:
        self._nodes = {node.id: node for node in trace.nodes}
        self._up = up
        self._root = trace.root
        self._edges: dict[str, list[TraceEdge]] = defaultdict(list)
        columns = trace.root.kind == "column"
        for edge in trace.edges:
            ends = edge.source, edge.target
            if columns or all(self._nodes[end].kind != "column" for end in ends):
                self._edges[edge.target if up else edge.source].append(edge)
        self._tables = {
            (node.namespace, node.name): node for node in trace.nodes if node.kind == "table"
        }
        self._drawn: set[str] = set()
        self._lines = 0

    def tree(self) -> Tree:
        tree = render.tree(_TITLES[self._up], style="default")
        waiting = [(tree, self._root)]
        while waiting and self._lines < MOST_LINES:
            parent, node = waiting.pop()
            for other, hows in reversed(self._next(node)):
                known = other.id in self._drawn and bool(self._edges[other.id])
                detail = f"{hows}  ↑ above" if known else hows
                child = render.branch(parent, other.label(), detail)
                self._lines += 1
                if not known:
                    self._drawn.add(other.id)
                    waiting.append((child, other))
        if not tree.children:
            render.branch(tree, "nothing known", style="dim")
        elif waiting:
            render.branch(tree, "… more: narrow it with --depth or --direct, or use --json")
        return tree

    def _next(self, node: Node) -> list[tuple[Node, str]]:
        """The neighbours of a node, and for a column those of its table as a whole."""
        edges = list(self._edges[node.id])
        table = self._tables.get((node.namespace, node.name))
        if node.kind == "column" and table is not None:
            edges += [edge for edge in self._edges[table.id] if self._concerns(edge)]
        hows: dict[str, set[str]] = defaultdict(set)
        for edge in edges:
            subtype = edge.subtype or ("" if edge.type == "DIRECT" else edge.type)
            hows[edge.source if self._up else edge.target].add(subtype.lower().replace("_", " "))
        found = [(self._nodes[key], ", ".join(sorted(filter(None, hows[key])))) for key in hows]
        return sorted(found, key=lambda pair: (pair[0].label(), pair[0].namespace))

    def _concerns(self, edge: TraceEdge) -> bool:
        """Upstream all that bears on the table; downstream what reads it without columns."""
        return self._up or self._nodes[edge.target].kind != "column"


def _columns(trace: Trace, up: bool) -> list[RenderableType]:
    """Each column of the root with its nearest origins or results."""
    nodes = {node.id: node for node in trace.nodes}
    own = (trace.root.namespace, trace.root.name)
    found: dict[str, set[str]] = defaultdict(set)
    for edge in trace.edges:
        near, far = (edge.target, edge.source) if up else (edge.source, edge.target)
        node = nodes[near]
        if (node.namespace, node.name) == own and nodes[far].kind == "column" != node.kind:
            found["(all rows)"].add(f"{nodes[far].label()} ({(edge.subtype or '').lower()})")
        elif (node.namespace, node.name) == own and node.column is not None:
            indirect = f" ({(edge.subtype or '').lower()})" if edge.type == "INDIRECT" else ""
            found[node.column].add(nodes[far].label() + indirect)
    if not found:
        return []
    rows = [(column, ", ".join(sorted(found[column]))) for column in found]
    return [render.table(["column", _TITLES[up]], sorted(rows))]
