"""sqlglot's tokenizer and parser behind one door: text in, statements or an error out.

Must not look into the tree; nothing else calls the parser.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokenizer_core import Token

from whence.sql.dialects import Rules


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """Why a text could not be parsed.

    Attributes:
        code: A gap code, ``parse-error`` or ``too-deep``.
        reason: The parser's message, in one line.
    """

    code: str
    reason: str


def tokenize(sql: str, rules: Rules) -> list[Token] | ParseFailure:
    """The tokens of ``sql``."""
    try:
        return rules.dialect.tokenize(sql)
    except (SqlglotError, ValueError, IndexError, OverflowError) as error:
        return ParseFailure("parse-error", one_line(error))


def parse(tokens: list[Token], sql: str, rules: Rules) -> list[exp.Expr | None] | ParseFailure:
    """The statements of ``tokens``, in order; None stands for an empty one."""
    try:
        parser = rules.dialect.parser(error_level=ErrorLevel.IMMEDIATE)
        return list(parser.parse(tokens, sql))
    except RecursionError:
        return ParseFailure("too-deep", "nested deeper than the parser can follow")
    except _PARSER_ERRORS as error:
        return ParseFailure("parse-error", one_line(error))


# sqlglot raises its own errors for text it refuses, and Python's where its code met a tree that
# it did not expect; both mean that this text does not parse.
_PARSER_ERRORS = (
    SqlglotError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def one_line(error: Exception) -> str:
    """The message of ``error`` without line breaks and terminal colours, cut to a sentence."""
    text = str(error).replace("\x1b[4m", "").replace("\x1b[0m", "")
    return " ".join(text.split())[:200] or type(error).__name__
