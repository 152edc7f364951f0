"""What a syntax tree has lost of a statement's spelling, looked up at the positions that it keeps.

Must not print expressions.
"""

from __future__ import annotations

import re

from sqlglot import exp

from whence.sql.dialects import Rules
from whence.sql.duckdb_keywords import KEYWORDS
from whence.sql.text import text_of

_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(\s*(?:distinct\s+)?\W*$", re.IGNORECASE)
_TYPE = re.compile(r"(?:::|\bas\b)\s*(\w+)", re.IGNORECASE)
_ARROW = re.compile(r"[\s)]*->>?\s*('(?:[^']|'')*'|\d+)")
_SIZE = re.compile(r"\s*\(\s*\d+\s*(?:,\s*\d+\s*)?\)")
_ORDER = re.compile(r"[\s)]*(asc|desc)?\s*(nulls\s+\w+)?", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_]\w*", re.IGNORECASE)

# Types that DuckDB's grammar knows are printed as it calls them; others as they were written.
_TYPES = {
    "int": "INTEGER",
    "real": "FLOAT",
    "char": "VARCHAR",
    "numeric": "DECIMAL",
    "dec": "DECIMAL",
    **{
        name: name.upper()
        for name in (
            *("integer", "smallint", "bigint", "float", "decimal", "boolean", "varchar"),
            *("time", "timestamp", "interval"),
        )
    },
}


def quoted(name: str) -> str:
    """``name`` as DuckDB writes it within an expression."""
    plain = name.lower() not in KEYWORDS and _PLAIN.fullmatch(name)
    return name if plain else f'"{name}"'


def span(node: exp.Expr) -> tuple[int, int]:
    """Where the parts of ``node`` that have a position begin and end; (0, 0) for none."""
    metas = [each.meta for each in node.walk() if each._meta and "start" in each.meta]
    if not metas:
        return 0, 0
    return min(each["start"] for each in metas), max(each["end"] for each in metas) + 1


class Spelling:
    """The spelling of one statement."""

    def __init__(self, text: str, rules: Rules) -> None:
        """Keep the statement's ``text``; "" where it is not known."""
        self._text = text
        self._rules = rules

    def function(self, node: exp.Expr) -> str:
        """The name of a function as it was written, "" where that cannot be told."""
        if node._meta and "start" in node.meta:
            name = self._text[node.meta["start"] : node.meta["end"] + 1].strip('"').lower()
            return name if _PLAIN.fullmatch(name) else ""
        start = span(node)[0]
        found = _CALL.search(self._text[max(0, start - 80) : start])
        return found.group(1).lower() if found is not None else ""

    def path(self, left: exp.Expr, path: exp.Expr) -> str:
        """What stands behind an arrow; the parser makes a path of it."""
        found = _ARROW.match(self._text, span(left)[1])
        return text_of(path, self._rules) if found is None else found.group(1)

    def order(self, node: exp.Expr) -> list[str]:
        """ASC, DESC and NULLS, as far as they were written."""
        found = _ORDER.match(self._text, span(node)[1])
        written = [each.upper() for each in (found.groups() if found is not None else ()) if each]
        return written or (["DESC"] if node.args.get("desc") else [])

    def type(self, node: exp.Expr) -> str:
        """The type of a cast."""
        to = node.args["to"]
        written = self._written(node)
        known = _TYPES.get(written.lower())
        text = text_of(to, self._rules).replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
        sized = to.expressions and written.lower() not in ("decimal", "numeric")
        if sized or to.args.get("nested") or (known is not None and "ZONE" in text):
            text = re.sub(r"\bTEXT\b", "VARCHAR", text)
            return re.sub(r"\bREAL\b", "FLOAT", re.sub(r"\bINT\b", "INTEGER", text))
        if known is not None:
            return known + self._size(node)
        if not written:
            return {"TEXT": "VARCHAR", "INT": "INTEGER", "REAL": "FLOAT"}.get(text, text)
        if re.search(rf"{written}\s+precision", self._text, re.IGNORECASE):
            return "DOUBLE"
        return quoted(written) if written.lower() == "json" else written

    def _size(self, node: exp.Expr) -> str:
        """``(18, 3)`` where it was written."""
        found = _SIZE.match(self._text, self._type_at(node)[1])
        return "" if found is None else f"({', '.join(re.findall(r'[0-9]+', found.group()))})"

    def _written(self, node: exp.Expr) -> str:
        """The first word of a cast's type."""
        start, end = self._type_at(node)
        return self._text[start:end]

    def _type_at(self, node: exp.Expr) -> tuple[int, int]:
        """Where the first word of a cast's type stands."""
        casts = 0
        inner = node.this
        while isinstance(inner, (exp.Cast, exp.TryCast, exp.Paren)):
            casts, inner = casts + (inner.__class__ is not exp.Paren), inner.this
        start = span(inner)[1]
        found = list(_TYPE.finditer(self._text, start, start + 200)) if start else []
        return found[casts].span(1) if len(found) > casts else (0, 0)
