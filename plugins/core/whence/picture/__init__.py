"""Pictures of a lineage: Mermaid and DOT text, and a page that is one file."""

from collections.abc import Callable

from whence.graph import Graph
from whence.picture.dot import dot
from whence.picture.html import html
from whence.picture.mermaid import mermaid

PICTURES: dict[str, Callable[[Graph], str]] = {"dot": dot, "html": html, "mermaid": mermaid}
"""What draws a graph, by the name of the format."""

__all__ = ["PICTURES", "dot", "html", "mermaid"]
