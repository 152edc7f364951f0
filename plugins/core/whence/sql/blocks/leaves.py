"""The statements that a block is made of, as text, and what else of it bears on lineage.

Plain values; must not know tokens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["statement", "text", "value", "row", "into", "fetch", "names", "explained"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part of a script.

    Attributes:
        role: ``statement``; ``text``: SQL that stood in a literal; ``value``: an expression, given
            to variables or deciding on what runs; ``row``: a query whose rows a loop or cursor
            goes through; ``into``: a query whose columns go to variables; ``fetch``: a row of a
            cursor; ``names``: variables that are declared; ``explained``: a statement that is not
            run.
        text: Its text, "" for ``names``.
        names: The variables concerned.
        line: Where it begins, from 1.
        either: True where the variables may keep what they hold: it may not run.
    """

    role: Role
    text: str
    names: tuple[str, ...] = ()
    line: int = 1
    either: bool = False


CHANGED_ROWS = ("new", "old", "inserted", "deleted")
"""What a trigger calls the rows that set it off; T-SQL reads the last two as tables."""
