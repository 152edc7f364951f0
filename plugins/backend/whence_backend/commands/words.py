"""How edges are put in words: kinds, expressions, short names, and what merely decides.

Must not draw.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from whence.graph import Edge, Node

EXPRESSION_CHARS = 60
_STRENGTH = {"IDENTITY": 0, "TRANSFORMATION": 1, "AGGREGATION": 2}

Pair = tuple[Node, Edge]
"""The other end of an edge, and the edge."""


def strength(edges: Iterable[Edge]) -> int:
    """For sorting: the nearer to the value itself, the smaller."""
    return min(_STRENGTH.get(edge.subtype or "", len(_STRENGTH)) for edge in edges)


def kind(edge: Edge) -> str:
    """``aggregation, masked``; "" where nothing is known but that there is an edge."""
    known = edge.subtype or ("" if edge.type == "DIRECT" else edge.type)
    word = known.lower().replace("_", " ")
    return f"{word}, masked" if edge.masking else word


def how(edges: Iterable[Edge], longest: int | None = EXPRESSION_CHARS) -> str:
    """Kinds and expressions of the edges between two nodes, each once.

    Args:
        edges: In any order.
        longest: Expressions of more characters are left out; None: none is.
    """
    said = {
        f"{kind(edge)}  {expression}" if (expression := _expression(edge, longest)) else kind(edge)
        for edge in edges
    }
    return "; ".join(sorted(said - {""}))


def decided(pairs: Iterable[Pair], name: Callable[[Node], str]) -> str:
    """``join a.x, b.y; filter, join c.z``: the nodes by the kinds of their edges."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for node, edge in pairs:
        kinds[name(node)].add(kind(edge))
    names: dict[str, list[str]] = defaultdict(list)
    for node_name in sorted(kinds):
        names[", ".join(sorted(kinds[node_name]))].append(node_name)
    return "; ".join(f"{word} {', '.join(names[word])}" for word in sorted(names))


def deciders(pairs: Iterable[Pair], up: bool, name: Callable[[Node], str]) -> str:
    """The INDIRECT edges of one node in one line; "" where there are none.

    Args:
        pairs: DIRECT ones among them do not count.
        up: The pairs are origins; False: results.
        name: What a node is called.
    """
    rows: list[Pair] = []
    values: list[Pair] = []
    for node, edge in pairs:
        if edge.type == "INDIRECT":
            (rows if _of_rows(node, edge, up) else values).append((node, edge))
    titles = ("rows", "value") if up else ("decides the rows of", "decides the value of")
    ending = " decided by" if up else ""
    return " · ".join(
        f"{title}{ending}: {decided(found, name)}"
        for title, found in zip(titles, (rows, values), strict=True)
        if found
    )


def short_names(nodes: Iterable[Node]) -> Callable[[Node], str]:
    """Names as short as they can be and still name one of ``nodes``: ``orders.amount``."""
    tables = {(node.namespace, node.name) for node in nodes}
    counts = Counter(end for _, name in tables for end in _ends(name))
    shortest = {
        name: next((end for end in _ends(name) if counts[end] == 1), name) for _, name in tables
    }

    def name(node: Node) -> str:
        table = shortest.get(node.name, node.name)
        return table if node.column is None else f"{table}.{node.column}"

    return name


def _ends(name: str) -> list[str]:
    """The ends of a name from its dots or slashes on, the shortest first, itself last."""
    cuts = re.finditer("/" if "/" in name else r"\.", name.rstrip("/"))
    return [name[cut.end() :] for cut in reversed(list(cuts))] + [name]


def _expression(edge: Edge, longest: int | None) -> str:
    text = " ".join(edge.description.split())
    return text if longest is None or len(text) <= longest else ""


def _of_rows(node: Node, edge: Edge, up: bool) -> bool:
    """True where the edge decides which rows there are, False where only one column's value."""
    if not up:
        return node.column is None
    return edge.subtype not in ("CONDITIONAL", "WINDOW")
