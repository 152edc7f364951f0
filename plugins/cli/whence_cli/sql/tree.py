"""The lineage of SQL on a terminal: a tree for each statement, and what could not be resolved.

Must not print; it returns what is to be drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from whence_cli.sql.advice import ADVICE
from whence_cli.sql.branches import Column

if TYPE_CHECKING:
    from rich.console import RenderableType

    from whence.model import Gap
    from whence.sql import ScriptLineage, StatementLineage, TableName

MOST_NAMES = 8
MOST_GAPS = 5
MOST_COLUMNS = 500
"""Of one statement: nobody reads more, and JSON has them all."""


def drawings(script: ScriptLineage, width: int) -> Iterator[RenderableType]:
    """The answer for one text, one drawing below the other.

    Args:
        script: Read with its derivations.
        width: Of the terminal, in characters.
    """
    several = len(script.statements) > 1
    if not script.statements:
        yield Text("no statement", "dim")
    for number, statement in enumerate(script.statements, 1):
        yield _statement(statement, f"{number}. " if several else "", width)
    if several:
        ends = [("reads", script.inputs), ("writes", script.outputs)]
        said = [f"{verb} {_listed(map(str, names))}" for verb, names in ends if names]
        yield Text(f"The script {' and '.join(said)}." if said else "", "dim")
    if script.gaps:
        yield from _gaps(script.statements)


def header(name: str, script: ScriptLineage, guessed: bool) -> Text:
    """The line above the answer for one of several texts, or one whose dialect was guessed."""
    dialect = (script.dialect or "generic SQL") + (" (best of --dialect auto)" if guessed else "")
    count = len(script.statements)
    many = f"{count} statement" if count == 1 else f"{count} statements"
    return Text.assemble((name, "bold underline"), (f"  {dialect} · {many}", "dim"))


def _statement(statement: StatementLineage, number: str, width: int) -> Tree:
    written = _listed(map(str, statement.outputs))
    title = Text.assemble(
        (number, "dim"), (statement.kind, "bold"), (f" {written}".rstrip(), "bold")
    )
    if statement.inputs:
        title.append(f"  ← {_listed(map(str, statement.inputs))}", "dim")
    root = Tree(title, guide_style="dim")
    table: TableName | None = None
    for column in statement.columns[:MOST_COLUMNS]:
        if len(statement.outputs) > 1 and column.dataset != table:
            table = column.dataset
            root.add(Text(f"into {table}", "bold dim"))
        Column(column, width).grow(root)
    if (left := len(statement.columns) - MOST_COLUMNS) > 0:
        root.add(Text(f"... and {left:,} more columns; --json has them all", "dim"))
    if statement.indirect:
        rows = root.add(Text("rows decided by", "magenta"))
        for kind, names in _deciders(statement):
            rows.add(Text.assemble((f"{kind}  ", "magenta"), _listed(names)))
    return root


def _deciders(statement: StatementLineage) -> Iterator[tuple[str, list[str]]]:
    """The kinds of influence on all rows, each with its columns."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for each in statement.indirect:
        found[each.subtype.lower().replace("_", " ")][f"{each.dataset}.{each.column}"] = None
    for kind in sorted(found):
        yield kind, list(found[kind])


def _gaps(statements: Sequence[StatementLineage]) -> Iterator[RenderableType]:
    """What could not be resolved, by kind, each kind with what to do about it."""
    found: dict[str, dict[Gap, None]] = defaultdict(dict)
    for statement in statements:
        for gap in statement.gaps:
            found[gap.code][gap] = None
    yield Text("Not resolved", "bold yellow")
    for code in sorted(found):
        gaps = list(found[code])
        lines = [Text(code, "yellow")]
        lines += [Text(f"  {_placed(gap)}") for gap in gaps[:MOST_GAPS]]
        if len(gaps) > MOST_GAPS:
            lines.append(Text(f"  ... and {len(gaps) - MOST_GAPS} more", "dim"))
        if code in ADVICE:
            lines.append(Text.assemble("  → ", (ADVICE[code], "italic")))
        yield from (Padding(line, (0, 0, 0, 2), expand=False) for line in lines)


def _placed(gap: Gap) -> str:
    return f"{gap.reason} ({gap.where})" if gap.where else gap.reason


def _listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    return ", ".join(listed[:MOST_NAMES]) + more
