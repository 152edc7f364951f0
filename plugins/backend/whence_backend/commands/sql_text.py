"""The lines of a job's SQL that make a column, found by the column's name.

Must not parse: the SQL may be of any dialect, or not be readable at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_LINES = 15
_AROUND = 2
_LONGEST_EXPRESSION = MOST_LINES - 1 - 2 * _AROUND
_QUOTE = r"[\"`\[\]']?"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of SQL.

    Attributes:
        number: From 1 in the whole SQL; 0 for the sign that lines are left out.
        text: Without its end.
        matters: Whether it makes the column.
    """

    number: int
    text: str
    matters: bool = False


def whole(sql: str, column: str) -> list[Line]:
    """Every line, those that make ``column`` marked."""
    lines = sql.strip("\n").rstrip().splitlines()
    marked = _expression(lines, column)
    return [Line(i + 1, line.rstrip(), i in marked) for i, line in enumerate(lines)]


def excerpt(sql: str, column: str) -> list[Line]:
    """At most `MOST_LINES` around those that make ``column``; the first ones where none does."""
    lines = whole(sql, column)
    if len(lines) <= MOST_LINES:
        return lines
    first, last = _window(lines)
    left_out = [Line(0, "…")]
    return left_out * (first > 0) + lines[first:last] + left_out * (last < len(lines))


def _window(lines: list[Line]) -> tuple[int, int]:
    """From which index to before which: the marked lines and some around, no empty ones at ends."""
    marked = [i for i, line in enumerate(lines) if line.matters]
    if not marked:
        return 0, MOST_LINES
    first, last = max(0, marked[0] - _AROUND), min(len(lines), marked[-1] + 1 + _AROUND)
    while not lines[first].text.strip():
        first += 1
    while not lines[last - 1].text.strip():
        last -= 1
    return first, last


def drawing(lines: list[Line]) -> RenderableType:
    """The lines with their numbers; what matters stands out, in any colours of a terminal."""
    from rich.padding import Padding
    from rich.text import Text

    wide = len(str(lines[-1].number or lines[-2].number)) if len(lines) > 1 else 1
    text = Text(overflow="fold")
    for i, line in enumerate(lines):
        sign, style = ("❱", "bold") if line.matters else (" ", "dim")
        text.append("\n" * (i > 0) + f"{sign} {line.number or '':>{wide}} ", "dim")
        text.append(line.text.expandtabs(4), style)
    return Padding(text, (0, 0, 0, 2))


def _expression(lines: list[str], column: str) -> set[int]:
    """Indices of the lines of the expression that is called ``column``; empty where none is.

    ``... AS column`` counts before the bare name, a later line before an earlier one: the
    result of a statement with CTEs stands at its end.
    """
    name = _QUOTE + re.escape(column) + _QUOTE
    for pattern in (rf"\bas\s+{name}\s*(,|$|--)", rf"(?<![\w$]){name}(?![\w$])"):
        found = [i for i, line in enumerate(lines) if re.search(pattern, line, re.IGNORECASE)]
        if found:
            return set(range(_start(lines, found[-1]), found[-1] + 1))
    return set()


def _start(lines: list[str], end: int) -> int:
    """Where the expression begins that ends on line ``end``: after a comma or a keyword."""
    start = end
    while start > max(0, end - _LONGEST_EXPRESSION):
        before = lines[start - 1].split("--")[0].rstrip().lower()
        if not before or re.search(r"(,|\bselect|\bdistinct|\ball|^\s*\))$", before):
            break
        start -= 1
    return start
