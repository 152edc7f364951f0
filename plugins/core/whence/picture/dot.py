"""A lineage as a Graphviz graph: tables as boxes with a port for each column.

Must not know where it comes from.
"""

from __future__ import annotations

import html

from whence.graph import Edge, Graph, Node
from whence.picture.gathered import Table, kinds, lines, tables

_HEAD = (
    "digraph lineage {",
    '  graph [rankdir=LR, nodesep=0.3, ranksep=1.6, labelloc=t, fontname="Helvetica"]',
    '  node [shape=plain, fontname="Helvetica", fontsize=11]',
    '  edge [color="#2563eb", fontname="Helvetica", fontsize=9, arrowsize=0.6]',
)
_INDIRECT = 'style=dashed, color="#b45f1299", '


def dot(graph: Graph) -> str:
    """The graph's text; INDIRECT edges are dashed, and edges say what they do as tooltips."""
    drawn = [*_HEAD, f"  label={_quoted(graph.title)}"]
    ports: dict[str, str] = {}
    for number, table in enumerate(tables(graph)):
        name = f"t{number}"
        drawn.append(f"  {name} [label=<{_box(table, graph.root)}>]")
        ports |= {node.id: f"{name}:c{row}" for row, node in enumerate(table.columns)}
        if table.whole is not None:
            ports[table.whole.id] = f"{name}:whole"
    for number, node in enumerate(node for node in graph.nodes if node.kind == "job"):
        ports[node.id] = f"j{number}"
        drawn.append(f"  j{number} [shape=ellipse, label={_quoted(node.name)}]")
    drawn += [
        f"  {ports[edges[0].source]} -> {ports[edges[0].target]}{_how(edges)}"
        for edges in lines(graph)
    ]
    return "\n".join([*drawn, "}"])


def _box(table: Table, root: Node | None) -> str:
    """Graphviz's own table: the name above, a cell with a port for each column."""
    rows = [
        _cell(table.name, "whole", ' bgcolor="#eef1f6"', root is not None and table.whole == root)
    ]
    rows += [
        _cell(node.column or "", f"c{number}", ' align="left"', node == root)
        for number, node in enumerate(table.columns)
    ]
    return (
        f'<table border="0" cellborder="1" cellspacing="0" cellpadding="4">{"".join(rows)}</table>'
    )


def _cell(text: str, port: str, more: str, bold: bool) -> str:
    shown = html.escape(text) or " "
    return f'<tr><td port="{port}"{more}>{f"<b>{shown}</b>" if bold else shown}</td></tr>'


def _how(edges: list[Edge]) -> str:
    """Values say their kinds; what only decides is dashed, and says it as a tooltip."""
    said = ", ".join(kinds(edges)).lower().replace("_", " ")
    masked = ["masked"] if any(edge.masking for edge in edges) else []
    tips = [edges[0].type, said, *masked, *dict.fromkeys(edge.description for edge in edges)]
    tip = f"edgetooltip={_quoted(chr(10).join(filter(None, tips)))}"
    shown = f"label={_quoted(said)}, " if said and edges[0].type == "DIRECT" else ""
    return f" [{shown}{'' if edges[0].type == 'DIRECT' else _INDIRECT}{tip}]"


def _quoted(text: str) -> str:
    """Text in quotes: within them Graphviz has escapes for quotes, backslashes and lines."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "\\n")
    return f'"{text}"'
