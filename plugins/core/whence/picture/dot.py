"""A lineage as a Graphviz graph: tables as boxes with a port for each column.

Must not know where it comes from.
"""

from __future__ import annotations

import html

from whence.graph import Edge, Graph, Node
from whence.picture.tables import Table, tables

_HEAD = (
    "digraph lineage {",
    '  graph [rankdir=LR, nodesep=0.3, ranksep=1.2, fontname="Helvetica"]',
    '  node [shape=plain, fontname="Helvetica", fontsize=11]',
    '  edge [color="#2563eb", fontname="Helvetica", fontsize=9, arrowsize=0.6]',
)
_INDIRECT = 'style=dashed, color="#b45f12"'


def dot(graph: Graph) -> str:
    """The graph's text; INDIRECT edges are dashed, and edges say what they do as tooltips."""
    lines = [*_HEAD, f"  label={_quoted(graph.title)}"]
    ports: dict[str, str] = {}
    for number, table in enumerate(tables(graph)):
        name = f"t{number}"
        lines.append(f"  {name} [label=<{_box(table, graph.root)}>]")
        ports |= {node.id: f"{name}:c{row}" for row, node in enumerate(table.columns)}
        if table.whole is not None:
            ports[table.whole.id] = f"{name}:whole"
    for number, node in enumerate(node for node in graph.nodes if node.kind == "job"):
        ports[node.id] = f"j{number}"
        lines.append(f"  j{number} [shape=ellipse, label={_quoted(node.name)}]")
    lines += [f"  {ports[edge.source]} -> {ports[edge.target]}{_how(edge)}" for edge in graph.edges]
    return "\n".join([*lines, "}"])


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


def _how(edge: Edge) -> str:
    said = " ".join(filter(None, [edge.subtype or edge.type, "masked" if edge.masking else ""]))
    tip = "\n".join(filter(None, [said, edge.description]))
    shown = [] if edge.type == "DIRECT" else [_INDIRECT]
    if edge.subtype and edge.subtype != "IDENTITY":
        shown.append(f"label={_quoted(edge.subtype.lower().replace('_', ' '))}")
    return f" [{', '.join([*shown, f'edgetooltip={_quoted(tip)}'])}]"


def _quoted(text: str) -> str:
    """Text in quotes: within them Graphviz has escapes for quotes, backslashes and lines."""
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "\\n")
    return f'"{text}"'
