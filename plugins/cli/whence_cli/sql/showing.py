"""What ``whence sql`` prints: each text's answer as it comes, or one picture of them all.

Must not resolve anything; returns the exit code and does not end the process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext

from whence.errors import BadInput
from whence_cli import render
from whence_cli.sql.reading import Answer, Reading, answer
from whence_cli.sql.sources import Source, find

MANY = 20
"""From so many texts on there is a progress bar."""


def show(names: Sequence[str], commands: Sequence[str], reading: Reading, shown: str) -> int:
    """Read, answer and print.

    Args:
        names: Files, folders and patterns.
        commands: Statements.
        reading: How they are read.
        shown: One of the formats.

    Returns:
        0, 1 where there are gaps, 2 where something could not be read.
    """
    found = list(find(names, commands))
    several = len(found) > 1
    tally = _Tally()
    answers = tally.passing(_answers(found, reading, shown == "tree"))
    if shown in _STREAMED:
        for each in answers:
            _STREAMED[shown](each, reading, several)
    else:
        _picture(list(answers), shown)
    if several and shown == "tree":
        render.show(tally.sentence())
    if tally.gaps and shown not in ("tree", "json"):
        render.note(f"not resolved: {_many(tally.gaps, 'gap')}; --format tree says which")
    return tally.code


class _Tally:
    """Counts what passes, and says on standard error what could not be read."""

    def __init__(self) -> None:
        self.code = 0
        self.gaps = 0
        self._texts = self._statements = self._unread = 0

    def passing(self, answers: Iterable[Answer | Exception]) -> Iterator[Answer]:
        for each in answers:
            if not isinstance(each, Answer):
                self._unread += 1
                self.code = render.EXIT_UNREADABLE
                render.complain(each)
                continue
            self._texts += 1
            self._statements += len(each.script.statements)
            self.gaps += len(each.script.gaps)
            if each.script.gaps:
                self.code = max(self.code, render.EXIT_GAPS)
            yield each

    def sentence(self) -> str:
        """The closing line."""
        counts = {"text": self._texts, "statement": self._statements, "gap": self.gaps}
        said = ", ".join(_many(count, word) for word, count in counts.items())
        return f"{said}, {self._unread} unreadable" if self._unread else said


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _answers(
    found: Sequence[Source | BadInput], reading: Reading, derive: bool
) -> Iterator[Answer | Exception]:
    """One after the other, with a bar where nothing else shows that it goes on."""
    watched = len(found) >= MANY and sys.stderr.isatty() and not render.is_terminal()
    with render.progress("reading SQL", len(found)) if watched else nullcontext() as bar:
        for each in found:
            yield each if isinstance(each, BadInput) else answer(each, reading, derive)
            if bar is not None:
                bar[0].update(bar[1], advance=1)


def _show_json(each: Answer, reading: Reading, several: bool) -> None:
    document = each.script.as_json()
    if each.source.path is not None or several:
        document["file"] = each.source.name
    render.emit_json(document, lines=several)


def _show_tree(each: Answer, reading: Reading, several: bool) -> None:
    from whence_cli.sql import tree

    terminal = render.console()
    guessed = reading.dialect == "auto"
    if several or guessed:
        terminal.print(tree.header(each.source.name, each.script, guessed))
    for drawing in tree.drawings(each.script, terminal.width):
        terminal.print(drawing)
    if several:
        terminal.print()


def _show_event(each: Answer, reading: Reading, several: bool) -> None:
    from whence_cli.sql.events import event

    name = "query" if each.source.path is None else each.source.name
    lineage = each.bound()
    line = event(reading.namespace, name, each.sql, lineage, each.script.dialect, each.time())
    render.emit_bytes(line)


def _picture(answers: Sequence[Answer], shown: str) -> None:
    from whence.picture import PICTURES
    from whence_cli.sql.graph import graph

    if not answers:
        return
    title = answers[0].source.name if len(answers) == 1 else f"{len(answers)} texts of SQL"
    lineages = [(each.source.name, each.bound(each.source.title)) for each in answers]
    render.emit_text(PICTURES[shown](graph(title, lineages)))


_STREAMED: dict[str, Callable[[Answer, Reading, bool], None]] = {
    "json": _show_json,
    "tree": _show_tree,
    "openlineage": _show_event,
}
