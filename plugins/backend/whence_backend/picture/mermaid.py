"""A trace as a Mermaid flowchart: tables as boxes around their columns.

Must not know the store.
"""

from __future__ import annotations

from collections import defaultdict

from whence_backend.model import Node, Trace


def mermaid(trace: Trace) -> str:
    """The flowchart's text; INDIRECT edges are dotted."""
    lines = ["flowchart LR"]
    for (_, name), nodes in sorted(_tables(trace).items()):
        columns = [node for node in nodes if node.column is not None]
        table = next((node for node in nodes if node.column is None), None)
        if not columns and table is not None:
            lines.append(f"  {_box(table)}")
            continue
        lines.append(f"  subgraph group_{_id(nodes[0])}[{_quoted(name)}]")
        lines += [f"    {_id(node)}[{_quoted(node.column or '')}]" for node in columns]
        if table is not None:
            lines.append(f"    {_id(table)}[({_quoted('all rows')})]")
        lines.append("  end")
    lines += [f"  {_box(node)}" for node in trace.nodes if node.kind == "job"]
    for edge in trace.edges:
        subtype = edge.subtype or ""
        label = f"|{subtype}|" if subtype and subtype != "IDENTITY" else ""
        arrow = "-->" if edge.type == "DIRECT" else "-.->"
        lines.append(f"  {_target(edge.source)} {arrow}{label} {_target(edge.target)}")
    lines.append(f"  style {_id(trace.root)} stroke-width:3px")
    return "\n".join(lines)


def _tables(trace: Trace) -> dict[tuple[str, str], list[Node]]:
    tables: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in trace.nodes:
        if node.kind != "job":
            tables[node.namespace, node.name].append(node)
    return tables


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
    return f'"{text}"'
