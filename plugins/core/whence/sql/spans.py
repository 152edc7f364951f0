"""Where in the text an expression stands: found for those who ask, from the tokens around it.

Must not guess: what does not parse back to the same expression has no span.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from whence.sql.dialects import Rules
from whence.sql.parsing import ParseFailure, parse, tokenize
from whence.sql.results import TextSpan
from whence.sql.text import text_of

_OPENING = frozenset((TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE))
_CLOSING = frozenset((TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END))
_BEFORE = frozenset(
    (
        TokenType.COMMA,
        TokenType.DISTINCT,
        TokenType.ALL,
        TokenType.SELECT,
        TokenType.SEMICOLON,
        TokenType.SET,
        TokenType.VALUES,
    )
)
_AFTER = frozenset(
    (
        TokenType.ALIAS,
        TokenType.COMMA,
        TokenType.EXCEPT,
        TokenType.FROM,
        TokenType.GROUP_BY,
        TokenType.HAVING,
        TokenType.INTERSECT,
        TokenType.INTO,
        TokenType.LIMIT,
        TokenType.ORDER_BY,
        TokenType.QUALIFY,
        TokenType.SEMICOLON,
        TokenType.UNION,
        TokenType.WHEN,
        TokenType.WHERE,
    )
)

MAX_BRACKETS = 8
"""How many brackets further out an expression's text is looked for."""


class Spans:
    """Places in one text, whose statements are told in their order."""

    def __init__(self, sql: str, rules: Rules) -> None:
        """Know no statement yet."""
        self._sql = sql
        self._rules = rules
        self._texts: dict[int, tuple[exp.Expr, str, int]] = {}
        self._tokens: dict[str, list[Token]] = {}
        self._after = 0

    def add(self, root: exp.Expr, text: str) -> None:
        """Tell of a statement: its tree, and the text that this was parsed from."""
        if text is self._sql or len(text) == len(self._sql):
            base = 0 if text == self._sql else -1
        else:
            base = self._sql.find(text, self._after)
            if base < 0:
                base = self._sql.find(text)
            self._after = max(self._after, base + len(text) if base >= 0 else 0)
        self._texts[id(root)] = (root, text, base)

    def of(self, node: exp.Expr) -> TextSpan | None:
        """Where ``node`` stands; None where its text was not written there (templates)."""
        known = self._texts.get(id(node.root()))
        if known is None or known[2] < 0:
            return None
        _, text, base = known
        for start, end in self._around(node, text):
            if self._is(node, text[start:end]):
                return self._span(base + start, base + end)
        return None

    def _span(self, start: int, end: int) -> TextSpan:
        line = self._sql.count("\n", 0, start) + 1
        return TextSpan(start, end, line, start - self._sql.rfind("\n", 0, start))

    def _is(self, node: exp.Expr, text: str) -> bool:
        """True where ``text`` by itself is the expression ``node``, or a FROM item like it."""
        for before in ("SELECT ", "SELECT * FROM "):
            tokens = tokenize(before + text, self._rules)
            if isinstance(tokens, ParseFailure):
                continue
            parsed = parse(tokens, before + text, self._rules)
            if isinstance(parsed, ParseFailure) or len(parsed) != 1:
                continue
            items: list[exp.Expr] = parsed[0].args.get("expressions") or []
            from_ = parsed[0].args.get("from_")
            item = items[0] if from_ is None else from_.args["this"]
            if len(items) == 1 and self._written(item) == self._written(node):
                return True
        return False

    def _written(self, node: exp.Expr) -> str:
        alone = node.copy()
        alone.set("alias", None)
        return text_of(alone, self._rules).lower()

    def _around(self, node: exp.Expr, text: str) -> Iterator[tuple[int, int]]:
        """From where to where the select item or the value assigned goes; or the call alone."""
        places = [
            (each.meta["start"], each.meta["end"])
            for each in node.walk()
            if each.meta.get("start") is not None
        ]
        tokens = self._tokens_of(text) if places else []
        first = min((start for start, _ in places), default=0)
        last = max((end for _, end in places), default=0)
        inside = [at for at, token in enumerate(tokens) if first <= token.start <= last]
        if not inside:
            return
        begin, end = inside[0], inside[-1]
        alone = _closed(tokens, begin, end)
        yield tokens[begin].start, tokens[alone].end + 1
        # Names of some functions have no place of their own: so the brackets around come as well.
        for _ in range(MAX_BRACKETS):
            begin = _left(tokens, begin, end, node)
            end = _right(tokens, begin, end, _alias_at(node))
            yield tokens[begin].start, tokens[end].end + 1
            if begin == 0 or tokens[begin - 1].token_type not in _OPENING:
                return
            begin -= 1
            end = _closed(tokens, begin, end)

    def _tokens_of(self, text: str) -> list[Token]:
        known = self._tokens.get(text)
        if known is None:
            found = tokenize(text, self._rules)
            known = self._tokens[text] = [] if isinstance(found, ParseFailure) else found
        return known


def _alias_at(node: exp.Expr) -> int | None:
    """Where the alias of ``node`` stands, if it has one."""
    alias = node.parent.args.get("alias") if isinstance(node.parent, exp.Alias) else None
    place = alias.meta.get("start") if isinstance(alias, exp.Expr) else None
    return place if isinstance(place, int) else None


def _left(tokens: list[Token], first: int, last: int, node: exp.Expr) -> int:
    """The first token of the item that the tokens ``first`` to ``last`` are in."""
    lowest = depth = 0  # brackets that end in it and begin before it
    for token in tokens[first : last + 1]:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        lowest = min(lowest, depth)
    open_ = -lowest
    assigned = isinstance(node.parent, exp.EQ) and node.parent.args["expression"] is node
    at = first
    while at > 0:
        kind = tokens[at - 1].token_type
        if kind in _CLOSING:
            open_ += 1
        elif kind in _OPENING:
            if open_ == 0 and kind != TokenType.CASE:
                break
            open_ = max(0, open_ - 1)
        elif open_ == 0 and (kind in _BEFORE or (assigned and kind == TokenType.EQ)):
            break
        at -= 1
    return at


def _right(tokens: list[Token], first: int, last: int, alias: int | None) -> int:
    """The last token of the item that begins with ``first`` and goes to ``last`` at least."""
    depth = 0
    for token in tokens[first : last + 1]:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
    at = last
    while at + 1 < len(tokens):
        after = tokens[at + 1]
        kind = after.token_type
        if kind in _CLOSING:
            if depth <= 0:
                break
            depth -= 1
        elif kind in _OPENING:
            depth += 1
        elif depth <= 0 and (after.start == alias or kind in _AFTER):
            compared = kind == TokenType.FROM and tokens[at].token_type == TokenType.DISTINCT
            if not compared:  # IS DISTINCT FROM
                break
        at += 1
    return at


def _closed(tokens: list[Token], first: int, last: int) -> int:
    """The token that closes the last bracket opened between ``first`` and ``last``."""
    depth = 0
    for at, token in enumerate(tokens[first:], first):
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        if at >= last and depth <= 0:
            return at
    return last
