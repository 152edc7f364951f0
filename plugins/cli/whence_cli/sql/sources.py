"""Where the SQL comes from: files, folders, patterns, standard input and the command line.

Reads and checks only; must not resolve anything. What cannot be read raises `BadInput`.
"""

from __future__ import annotations

import codecs
import difflib
import glob
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from whence.errors import BadInput

STDIN = "-"
SUFFIXES = (".sql", ".ddl", ".hql")
"""The files of a folder that hold SQL."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One text.

    Attributes:
        name: What it is called: the path as it was given or found, ``-``, ``command`` ...
        text: What it says, where the command line has it; None: it is still to be read.
    """

    name: str
    text: str | None = None

    @property
    def path(self) -> Path | None:
        """The file; None where it is none."""
        return None if self.text is not None or self.name == STDIN else Path(self.name)

    @property
    def title(self) -> str:
        """What the result of a bare query in it is called: the file's name, or ``query``."""
        return "query" if self.path is None else self.path.stem

    def read(self, encoding: str | None) -> str:
        """Its text, by a byte order mark where there is one and ``encoding`` is None."""
        if self.text is not None:
            return self.text
        if self.name == STDIN:
            return decoded(sys.stdin.buffer.read(), "standard input", encoding)
        try:
            return decoded(Path(self.name).read_bytes(), self.name, encoding)
        except OSError as error:
            raise BadInput(f"cannot read {self.name}: {error.strerror}") from error


def find(names: Sequence[str], commands: Sequence[str]) -> Iterator[Source | BadInput]:
    """The texts that the command line asks for, each file once, folders and patterns in order.

    What names nothing is an error in its place, so that the others are still answered.

    Args:
        names: Files, folders, patterns such as ``models/**/*.sql``, or ``-``.
        commands: Statements.
    """
    for number, text in enumerate(commands, 1):
        yield Source(f"command {number}" if len(commands) > 1 else "command", text)
    seen: set[str] = set()
    for name in names or ([] if commands else [STDIN]):
        found = _named(name)
        if isinstance(found, BadInput):
            yield found
            continue
        yield from (Source(each) for each in found if each not in seen)
        seen.update(found)


def decoded(data: bytes, where: str, encoding: str | None = None) -> str:
    """``data`` as text; ``where`` names it in the error."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding or marked)
    except UnicodeDecodeError as error:
        at = f"byte {data[error.start]:#04x} at offset {error.start}"
        other = "" if encoding else "; name what it is, e.g. --encoding latin-1"
        shown = encoding or marked.replace("-sig", "")
        raise BadInput(f"{where} is not valid {shown.upper()}: {at}{other}") from error
    except LookupError as error:
        raise BadInput(f"there is no encoding {encoding!r}; e.g. utf-8 or latin-1") from error


def _named(name: str) -> list[str] | BadInput:
    """The files that one argument means."""
    if name == STDIN or os.path.isfile(name):
        return [name]
    if os.path.isdir(name):
        return _inside(name) or BadInput(f"{name} holds no file that ends in {_suffixes()}")
    if glob.has_magic(name):
        matches = [each for each in sorted(glob.glob(name, recursive=True)) if os.path.isfile(each)]
        return matches or BadInput(f"no file matches {name!r}")
    if os.path.exists(name):  # a pipe: <(...)
        return [name]
    return BadInput(f"cannot read {name}: no such file{_hint(name)}")


def _inside(folder: str) -> list[str]:
    """The files of SQL in ``folder`` and below, hidden ones and those in hidden folders not."""
    found: list[str] = []
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        found += [
            os.path.join(where, each)
            for each in sorted(files)
            if each.lower().endswith(SUFFIXES) and not each.startswith(".")
        ]
    return found


def _suffixes() -> str:
    return " or ".join(SUFFIXES)


def _hint(name: str) -> str:
    """Files beside it that are called nearly so."""
    folder, leaf = os.path.split(name)
    try:
        beside = os.listdir(folder or ".")
    except OSError:
        return "; there is no such folder" if folder else ""
    near = difflib.get_close_matches(leaf, beside, n=1)
    return f"; did you mean {os.path.join(folder, near[0])}?" if near else ""
