"""Which numbers of a statement belong to its shape: sizes of types, limits, positions, parameters.

Must not parse; it sees tokens one after the other.
"""

from __future__ import annotations

from sqlglot import Token, TokenType
from sqlglot.parser import Parser

from whence.sql.words import words

_TYPES = frozenset(
    getattr(TokenType, name)
    for name in words(
        """
    BIGDECIMAL BIGINT BIGNUM BINARY BIT BLOB BPCHAR CHAR DATETIME DATETIME2 DATETIME64 DECIMAL
    DECIMAL128 DECIMAL256 DECIMAL32 DECIMAL64 DOUBLE FIXEDSTRING FLOAT INT MEDIUMINT NCHAR NVARCHAR
    SMALLINT TEXT TIME TIMESTAMP TIMESTAMPLTZ TIMESTAMPNTZ TIMESTAMPTZ TIMETZ TINYINT UDECIMAL
    VARBINARY VARCHAR VECTOR YEAR
        """
    )
    if hasattr(TokenType, name)
)
"""Types that take sizes."""

_NAMED_TYPES = words(
    """
    varying number numeric varchar2 nvarchar2 raw bytes string fixedstring bignumeric
    """
)
_TYPE_BEFORE = frozenset(
    (TokenType.ALIAS, TokenType.DCOLON, TokenType.IDENTIFIER, TokenType.LT, TokenType.VAR)
)
"""What stands before a type: AS, ``::``, a column's name, ``<`` of a struct."""

_CONVERSIONS = words("convert try_convert cast try_cast safe_cast")
_PARAMETERS = frozenset((TokenType.PARAMETER, TokenType.DOLLAR, TokenType.PLACEHOLDER))
_VALUES = frozenset(
    (
        TokenType.IDENTIFIER,
        TokenType.NUMBER,
        TokenType.R_BRACE,
        TokenType.R_BRACKET,
        TokenType.R_PAREN,
        TokenType.STRING,
        TokenType.VAR,
    )
)
"""What ends a value: a colon after it is no parameter's, a bracket after it holds a subscript."""

_LIMITS = frozenset((TokenType.LIMIT, TokenType.OFFSET, TokenType.TOP))
_POSITIONAL = frozenset((TokenType.ORDER_BY, TokenType.GROUP_BY))
_CLAUSES = frozenset(
    (
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
    )
)
_MAX_POSITION = 4
"""Digits of a position in a select list."""

_OPERATORS = frozenset(
    (
        *Parser.FACTOR,
        *Parser.TERM,
        *Parser.EQUALITY,
        *Parser.COMPARISON,
        *Parser.COLUMN_OPERATORS,
        *Parser.RANGE_PARSERS,
        *Parser.BITWISE,
    )
)
_BEFORE_TABLE = frozenset(
    (TokenType.FROM, TokenType.INTO, TokenType.JOIN, TokenType.TABLE, TokenType.UPDATE)
)


class Shapes:
    """Where in a statement the tokens stand; to be entered one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        """Begin before the first token."""
        self._tokens = tokens
        self._opened: list[int] = []
        self._positional = [False]
        self._begins = 0

    def enter(self, at: int) -> None:
        """Take in the token number ``at``, after the ones before it."""
        token = self._tokens[at]
        kind = token.token_type
        if at and token.start > self._tokens[at - 1].end + 1:
            self._begins = at
        if kind == TokenType.L_PAREN:
            self._opened.append(at)
            self._positional.append(False)
        elif kind == TokenType.R_PAREN and self._opened:
            self._opened.pop()
            self._positional.pop()
        elif kind in _POSITIONAL or kind in _CLAUSES:
            self._positional[-1] = kind in _POSITIONAL

    def is_shape(self, at: int) -> bool:
        """True where the number that was entered last tells nothing of data."""
        before = self._kind(at - 1)
        if before in _LIMITS or self._is_parameter(at) or self._is_subscript(at):
            return True
        if self._is_position(at) or self._is_fetch(at) or self._in_table_name(at):
            return True
        return bool(self._opened) and self._opens_shape(self._opened[-1])

    def begins_number(self, at: int) -> bool:
        """True for the point of ``.5``, which a column's or a table's name does not precede."""
        if self._kind(at + 1) != TokenType.NUMBER or not self._touches(at + 1):
            return False
        return not (self._touches(at) and self._kind(at - 1) in _VALUES)

    def _kind(self, at: int) -> TokenType | None:
        return self._tokens[at].token_type if 0 <= at < len(self._tokens) else None

    def _touches(self, at: int) -> bool:
        """True where no blank stands before the token."""
        return at > 0 and self._tokens[at - 1].end + 1 == self._tokens[at].start

    def _is_parameter(self, at: int) -> bool:
        """``$1``, ``?1``, ``@1`` and ``:1``."""
        before = self._kind(at - 1)
        if not self._touches(at):
            return False
        return before in _PARAMETERS or (
            before == TokenType.COLON and self._kind(at - 2) not in _VALUES
        )

    def _is_subscript(self, at: int) -> bool:
        """``a[1]``; the first of ``[1, 2]`` is data."""
        if self._kind(at - 1) != TokenType.L_BRACKET or self._kind(at + 1) != TokenType.R_BRACKET:
            return False
        return self._touches(at - 1) and self._kind(at - 2) in _VALUES

    def _is_position(self, at: int) -> bool:
        """``ORDER BY 1``; the number of ``ORDER BY 1 + a`` is data."""
        before, after, text = self._kind(at - 1), self._kind(at + 1), self._tokens[at].text
        if not self._positional[-1] or not (text.isdigit() and len(text) <= _MAX_POSITION):
            return False
        return (before in _POSITIONAL or before == TokenType.COMMA) and after not in _OPERATORS

    def _is_fetch(self, at: int) -> bool:
        """``FETCH FIRST 5 ROWS``."""
        return at > 1 and self._kind(at - 2) == TokenType.FETCH

    def _in_table_name(self, at: int) -> bool:
        """``FROM my-project-12.dataset.t``, and a part of a name that begins with a digit."""
        begins = self._begins
        if at <= begins or self._kind(begins - 1) not in _BEFORE_TABLE:
            return False
        return all(
            self._kind(each) in (TokenType.VAR, TokenType.DASH, TokenType.DOT, TokenType.NUMBER)
            for each in range(begins, at)
        )

    def _opens_shape(self, at: int) -> bool:
        """True where the parenthesis holds a type's sizes, a limit or a share of a sample."""
        head = self._kind(at - 1)
        if head in (TokenType.TABLE_SAMPLE, TokenType.TOP):
            return True
        if self._kind(at - 2) == TokenType.TABLE_SAMPLE:
            return True
        if head == TokenType.DECIMAL:
            return True
        if head not in _TYPES and self._text(at - 1) not in _NAMED_TYPES:
            return False
        if self._text(at - 1) == "varying":
            return True
        if self._kind(at - 2) in _TYPE_BEFORE and self._text(at - 2) != "of":  # AS OF is a time
            return True
        outer = self._opened[-2] if len(self._opened) > 1 else 0
        return outer > 0 and self._text(outer - 1) in _CONVERSIONS

    def _text(self, at: int) -> str:
        return self._tokens[at].text.lower() if at >= 0 else ""
