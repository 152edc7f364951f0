"""Masks the literals of SQL by the positions of its tokens.

Must not parse: text that no parser understands is masked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import Token, TokenType, tokenize
from sqlglot.errors import SqlglotError

STRING_MASK = "'?'"
NUMBER_MASK = "?"

_STRINGS = {
    TokenType.BIT_STRING,
    TokenType.BYTE_STRING,
    TokenType.HEREDOC_STRING,
    TokenType.HEX_STRING,
    TokenType.NATIONAL_STRING,
    TokenType.RAW_STRING,
    TokenType.STRING,
    TokenType.UNICODE_STRING,
}
_SIZED = {
    TokenType.BINARY,
    TokenType.BIT,
    TokenType.CHAR,
    TokenType.DATETIME,
    TokenType.DATETIME2,
    TokenType.DATETIME64,
    TokenType.DECIMAL,
    TokenType.FLOAT,
    TokenType.NCHAR,
    TokenType.NVARCHAR,
    TokenType.TEXT,
    TokenType.TIME,
    TokenType.TIMESTAMP,
    TokenType.TIMESTAMPLTZ,
    TokenType.TIMESTAMPNTZ,
    TokenType.TIMESTAMPTZ,
    TokenType.VARBINARY,
    TokenType.VARCHAR,
}
"""Types whose numbers in parentheses are part of the type."""

_BEFORE_SHAPE = {
    TokenType.COLON,
    TokenType.DOLLAR,
    TokenType.LIMIT,
    TokenType.L_BRACKET,
    TokenType.OFFSET,
    TokenType.PARAMETER,
    TokenType.PLACEHOLDER,
    TokenType.TOP,
}
"""What stands before numbers that are no data: parameters, limits, subscripts."""

_POSITIONAL = {TokenType.ORDER_BY, TokenType.GROUP_BY}
_CLAUSES = {
    TokenType.FROM,
    TokenType.HAVING,
    TokenType.LIMIT,
    TokenType.QUALIFY,
    TokenType.RANGE,
    TokenType.ROWS,
    TokenType.SELECT,
    TokenType.SEMICOLON,
    TokenType.UNION,
    TokenType.WHERE,
}
_LITERAL = re.compile(
    r"'(?:''|[^'])*(?:'|\Z)|\"(?:\"\"|[^\"])*(?:\"|\Z)|(?<![\w.$])\d[\w.]*", re.DOTALL
)


def mask(sql: str, dialect: str | None = None) -> str:
    """``sql`` with masked literals; see `whence.redact.mask_literals`."""
    try:
        tokens = tokenize(sql, read=dialect)
    except SqlglotError:
        return mask_prose(sql)
    except ValueError:  # a dialect that sqlglot does not know
        return mask(sql) if dialect is not None else mask_prose(sql)
    pieces: list[str] = []
    end = 0
    for token, replacement in _replaced(tokens):
        if token.start < end:  # a second token of the same text, as of ``1L``
            continue
        # Between tokens stand blanks and comments, and comments may quote what the code said.
        pieces.append(mask_prose(sql[end : token.start]))
        pieces.append(sql[token.start : token.end + 1] if replacement is None else replacement)
        end = token.end + 1
    return "".join([*pieces, mask_prose(sql[end:])])


def _replaced(tokens: list[Token]) -> Iterator[tuple[Token, str | None]]:
    """Each token with what stands in its place, or None where it stays."""
    opened: list[TokenType | None] = []
    positional = [False]
    before: TokenType | None = None
    for token in tokens:
        kind = token.token_type
        if kind in _STRINGS:
            yield token, STRING_MASK
        elif kind == TokenType.NUMBER:
            in_type = bool(opened) and opened[-1] in _SIZED
            position = positional[-1] and (before in _POSITIONAL or before == TokenType.COMMA)
            yield token, None if in_type or position or before in _BEFORE_SHAPE else NUMBER_MASK
        else:
            yield token, None
        if kind == TokenType.L_PAREN:
            opened.append(before)
            positional.append(False)
        elif kind == TokenType.R_PAREN and opened:
            opened.pop()
            positional.pop()
        elif kind in _POSITIONAL or kind in _CLAUSES:
            positional[-1] = kind in _POSITIONAL
        before = kind


def mask_prose(text: str) -> str:
    """``text`` with all that is quoted, and every number, masked.

    A database's message may quote data as it quotes names; a quote without an end masks the rest.
    """
    if not text or text.isspace():
        return text
    return _LITERAL.sub(lambda found: STRING_MASK if found[0][0] in "'\"" else NUMBER_MASK, text)
