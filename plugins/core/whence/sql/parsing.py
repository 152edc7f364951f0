"""sqlglot's tokenizer and parser behind one door: text in, statements or a failure out.

Must not look into the tree; nothing else calls the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from whence.sql.dialects import Rules
from whence.sql.dialects import rules as rules_of
from whence.sql.quiet import quiet

MAX_NESTING = 600
"""Brackets nested deeper are not parsed: the compiled parser's C stack ends some thousands deep,
and a thread's may be a tenth of the main one's."""

MAX_BARE_JOINS = 14
"""More joins without a condition, one after the other, are not parsed: sqlglot looks for the
condition of each behind all that follow, in twice the time for each one more."""

TWICE_AT_EACH_LEVEL = {"materialize": "postgres"}
"""Dialects whose parser reads an argument twice at each level of nesting, 2^30 times at the
thirtieth; and the nearest dialect, which reads what is nested deeper than `DEEP`."""

DEEP = 10

MAX_TOKENS = 250_000
"""Longer texts are not parsed: sqlglot without its compiled build would take over five seconds."""

# sqlglot raises its own errors for text it refuses, and Python's where its code met a tree that
# it did not expect; both mean that this text does not parse.
_REFUSALS = (
    SqlglotError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
NEAR = 30
"""Characters of the text shown before and after what is wrong."""

_TOKEN = re.compile(r"<Token token_type: [^,]*, text: (.*?), line: [^>]*>", re.DOTALL)
_CLASS = re.compile(r"<class '[\w.]*\.(\w+)'>")
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
_JOINS = frozenset({TokenType.JOIN, TokenType.STRAIGHT_JOIN})
_NEEDS_NO_CONDITION = frozenset({TokenType.CROSS, TokenType.NATURAL})
_CONDITIONS = frozenset({TokenType.ON, TokenType.USING})
_BEGINNINGS = frozenset({TokenType.SELECT, TokenType.SEMICOLON})


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """Why a text could not be parsed.

    Attributes:
        code: A gap code, ``parse-error``, ``too-deep`` or ``size-limit``.
        reason: The parser's message, in one line.
    """

    code: str
    reason: str


def tokenize(sql: str, rules: Rules) -> list[Token] | ParseFailure:
    """The tokens of ``sql``."""
    try:
        return list(rules.dialect.tokenize(sql))
    except RecursionError:
        return ParseFailure("too-deep", "nested deeper than the tokenizer can follow")
    except _REFUSALS as error:
        return ParseFailure("parse-error", one_line(error))


def parse(tokens: list[Token], sql: str, rules: Rules) -> list[exp.Expr] | ParseFailure:
    """The statements of ``tokens``, in order, without empty ones."""
    if len(tokens) > MAX_TOKENS:
        return ParseFailure(
            "size-limit", f"{len(tokens):,} tokens, above the limit of {MAX_TOKENS:,}"
        )
    # Counting brackets costs nothing; following them costs a tenth of parsing.
    brackets = sum(sql.count(bracket) for bracket in "([{")
    nearest = TWICE_AT_EACH_LEVEL.get(rules.name)
    if nearest is not None and brackets > DEEP and _nesting(tokens) > DEEP:
        rules = rules_of(nearest)
    if brackets > MAX_NESTING and _nesting(tokens) > MAX_NESTING:
        return ParseFailure("too-deep", f"brackets nested deeper than {MAX_NESTING}")
    if sql.lower().count("join") > MAX_BARE_JOINS and _bare_joins(tokens) > MAX_BARE_JOINS:
        return ParseFailure("too-deep", f"over {MAX_BARE_JOINS} joins without a condition")
    try:
        parser = rules.dialect.parser(error_level=ErrorLevel.IMMEDIATE)
        with quiet():
            parsed = parser.parse(tokens, sql)
    except RecursionError:
        return ParseFailure("too-deep", "nested deeper than the parser can follow")
    except _REFUSALS as error:
        return ParseFailure("parse-error", one_line(error))
    return [each for each in parsed if each is not None and each.__class__ is not exp.Semicolon]


def _bare_joins(tokens: list[Token]) -> int:
    """The most joins that wait for their ON or USING at one place, those of all brackets around.

    Brackets within a join are read anew for each way in which the join is tried.
    """
    most, bare, before = 0, [0], None
    for token in tokens:
        kind = token.token_type
        if kind in _JOINS:
            bare[-1] += before not in _NEEDS_NO_CONDITION
        elif kind in _CONDITIONS:
            bare[-1] -= bare[-1] > 0
        elif kind in _OPENING:
            bare.append(bare[-1])
        elif kind in _CLOSING or kind in _BEGINNINGS:
            most = max(most, bare.pop())
            if kind in _BEGINNINGS or not bare:
                bare.append(bare[-1] if bare else 0)
        before = kind
    return max(most, *bare)


def _nesting(tokens: list[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        kind = token.token_type
        if kind in _OPENING:
            depth += 1
            if depth > deepest:
                deepest = depth
        elif kind in _CLOSING:
            depth -= 1
    return deepest


def one_line(error: Exception) -> str:
    """What is wrong and where, in one line, without terminal colours, cut to a sentence."""
    details = error.errors if isinstance(error, ParseError) else ()
    text = _placed(details[0]) if details else str(error)
    text = text.replace("\x1b[4m", "").replace("\x1b[0m", "")
    return " ".join(text.split())[:200] or type(error).__name__


def _placed(detail: dict[str, Any]) -> str:
    """Sqlglot's account of one error, its own classes put in words."""
    said = _TOKEN.sub(r"\1", str(detail.get("description") or "does not parse")).rstrip(". ")
    said = _CLASS.sub(lambda found: found[1].upper(), said)
    near = [str(detail.get(part) or "") for part in ("start_context", "highlight", "end_context")]
    context = " ".join(f"{near[0][-NEAR:]}{near[1]}{near[2][:NEAR]}".split())
    return f"{said}, near {context!r}"
