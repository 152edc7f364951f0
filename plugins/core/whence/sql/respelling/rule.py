"""One way to spell a statement anew.

Must not know which there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from whence.sql.words import words

_QUOTED = r"\"[^\"]+\"|`[^`]+`|\[[^\]]+\]"

_WORD = r"[\w$#%~@{}:/-]"

NAME = rf"((?:{_QUOTED}|@?{_WORD}+)(?:\.(?:{_QUOTED}|[\w$#*-]+))*)(?!{_WORD})"
"""A table's name, as a group of a pattern."""

TEXT = r"('(?:[^']|'')*')"
"""A literal, as a group of a pattern."""

LISTED = r"(\((?:[^()]|\([^()]*\))*\))"
"""A list in brackets, as a group of a pattern."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is to be replaced by what.

    Attributes:
        pattern: Found anywhere, unless it begins with ``^``; blanks stand for any whitespace.
        by: As `re.sub` takes it.
        dialects: Where it holds; empty for all.
        kind: What the statement is called all the same; "" for what the new spelling is.
        unknown: What cannot be told of it; "" where nothing is lost.
    """

    pattern: re.Pattern[str]
    by: str | Callable[[re.Match[str]], str]
    dialects: frozenset[str]
    kind: str = ""
    unknown: str = ""


def rule(
    pattern: str,
    by: str | Callable[[re.Match[str]], str],
    dialects: str = "",
    kind: str = "",
    unknown: str = "",
) -> Rule:
    """A `Rule` whose blanks match any whitespace."""
    spaced = pattern.replace("^", r"^\s*", 1) if pattern.startswith("^") else pattern
    compiled = re.compile(spaced.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL)
    return Rule(compiled, by, words(dialects), kind, unknown)
