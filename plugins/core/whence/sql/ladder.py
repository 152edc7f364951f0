"""The ladder for text that does not parse: whole, statement by statement, by scanning.

Must not read what statements mean; see `whence.sql.scan` for the last step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from whence.model import Gap
from whence.sql.dialects import Rules
from whence.sql.parsing import ParseFailure, chunks, parse, tokenize
from whence.sql.templates import has_templates, without_templates
from whence.sql.words import words

# Words of procedural languages before a statement proper.
_BLOCK_WORDS = frozenset({"begin", "then", "else", "loop", "do", "atomic", "end", "go"})
_TEXT_STATEMENT = re.compile(r"(?:[^;'\"`]|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|['\"`])+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement of a text, on whatever step of the ladder it was read.

    Attributes:
        node: Its syntax tree, or None where it does not parse.
        text: The text that its tree was parsed from, or else what is still to be scanned.
        gap: Why it was not parsed, or what had to be done to the text before.
    """

    node: exp.Expr | None
    text: str = ""
    gap: Gap | None = None


def pieces(sql: str, rules: Rules) -> list[Piece]:
    """The statements of ``sql``, parsed as far as they can be."""
    tokens = tokenize(sql, rules)
    if isinstance(tokens, ParseFailure):
        return _mended(sql, rules) or _untokenized(sql, rules, tokens)
    parsed = parse(tokens, sql, rules)
    if not isinstance(parsed, ParseFailure):
        return [Piece(node, sql) for node in parsed]
    if parsed.code == "size-limit":
        return [_failed(sql, parsed, 1)]
    mended = _mended(sql, rules)
    if mended is not None:
        return mended
    found = [piece for chunk in chunks(tokens) for piece in _chunk(chunk, sql, rules)]
    return found or [_failed(sql, parsed, 1)]


def _mended(sql: str, rules: Rules) -> list[Piece] | None:
    """The statements of ``sql`` without its template code, if it has any and parses then."""
    if not has_templates(sql):
        return None
    text = without_templates(sql)
    tokens = tokenize(text, rules)
    parsed = tokens if isinstance(tokens, ParseFailure) else parse(tokens, text, rules)
    if isinstance(parsed, ParseFailure):
        return None
    gap = Gap("dynamic-sql", "template code was left in the text and taken out to read it")
    return [Piece(node, text, gap) for node in parsed]


def _untokenized(sql: str, rules: Rules, failure: ParseFailure) -> list[Piece]:
    """Text with an unclosed quote or the like: the statements before it may still be whole."""
    texts = [match.group() for match in _TEXT_STATEMENT.finditer(sql)]
    if len(texts) < 2:
        return [_failed(sql, failure, 1)]
    found: list[Piece] = []
    for text in texts:
        tokens = tokenize(text, rules)
        if isinstance(tokens, ParseFailure):
            found.append(_failed(text, tokens, 1))
        elif tokens:
            found += _chunk(tokens, text, rules)
    return found


def _chunk(tokens: list[Token], sql: str, rules: Rules) -> list[Piece]:
    """One statement by itself; words of a block around it are taken off if need be."""
    parsed = parse(tokens, sql, rules)
    if not isinstance(parsed, ParseFailure):
        return [Piece(node, sql) for node in parsed]
    inner = _inner(tokens)
    if not inner:
        return []
    if len(inner) < len(tokens):
        again = parse(inner, sql, rules)
        if not isinstance(again, ParseFailure):
            return [Piece(node, sql) for node in again]
    several = _statements(inner)
    if len(several) > 1:
        return [piece for each in several for piece in _alone(each, sql, rules)]
    text = sql[tokens[0].start : tokens[-1].end + 1]
    return [_failed(text, parsed, tokens[0].line)]


def _alone(tokens: list[Token], sql: str, rules: Rules) -> list[Piece]:
    parsed = parse(tokens, sql, rules)
    if not isinstance(parsed, ParseFailure):
        return [Piece(node, sql) for node in parsed]
    return [_failed(sql[tokens[0].start : tokens[-1].end + 1], parsed, tokens[0].line)]


def _inner(tokens: list[Token]) -> list[Token]:
    """``tokens`` from the first statement proper within a block, to the block's end."""
    start = 0
    for at, token in enumerate(tokens[:-1]):
        if token.text.lower() not in _BLOCK_WORDS:
            if at == start:
                break
            continue
        start = at + 1
    end = len(tokens)
    while end > start and tokens[end - 1].text.lower() in _BLOCK_WORDS:
        end -= 1
    return tokens[start:end]


_VERBS = frozenset(
    {
        TokenType.SELECT,
        TokenType.INSERT,
        TokenType.UPDATE,
        TokenType.DELETE,
        TokenType.MERGE,
        TokenType.CREATE,
        TokenType.DROP,
        TokenType.TRUNCATE,
        TokenType.WITH,
    }
)


def _statements(tokens: list[Token]) -> list[list[Token]]:
    """``tokens`` cut before each verb that starts a line (missing semicolons, GO)."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for at, token in enumerate(tokens):
        starts_line = at > 0 and token.line > tokens[at - 1].line
        after = tokens[at - 1].text.lower() if at else ""
        if token.text.lower() == "go" and starts_line:
            parts.append([])
            continue
        if depth == 0 and starts_line and token.token_type in _VERBS and after not in _GOES_ON:
            parts.append([])
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        parts[-1].append(token)
    return [part for part in parts if part]


_GOES_ON = words("union all except intersect minus as ) distinct then")


def _failed(text: str, failure: ParseFailure, line: int) -> Piece:
    return Piece(None, text, Gap(failure.code, failure.reason, f"line {line}"))
