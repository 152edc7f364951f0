"""Text to words, marks and literals, for any dialect and for text that no parser takes.

Must not raise, and must not look at a character more often than a few times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from whence.sql.dialects import Rules
from whence.sql.results import TableName


class Lexeme(NamedTuple):
    """A word, a mark or a literal.

    Attributes:
        word: A name of one part without quotes, or a keyword, in lower case; "" for all else.
        text: As written.
        mark: "" for names and keywords; ``'`` for a string, ``0`` for a number; else the mark.
    """

    word: str
    text: str
    mark: str


_PART = re.compile(r'"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]\n]*)\]|([^."`\[\s]+)')


def lexemes(sql: str, rules: Rules) -> Iterator[Lexeme]:
    """What ``sql`` consists of, without comments."""
    for match in _pattern(rules).finditer(sql):
        kind = match.lastgroup
        text = match.group()
        if kind == "name":
            plain = "." not in text and text[-1] not in '"`]'
            yield Lexeme(text.lower() if plain else "", text, "")
        elif kind == "string":
            yield Lexeme("", text, "'")
        elif kind == "number":
            yield Lexeme("", text, "0")
        elif kind == "mark":
            yield Lexeme("", text, text)


def name_of(text: str, rules: Rules) -> TableName:
    """The parts of a dotted name, without their quotes."""
    if text[0] == "@":
        return TableName((text,), (True,))
    parts: list[str] = []
    quoted: list[bool] = []
    for match in _PART.finditer(text):
        bare = match.group(4)
        doubled, backticked, bracketed = match.group(1), match.group(2), match.group(3)
        if backticked is not None and "." in backticked and rules.name == "bigquery":
            # BigQuery's `project.data.table` is three parts in one pair of quotes.
            pieces = backticked.split(".")
            parts += pieces
            quoted += [True] * len(pieces)
            continue
        inner = backticked.replace("``", "`") if backticked is not None else None
        if doubled is not None:
            inner = doubled.replace('""', '"')
        parts.append(bare if bare is not None else bracketed if inner is None else inner)
        quoted.append(bare is None)
    return TableName(tuple(parts), tuple(quoted))


@lru_cache(maxsize=64)
def _pattern(rules: Rules) -> re.Pattern[str]:
    """The lexemes of a dialect: what its tokenizer says of quotes and comments."""
    tokenizer = rules.dialect.tokenizer_class
    marks = [mark if isinstance(mark, str) else mark[0] for mark in tokenizer.IDENTIFIERS]
    quotes = [mark if isinstance(mark, str) else mark[0] for mark in tokenizer.QUOTES]
    comments = [mark for mark in tokenizer.COMMENTS if isinstance(mark, str)]
    escape = "\\" in tokenizer.STRING_ESCAPES
    strings = [_string(mark, escape) for mark in sorted(quotes, key=len, reverse=True)]
    strings.append(r"\$(\w*)\$.*?(?:\$\2\$|\Z)")
    others = [mark for mark in dict.fromkeys([*marks, '"', "`"]) if mark not in quotes]
    part = "|".join(map(_quoted, others))
    bare = r"[^\W\d][\w$#@]*"
    rest = r"[%\w$#@]+"
    head = rf"{part}|##?[\w$#@]+|@{{0,2}}{bare}"
    if rules.name == "bigquery":
        head = rf"[^\W\d]\w{{0,63}}(?:-\w{{1,63}}){{1,8}}(?=\s{{0,9}}\.)|{head}"
        rest = r"\w+(?:-\w+){0,8}"
    if rules.name in ("snowflake", "databricks"):
        head = rf"@[~%\w.\"/-]+|{head}"
    return re.compile(
        rf"(?:{'|'.join([*map(re.escape, comments), '--'])})[^\n]*"
        r"|/\*.*?(?:\*/|\Z)"
        rf"|(?P<string>(?:\b[NnEeBbXxRrUu]&?)?(?:{'|'.join(strings)}))"
        rf"|(?P<name>(?:{head})(?:\s*\.+\s*(?:{part}|{rest}))*)"
        r"|(?P<number>\d[\w.]*)"
        r"|(?P<mark>[^\s\w])",
        re.DOTALL,
    )


def _string(mark: str, escape: bool) -> str:
    quote = re.escape(mark)
    if len(mark) > 1:
        return rf"{quote}.*?(?:{quote}|\Z)"
    if escape:
        # Without the end of the text as an end, each of many escaped quotes would be tried.
        return rf"{quote}(?:[^{quote}\\]|\\.|{quote}{quote})*(?:{quote}|\Z)"
    return rf"{quote}(?:[^{quote}]|{quote}{quote})*{quote}"


def _quoted(mark: str) -> str:
    if mark == "[":
        return r"\[[^\]\[\n]{0,256}\]"
    return rf"{mark}(?:[^{mark}]|{mark}{mark})*{mark}"
