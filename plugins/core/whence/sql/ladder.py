"""The ladder for text that does not parse: whole, statement by statement, by scanning.

Must not read what statements mean; see `whence.sql.descent` for its lower steps, and
`whence.sql.scan` for the last one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from whence.model import Gap
from whence.sql.dialects import Rules
from whence.sql.parsing import ParseFailure, parse, tokenize

_PLAIN = frozenset({exp.Select, exp.Union, exp.Intersect, exp.Except})
"""What the parser does not take for anything else."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a text, on whatever step of the ladder it was read.

    Attributes:
        node: Its syntax tree, or None where it does not parse.
        text: The text that its tree was parsed from, or else what is still to be scanned.
        gap: Why it was not parsed, or what had to be done to the text before.
        role: What it is beside a statement: see `whence.sql.blocks.leaves`.
        names: The variables that it is about.
        either: True where these may as well keep the values that they had.
        kind: What the statement is called where its text was spelled anew; else "".
    """

    node: exp.Expr | None
    text: str = ""
    gap: Gap | None = None
    role: str = ""
    names: tuple[str, ...] = ()
    either: bool = False
    kind: str = ""


def pieces(sql: str, rules: Rules) -> list[Piece]:
    """The statements of ``sql``, parsed as far as they can be."""
    if "$" in sql:
        from whence.sql.descent import unmisled

        found = unmisled(sql, rules)
        if found is not None:
            return found
    tokens = tokenize(sql, rules)
    parsed = tokens if isinstance(tokens, ParseFailure) else parse(tokens, sql, rules)
    if not isinstance(parsed, ParseFailure):
        plain = [Piece(node, sql) for node in parsed if node.__class__ in _PLAIN]
        if len(plain) == len(parsed):
            return plain
    from whence.sql.descent import below

    return below(sql, rules, tokens, parsed)
