"""The ladder below a text that is parsed and plain: cut, spelled anew, mended, given up.

Must not be imported before such a text comes: most never do.
"""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from whence.model import Gap
from whence.sql.blocks.delimiters import without_delimiters
from whence.sql.blocks.detect import as_call, is_procedural
from whence.sql.blocks.leaves import Leaf
from whence.sql.blocks.split import split
from whence.sql.dialects import Rules
from whence.sql.ladder import Piece
from whence.sql.parsing import ParseFailure, parse, tokenize
from whence.sql.respelling.apply import is_misread, respelled
from whence.sql.templates import (
    has_templates,
    misleads,
    without_parameters,
    without_templates,
)

_TEXT_STATEMENT = re.compile(r"(?:[^;'\"`]|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|['\"`])+")


def unmisled(sql: str, rules: Rules) -> list[Piece] | None:
    """The statements of a text whose parameters would be taken for something else, if it is one."""
    return _mended(sql, rules) if misleads(sql) else None


def below(
    sql: str,
    rules: Rules,
    tokens: list[Token] | ParseFailure,
    parsed: list[exp.Expr] | ParseFailure,
) -> list[Piece]:
    """The statements of ``sql``, which has a failure or more than queries in it."""
    if isinstance(tokens, ParseFailure):
        return _mended(sql, rules) or _untokenized(sql, rules, tokens)
    if not isinstance(parsed, ParseFailure):
        name = rules.name
        if any(is_procedural(node, name) or is_misread(node, name) for node in parsed):
            return _leaves(sql, tokens, rules)
        return [Piece(node, sql) for node in parsed]
    if parsed.code == "size-limit":
        return [_failed(sql, parsed, 1)]
    mended = _mended(sql, rules)
    if mended is not None:
        return mended
    return _leaves(sql, tokens, rules) or [_failed(sql, parsed, 1)]


def _leaves(sql: str, tokens: list[Token], rules: Rules) -> list[Piece]:
    """The statements that a script or a block holds, each by itself."""
    plain = without_delimiters(sql)
    if plain != sql:
        again = tokenize(plain, rules)
        sql, tokens = (sql, tokens) if isinstance(again, ParseFailure) else (plain, again)
    return [piece for leaf in split(sql, tokens, rules) for piece in _leaf(leaf, rules)]


def _leaf(leaf: Leaf, rules: Rules) -> list[Piece]:
    if leaf.role in ("names", "text"):
        return [Piece(None, leaf.text, None, leaf.role, leaf.names)]
    if leaf.role == "fetch" or (leaf.role == "row" and leaf.text.isidentifier()):
        return [Piece(exp.to_identifier(leaf.text), leaf.text, None, leaf.role, leaf.names)]
    text = f"SELECT {leaf.text}" if leaf.role == "value" else leaf.text
    parsed = _parsed(text, rules)
    other = None
    if isinstance(parsed, ParseFailure) or any(is_misread(node, rules.name) for node in parsed):
        other = respelled(text, rules.name)
        again = parsed if other is None else _parsed(other.text, rules)
        if other is None or isinstance(again, ParseFailure) or _opaque(again):
            other = None
        else:
            parsed, text = again, other.text
    if isinstance(parsed, ParseFailure):
        mended = _mended(text, rules) if leaf.role == "statement" else None
        return mended or [_failed(leaf.text, parsed, leaf.line)]
    role = "" if leaf.role == "statement" else leaf.role
    gap = Gap("opaque-code", other.unknown) if other is not None and other.unknown else None
    kind = "" if other is None else other.kind
    return [
        Piece(as_call(_value(node, role), text), text, gap, role, leaf.names, leaf.either, kind)
        for node in parsed
    ]


def _parsed(text: str, rules: Rules) -> list[exp.Expr] | ParseFailure:
    tokens = tokenize(text, rules)
    return tokens if isinstance(tokens, ParseFailure) else parse(tokens, text, rules)


def _opaque(parsed: list[exp.Expr]) -> bool:
    return any(isinstance(node, exp.Command) for node in parsed)


def _value(node: exp.Expr, role: str) -> exp.Expr:
    """``node``, or the one expression of the select list that was made around a value."""
    items = node.args.get("expressions") if role == "value" else None
    return items[0] if isinstance(node, exp.Select) and items else node


def _mended(sql: str, rules: Rules) -> list[Piece] | None:
    """The statements of ``sql`` without template code or parameters, if it parses then."""
    gap = None
    text = sql
    if has_templates(sql):
        gap = Gap("dynamic-sql", "template code was left in the text and taken out to read it")
        dialect = rules.dialect
        text = without_templates(sql, (dialect.IDENTIFIER_START, dialect.IDENTIFIER_END))
        found = _read(text, rules, gap)
        if found is not None:
            return found
    text, named = without_parameters(text)
    if named and gap is None:
        gap = Gap("dynamic-sql", "a parameter stands for a name, which is not known")
    return None if text == sql else _read(text, rules, gap)


def _read(text: str, rules: Rules, gap: Gap | None) -> list[Piece] | None:
    """The statements of ``text``, or None where it does not parse."""
    tokens = tokenize(text, rules)
    parsed = tokens if isinstance(tokens, ParseFailure) else parse(tokens, text, rules)
    if isinstance(parsed, ParseFailure):
        return None
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
            found += _leaves(text, tokens, rules)
    return found


def _failed(text: str, failure: ParseFailure, line: int) -> Piece:
    return Piece(None, text, Gap(failure.code, failure.reason, f"line {line}"))
