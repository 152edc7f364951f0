"""One output column as a branch: its expression, those before it, and the columns it starts from.

Must not print, nor grow deeper than a terminal is wide.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

if TYPE_CHECKING:
    from whence.sql import Derivation, OutputColumn

GUIDE = 4
"""Characters that a level of a tree is indented by."""

LINES = 3
"""Lines that an expression may fill."""

MOST_BRANCHES = 60


class Column:
    """Grows the branch of one column."""

    def __init__(self, column: OutputColumn, width: int) -> None:
        """Know what becomes of each source: one may bear on the column in several ways."""
        self._column = column
        self._width = width
        self._kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
        for source in column.inputs:
            kind = source.subtype.lower().replace("_", " ")
            kinds = self._kinds[str(source.dataset), source.column]
            kinds += [f"{kind}, masked" if source.masking else kind]
        self._drawn: set[int] = set()
        self._shown: set[tuple[str, str]] = set()
        self._count = 0

    def grow(self, root: Tree) -> None:
        """Add the branch to ``root``."""
        how = self._column.derivation
        label = Text.assemble((self._column.column, "bold cyan"))
        if self._column.type:
            label.append(f"  {self._column.type}", "dim")
        if how is not None and how.dataset is not None:
            root.add(label.append("  ← ", "dim").append_text(self._source(how)))
            return
        if how is not None and how.text is not None:
            label.append(" = ", "dim").append(self._expression(how, label.cell_len, 1))
        elif not self._column.inputs:
            label.append("  no source", "dim")
        branch = root.add(label)
        if how is not None:
            self._grow_all(branch, how)
        self._add_others(branch)

    def _grow_all(self, branch: Tree, top: Derivation) -> None:
        """Everything before ``top``; what occurs twice is drawn where it is met first."""
        deepest = max(2, (self._width - 30) // GUIDE)
        stack = [(branch, each, 2) for each in reversed(top.inputs)]
        while stack and self._count < MOST_BRANCHES:
            parent, how, depth = stack.pop()
            self._count += 1
            if how.dataset is not None:
                parent.add(self._source(how))
                continue
            label = Text.assemble((how.name, "cyan"), (" = " if how.name else "", "dim"))
            label.append(self._expression(how, label.cell_len, depth) if how.text else "either of")
            if how.inputs and (id(how) in self._drawn or depth >= deepest):
                parent.add(label.append("  ↑ above" if id(how) in self._drawn else "  …", "dim"))
                continue
            self._drawn.add(id(how))
            below = parent.add(label)
            stack += [(below, each, depth + 1) for each in reversed(how.inputs)]

    def _add_others(self, branch: Tree) -> None:
        """The sources that were too far back, or too many, to be met on the way."""
        left = [key for key in self._kinds if key not in self._shown]
        for key in left[:MOST_BRANCHES]:
            branch.add(self._named(*key))
        if len(left) > MOST_BRANCHES:
            branch.add(Text(f"... and {len(left) - MOST_BRANCHES} more", "dim"))

    def _source(self, how: Derivation) -> Text:
        return self._named(str(how.dataset), how.column or "")

    def _named(self, dataset: str, column: str) -> Text:
        self._shown.add((dataset, column))
        label = Text.assemble((f"{dataset}.{column}", "green"))
        for kind in self._kinds.get((dataset, column), ()):
            label.append(f"  {kind}", "yellow" if "masked" in kind else "dim")
        return label

    def _expression(self, how: Derivation, before: int, depth: int) -> str:
        """The text in one line, cut to what a few lines of the terminal hold."""
        text = " ".join(how.expression.split())
        room = max(20, LINES * (self._width - GUIDE * depth) - before - 1)
        return text if len(text) <= room else f"{text[: room - 1]}…"
