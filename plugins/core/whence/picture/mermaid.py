"""A lineage as a Mermaid flowchart: tables as boxes around their columns.

Must not know where it comes from.
"""

from __future__ import annotations

import re

from whence.graph import Graph, Node
from whence.picture.gathered import kinds, lines, tables


def mermaid(graph: Graph) -> str:
    """The flowchart's text; INDIRECT edges are dotted."""
    drawn = ["flowchart LR"]
    for table in tables(graph):
        if not table.columns and table.whole is not None:
            drawn.append(f"  {_box(table.whole)}")
            continue
        drawn.append(f"  subgraph group_{_id(table.columns[0])}[{_quoted(table.name)}]")
        drawn += [f"    {_id(node)}[{_quoted(node.column or '')}]" for node in table.columns]
        if table.whole is not None:
            drawn.append(f"    {_id(table.whole)}[({_quoted('all rows')})]")
        drawn.append("  end")
    drawn += [f"  {_box(node)}" for node in graph.nodes if node.kind == "job"]
    for edges in lines(graph):
        said = re.sub(r"[^\w ,]+", " ", ", ".join(kinds(edges)))
        label = f"|{said}|" if said else ""
        arrow = "-->" if edges[0].type == "DIRECT" else "-.->"
        drawn.append(f"  {_target(edges[0].source)} {arrow}{label} {_target(edges[0].target)}")
    if graph.root is not None:
        drawn.append(f"  style {_id(graph.root)} stroke-width:3px")
    return "\n".join(drawn)


def _box(node: Node) -> str:
    name = _quoted(node.name)
    return f"{_id(node)}([{name}])" if node.kind == "job" else f"{_id(node)}[{name}]"


def _id(node: Node) -> str:
    return _target(node.id)


def _target(node_id: str) -> str:
    return node_id.replace("-", "_")


def _quoted(text: str) -> str:
    """Text in quotes, with what Mermaid would read as its own written as entities."""
    for sign, entity in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;")):
        text = text.replace(sign, entity)
    return f'"{" ".join(text.split())}"'
