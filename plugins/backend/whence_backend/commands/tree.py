"""A trace on a terminal: trees of what is up and down, and the columns of a table.

Must not print; it returns what is to be drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from whence.graph import Edge, Node
from whence_backend.commands import words
from whence_backend.commands.around import Around, Neighbours
from whence_backend.model import Direction, Trace
from whence_cli import render

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.tree import Tree

MOST_LINES = 400
MOST_NAMES = 8
_TITLES = {True: "Upstream: where it comes from", False: "Downstream: what depends on it"}
_NO_COLUMN = {True: "(no column)", False: "(nothing)"}
_NOTHING = {True: "nothing known: it enters here", False: "nothing known"}


def drawings(trace: Trace, direction: Direction, everything: bool = False) -> list[RenderableType]:
    """The answer, one drawing below the other.

    Args:
        trace: The answer.
        direction: What was asked.
        everything: True also follows what only decides (filters, joins) and whole tables.
    """
    from rich.text import Text

    drawn: list[RenderableType] = [
        Text.assemble(
            (render.harmless(trace.root.label()), "bold"),
            ("  " + render.harmless(trace.root.namespace), "dim"),
        )
    ]
    counts = Counts()
    for up in (True, False):
        if direction != ("downstream" if up else "upstream"):
            drawn += ["", _Growth(trace, up, everything, counts).tree()]
            if trace.root.kind == "table":
                drawn += _columns(trace, up)
    drawn += ["", Text(counts.sentence(trace), "dim")]
    if trace.gaps:
        rows = [(gap["job"], gap["code"], gap["reason"], gap["where"]) for gap in trace.gaps]
        drawn.append(render.table(["job", "gap", "reason", "where"], rows, title="Not resolved"))
    return drawn


class Counts:
    """What the trees show, and what they only mention."""

    def __init__(self) -> None:
        self.drawn: set[Node] = set()
        self.mentioned: set[Node] = set()
        self.jobs: set[str] = set()

    def sentence(self, trace: Trace) -> str:
        """The closing line."""
        others = self.drawn - {trace.root}
        tables = {(n.namespace, n.name) for n in others if n.kind != "job"}
        columns = sum(node.kind == "column" for node in others)
        parts = [_many(columns, "column")] if trace.root.kind == "column" else []
        parts += [_many(len(tables), "table"), _many(len(self.jobs), "job")]
        said = f"On the way: {', '.join(parts)}."
        if left := len(self.mentioned - self.drawn):
            said += f" {left} more only decide (filters, joins, ...): --all follows them too."
        if trace.gaps:
            said += f" {_many(len(trace.gaps), 'gap')}: something could not be resolved."
        return said


_Shoot: TypeAlias = "tuple[Tree, Node | None, str]"
"""Where a branch goes, its node (None for a line about several) and what is said of it."""


class _Growth:
    """Grows a tree; a node's own branches are drawn where it is met first."""

    def __init__(self, trace: Trace, up: bool, everything: bool, counts: Counts) -> None:
        self._around = Neighbours(trace, up)
        self._up = up
        self._root = trace.root
        self._everything = everything
        self._counts = counts
        self._name = words.short_names(trace.nodes)
        self._known: set[str] = set()
        self._lines = 0

    def tree(self) -> Tree:
        tree = render.tree(_TITLES[self._up])
        waiting = self._grow(tree, self._root)
        while waiting and self._lines < MOST_LINES:
            parent, node, told = waiting.pop()
            self._lines += 1
            if node is None:
                render.branch(parent, told, style="dim")
                continue
            again = node.id in self._known and not self._around.of(node).empty()
            detail = f"{told}  ↑ above".strip() if again else told
            branch = render.branch(parent, node.label(), detail)
            if node.id not in self._known:
                waiting += self._grow(branch, node)
        if not tree.children:
            render.branch(tree, _NOTHING[self._up], style="dim")
        elif waiting:
            render.branch(tree, "… more: narrow it with --depth or --direct, or use --json")
        return tree

    def _grow(self, branch: Tree, node: Node) -> list[_Shoot]:
        """The branches to come below ``branch``, the first of them last."""
        self._known.add(node.id)
        self._counts.drawn.add(node)
        around = self._around.of(node)
        groups = around.all() if self._everything else around.direct
        self._counts.jobs |= {edge.job for _, edges in groups for edge in edges if edge.job}
        shoots: list[_Shoot] = [(branch, other, words.how(edges)) for other, edges in groups]
        if not self._everything:
            shoots += [(branch, None, line) for line in self._mentions(around)]
        return shoots[::-1]

    def _mentions(self, around: Around) -> Iterable[str]:
        """A line for all that only decides, and one for tables whose columns are not known."""
        self._counts.mentioned |= {node for node, _ in around.indirect} | set(around.tables)
        tables = {self._name(node) for node in around.tables}
        title = "columns not known, only the table: "
        lines = words.deciders(around.indirect, self._up, self._name), _limited(title, tables)
        return filter(None, lines)


def _columns(trace: Trace, up: bool) -> list[RenderableType]:
    """Each column of the root with its nearest origins or results, and what decides its rows."""
    from rich.text import Text

    nodes, name = {node.id: node for node in trace.nodes}, words.short_names(trace.nodes)
    found: dict[str, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    rows: list[words.Pair] = []
    for edge in trace.edges:
        near, far = (edge.target, edge.source) if up else (edge.source, edge.target)
        own, other = nodes[near], nodes[far]
        if (own.namespace, own.name) != (trace.root.namespace, trace.root.name):
            continue
        if own.column is not None:
            found[own.column][name(other)].append(edge)
        elif edge.type == "INDIRECT" and other.kind == "column":
            rows.append((other, edge))
    drawn: list[RenderableType] = []
    if found:
        listed = dict.fromkeys(node.column or "" for node in trace.columns)
        names = [*listed, *sorted(found.keys() - listed)]
        cells = [(column, _cell(found.get(column, {})) or _NO_COLUMN[up]) for column in names]
        drawn.append(render.table(["column", "comes from" if up else "leads to"], cells))
    if rows:
        drawn.append(Text(words.deciders(rows, up, name), "dim"))
    return drawn


def _cell(others: dict[str, list[Edge]]) -> str:
    """The names, values first; what only decides stands with its kinds."""
    values, deciding = set(), set()
    for name, edges in others.items():
        if any(edge.type == "DIRECT" for edge in edges):
            values.add(name)
        else:
            deciding.add(f"{name} ({', '.join(sorted({words.kind(edge) for edge in edges}))})")
    return _limited("", sorted(values) + sorted(deciding))


def _limited(title: str, names: Iterable[str]) -> str:
    """The names behind ``title``, "" where there are none; a set is sorted."""
    listed = sorted(names) if isinstance(names, set) else list(names)
    if not listed:
        return ""
    more = f", and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return title + ", ".join(listed[:MOST_NAMES]) + more


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
