"""The tokens of a script as words, with what the tokenizer had swallowed as a command's text.

Must not know statements.
"""

from __future__ import annotations

from sqlglot.tokenizer_core import Token, TokenType

from whence.sql.dialects import Rules
from whence.sql.parsing import ParseFailure, tokenize

_TEXTS = frozenset(
    {
        TokenType.STRING,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.UNICODE_STRING,
        TokenType.BYTE_STRING,
    }
)
_BEFORE = "x "
"""Put before text that is tokenized again, so that its first word is not taken for a command."""


_AGAIN = 8
"""How often a text is tokenized again at most, as a whole: commands can hold commands."""


class Words:
    """The words of a text, by number.

    Attributes:
        sql: The text.
        folded: Each word in lower case; "" for literals and quoted names.
    """

    def __init__(self, sql: str, tokens: list[Token], rules: Rules) -> None:
        """Read ``tokens`` of ``sql``."""
        self.sql = sql
        self._tokens = _whole(sql, tokens, rules)
        self.folded = [_fold(token) for token in self._tokens]

    def __len__(self) -> int:
        return len(self._tokens)

    def word(self, at: int) -> str:
        """The word at ``at`` in lower case, or "" where there is none."""
        return self.folded[at] if 0 <= at < len(self.folded) else ""

    def name(self, at: int) -> str:
        """The name at ``at`` without quotes; "" where there is none."""
        if not 0 <= at < len(self._tokens) or self.literal(at) is not None:
            return ""
        text = self._tokens[at].text
        return text if text[:1].isalpha() or text[:1] in "_#" else ""

    def literal(self, at: int) -> str | None:
        """The string at ``at``, or None where there is something else."""
        if not 0 <= at < len(self._tokens):
            return None
        token = self._tokens[at]
        return token.text if token.token_type in _TEXTS else None

    def starts_line(self, at: int) -> bool:
        """True where only blanks stand before the word on its line."""
        if at == 0:
            return True
        start, end = self._tokens[at].start, self._tokens[at - 1].end
        return "\n" in self.sql[end + 1 : start]

    def line(self, at: int) -> int:
        """The line of the word at ``at``, from 1."""
        return self._tokens[at].line if at < len(self._tokens) else 1

    def text(self, first: int, last: int) -> str:
        """The text from word ``first`` to before word ``last``."""
        if first >= last:
            return ""
        return self.sql[self._tokens[first].start : self._tokens[last - 1].end + 1]

    def closing(self, at: int, end: int, statements: bool = True) -> int:
        """The place of the bracket that closes the one at ``at``, or ``end``.

        Args:
            at: Where it is opened.
            end: Where to look no further.
            statements: Whether it may hold whole statements (Teradata's macros); one that may not
                and that nothing closes ends with its statement.
        """
        depth = 0
        while at < end:
            if self.folded[at] == ";" and not statements:
                return at - 1
            depth += (self.folded[at] in ("(", "[")) - (self.folded[at] in (")", "]"))
            if depth == 0:
                return at
            at += 1
        return end


def _fold(token: Token) -> str:
    if token.token_type in _TEXTS or token.token_type == TokenType.IDENTIFIER:
        return ""
    return token.text.lower()


def _whole(sql: str, tokens: list[Token], rules: Rules) -> list[Token]:
    """``tokens`` with the text of commands (``PRINT ...``) in tokens of its own."""
    found: list[Token] = []
    todo = list(reversed(tokens))
    budget = _AGAIN * len(sql)
    while todo:
        token = todo.pop()
        if found and budget > 0 and _swallowed(sql, found[-1], token):
            start = found[-1].end + 1
            budget -= token.end - start
            again = tokenize(_BEFORE + sql[start : token.end + 1], rules)
            if not isinstance(again, ParseFailure):
                shift = start - len(_BEFORE)
                todo.extend(_moved(each, shift) for each in reversed(again[1:]))
                continue
        found.append(token)
    return found


def _swallowed(sql: str, command: Token, token: Token) -> bool:
    """True for a string that is no literal: all that stood between a command and its end."""
    return (
        token.token_type == TokenType.STRING
        and token.end > command.end
        and sql[command.end + 1 : token.end + 1].strip() == token.text
    )


def _moved(token: Token, shift: int) -> Token:
    return Token(
        token.token_type,
        token.text,
        token.line,
        token.col,
        token.start + shift,
        token.end + shift,
        token.comments,
    )
