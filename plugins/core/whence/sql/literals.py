"""Masks the literals of SQL by the positions of its tokens.

Must not parse: text that no parser understands is masked too.
"""

from __future__ import annotations

import re

from sqlglot import Token, TokenType, tokenize
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser

from whence.sql.shapes import Shapes
from whence.sql.words import words

STRING_MASK = "'?'"
NUMBER_MASK = "?"
MAX_COMMANDS = 3
"""How deep a command's text may begin with a command (EXPLAIN EXEC ...)."""

_STRINGS = frozenset(
    (
        TokenType.BIT_STRING,
        TokenType.BYTE_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.HEX_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.STRING,
        TokenType.UNICODE_STRING,
    )
)
_DOLLAR_QUOTED = re.compile(r"\$(|[^\W\d]\w*)\$.*?\$\1\$", re.DOTALL)
# An apostrophe within a word (don't) opens nothing; N'...' and rb'...' do.
_APOSTROPHE = r"(?<=[^\W\d_]{2})(?<![rR][bB])(?<![bB][rR])'[^\W\d_]"
_SINGLE = rf"(?!{_APOSTROPHE})(?:(?<![\w$])[bBeEnNrRxX])?'(?:''|\\.|[^'\\])*(?:'|\Z)"
_DOUBLE = r'"(?:""|\\.|[^"\\])*(?:"|\Z)'
_PROSE = re.compile(
    rf"{_SINGLE}|{_DOUBLE}|(?<![\w$])\$(\w*)\$.*?(?:\$\1\$|\Z)|(?<![\w.$])\.?\d[\w.]*", re.DOTALL
)
_COMMENT_MARK = re.compile(r"(\n|/\*\+?|\*/)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_UNITS = words(
    """
    y yr year years q quarter quarters mon mons month months w week weeks d day days h hr hour
    hours m min mins minute minutes s sec secs second seconds ms millisecond milliseconds us
    microsecond microseconds ns nanosecond nanoseconds decade decades century centuries
    millennium ago to
    """
)


def mask(sql: str, dialect: str | None = None, depth: int = 0) -> str:
    """``sql`` with masked literals; see `whence.redact.mask_literals`.

    Args:
        sql: Any text.
        dialect: sqlglot's name of it.
        depth: In how many commands the text stands.
    """
    try:
        tokens = tokenize(sql, read=dialect)
    except SqlglotError:
        return mask_prose(sql)
    except ValueError:  # a dialect that sqlglot does not know
        return mask(sql) if dialect is not None else mask_prose(sql)
    masker = _Masker(sql, tokens, dialect, depth)
    return masker.text()


class _Masker:
    """One text while it is masked, token by token."""

    def __init__(self, sql: str, tokens: list[Token], dialect: str | None, depth: int) -> None:
        """Begin before the first token."""
        self._sql = sql
        self._tokens = tokens
        self._dialect = dialect
        self._depth = depth
        self._shapes = Shapes(tokens)

    def text(self) -> str:
        sql, end = self._sql, 0
        pieces: list[str] = []
        for at, token in enumerate(self._tokens):
            self._shapes.enter(at)
            if token.start < end:  # a second token of the same text, as of ``1L``
                continue
            command = self._command(at, end)
            if command is not None:
                pieces.append(command)
                end = token.end + 1
                continue
            # Between tokens stand blanks and comments, and comments may quote what the code said.
            pieces.append(mask_comments(sql[end : token.start]))
            end, piece = self._piece(at)
            pieces.append(piece)
        return "".join([*pieces, mask_comments(sql[end:])])

    def _command(self, at: int, end: int) -> str | None:
        """The masked rest of a statement that the tokenizer hands over as one string (CALL ...)."""
        token, rest = self._tokens[at], self._sql[end : self._tokens[at].end + 1]
        before = self._tokens[at - 1].token_type if at else None
        if before not in _COMMANDS or token.token_type != TokenType.STRING:
            return None
        if rest.strip() != token.text:
            return None
        if self._depth >= MAX_COMMANDS:
            return mask_prose(rest)
        return mask(rest, self._dialect, self._depth + 1)

    def _piece(self, at: int) -> tuple[int, str]:
        """Where the token ends, or what belongs to it, and what stands for it."""
        sql, token = self._sql, self._tokens[at]
        start, end, kind = token.start, token.end + 1, token.token_type
        if sql[start] == "$" and (quoted := _DOLLAR_QUOTED.match(sql, start)):
            return quoted.end(), STRING_MASK
        if kind in _STRINGS:
            return end, self._string(at)
        if kind == TokenType.HINT:
            return end, mask_comments(sql[start:end])
        if kind == TokenType.NUMBER and not self._shapes.is_shape(at):
            return self._number(at)
        if kind == TokenType.DOT and self._shapes.begins_number(at):
            return self._number(at + 1)
        return end, sql[start:end]

    def _string(self, at: int) -> str:
        if at and self._tokens[at - 1].token_type == TokenType.INTERVAL:
            return mask_interval(self._tokens[at].text)
        return STRING_MASK

    def _number(self, at: int) -> tuple[int, str]:
        end = self._tokens[at].end + 1
        after = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        if after is not None and after.start == end and after.token_type == TokenType.VAR:
            end = after.end + 1  # 0xAB in a dialect that has no such numbers
        # ``?::`` is an operator of some dialects.
        return end, f"{NUMBER_MASK} " if self._sql.startswith("::", end) else NUMBER_MASK


_COMMANDS = frozenset((TokenType.COMMAND, *Parser.STATEMENT_PARSERS))


def mask_interval(text: str) -> str:
    """``'5 days'`` as ``'0 days'``: without its unit an interval would not be one."""
    rest = _NUMBER.sub(" ", text)
    known = all(word.lower() in _UNITS for word in re.split(r"[\s:+,.-]+", rest) if word)
    if not known or not any(mark.isalpha() for mark in rest):
        return STRING_MASK
    return f"'{_NUMBER.sub('0', text)}'"


def mask_comments(text: str) -> str:
    """What stands between two tokens: an apostrophe ends no later than its line or comment."""
    if not text or text.isspace():
        return text
    return "".join(
        part if _COMMENT_MARK.fullmatch(part) else mask_prose(part)
        for part in _COMMENT_MARK.split(text)
    )


def mask_prose(text: str) -> str:
    """``text`` with all that is quoted, and every number, masked.

    A database's message may quote data as it quotes names; a quote without an end masks the rest.
    """
    if not text or text.isspace():
        return text
    return _PROSE.sub(_mask_of, text)


def _mask_of(found: re.Match[str]) -> str:
    return NUMBER_MASK if found[0][0] in ".0123456789" else STRING_MASK
