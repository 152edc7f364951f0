"""What a command prints: tables and trees on a terminal, JSON when piped, one sentence on failure.

Must not know any command, nor import rich before something is drawn.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from whence.errors import AmbiguousName

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress
    from rich.table import Table
    from rich.tree import Tree

EXIT_GAPS = 1
"""The answer stands, and something needs the user (gaps, an unreachable transport)."""

EXIT_UNREADABLE = 2
"""There is no answer: an argument, file or name could not be read."""


MOST_CANDIDATES = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def is_terminal() -> bool:
    """True where standard output is a terminal; False where it is piped or a file."""
    return sys.stdout.isatty()


def wants_json(asked: bool) -> bool:
    """True where the answer goes out as JSON: ``--json`` was given, or nobody looks at it."""
    return asked or not is_terminal()


def emit_json(answer: Any, *, lines: bool = False) -> None:
    """Write one JSON document: indented on a terminal, one line when piped.

    Args:
        answer: JSON-ready data. Text that is no valid Unicode is written with escapes.
        lines: True for one of several documents: each is one line, everywhere.
    """
    indent = 2 if is_terminal() and not lines else None
    emit_text(json.dumps(answer, ensure_ascii=False, indent=indent))


def emit_text(text: str) -> None:
    """Write ``text`` and a newline as UTF-8; lone surrogates become escapes."""
    emit_bytes(text.encode("utf-8", "backslashreplace"))


def emit_bytes(line: bytes) -> None:
    """Write ``line`` as it is and a newline; for what must stay byte-faithful."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:  # a test's or notebook's text-only stream
        sys.stdout.write(line.decode("utf-8", "backslashreplace") + "\n")
        return
    sys.stdout.flush()
    binary.write(line + b"\n")
    binary.flush()


def console(*, stderr: bool = False) -> Console:
    """The terminal; ``stderr`` for what is said beside the answer (progress, notes)."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=stderr)


def show(*drawings: RenderableType) -> None:
    """Draw tables, trees and text on the terminal, one below the other."""
    terminal = console()
    for drawing in drawings:
        terminal.print(drawing)


def harmless(text: str) -> str:
    """``text`` with control characters written out: names come from any producer's events."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def note(text: str) -> None:
    """Say something beside the answer: one line on standard error, without markup."""
    console(stderr=True).print(harmless(text), style="dim", markup=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """A table whose cells are the text of ``rows``; None is an empty cell.

    Args:
        columns: The headings. One that ends in ``#`` is set to the right, one that ends in
            ``!`` is never broken into lines; both are shown without the sign.
        rows: As many cells as there are headings. Square brackets are shown as they are.
        title: Above the table, or "" for none.
    """
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        number = column.endswith("#")
        drawn.add_column(
            column.rstrip("#!"),
            justify="right" if number else "left",
            overflow="fold",
            no_wrap=number or column.endswith("!"),
        )
    for row in rows:
        drawn.add_row(*("" if cell is None else escape(harmless(str(cell))) for cell in row))
    return drawn


def tree(label: str, *, style: str = "bold") -> Tree:
    """A tree with one root; ``branch`` adds to it. Square brackets are shown as they are."""
    from rich.text import Text
    from rich.tree import Tree

    return Tree(Text(harmless(label), style), guide_style="dim")


def branch(parent: Tree, label: str, detail: str = "", *, style: str = "default") -> Tree:
    """A new branch below ``parent``: the label, then its detail in a dimmer hand."""
    from rich.markup import escape

    label, detail = escape(harmless(label)), escape(harmless(detail))
    text = label + (f"  [dim]{detail}[/dim]" if detail else "")
    return parent.add(text, style=style)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[tuple[Progress, Any]]:
    """A progress bar on standard error, seen only where that is a terminal.

    Args:
        what: What is being done, e.g. ``reading events.ndjson``.
        total: How many units there are (bytes, lines), or None where unknown.

    Yields:
        The bar and its task, for ``bar.update(task, advance=n)``.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    terminal = console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=terminal, transient=True, disable=not terminal.is_terminal
    ) as bar:
        yield bar, bar.add_task(what, total=total)


def fail(error: object, code: int = EXIT_UNREADABLE) -> NoReturn:
    """Say on standard error what is wrong, and end with ``code``.

    One sentence; a name that could mean several things is followed by these, one a line.
    """
    complain(error)
    raise SystemExit(code)


def complain(error: object) -> None:
    """Say on standard error what is wrong, and go on; see `fail`."""
    sys.stderr.write(f"whence: {_ambiguity(error) or _sentence(error)}\n")


def _sentence(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _ambiguity(error: object) -> str:
    """The candidates of an ambiguous name, below a sentence; "" for any other error."""
    if not isinstance(error, AmbiguousName):
        return ""
    left = len(error.candidates) - MOST_CANDIDATES
    more = [f"... and {left} more"] if left > 0 else []
    lines = [f"{error.name!r} could be any of these; give more of it:"]
    return "\n  ".join([*lines, *error.candidates[:MOST_CANDIDATES], *more])
