"""Statements that run or describe others: EXECUTE, PREPARE, RETURN QUERY, cursors, EXPLAIN.

Must not know blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.sql.words import words

if TYPE_CHECKING:
    from whence.sql.blocks.split import Splitter

_EXPLAINED = words("select insert update delete merge create with replace from values")


def return_(splitter: Splitter, at: int) -> None:
    """RETURN of a query or of an expression with queries in it."""
    text, end = splitter.text, splitter.end(at)
    splitter.at = end
    first = at + 1
    if text.word(first) in ("query", "table"):
        first += 1
    if text.word(first) == "execute":
        dynamic(splitter, first, end)
        return
    while text.word(first) == "(" and text.closing(first, end) == end - 1:
        first, end = first + 1, end - 1
    if text.word(first) in ("select", "with"):
        splitter.add("statement", first, end)
    elif splitter.asks(first, end):
        splitter.add("value", first, end)


def explain(splitter: Splitter, at: int) -> None:
    """EXPLAIN runs nothing, EXPLAIN ANALYZE does; DESCRIBE of a query tells its columns."""
    text, end = splitter.text, splitter.end(at)
    splitter.at = end
    first = at + 1
    while first < end and text.word(first) not in _EXPLAINED:
        first += 1
    runs = "analyze" in text.folded[at:first] or "analyse" in text.folded[at:first]
    if first < end:
        splitter.add("statement" if runs else "explained", first, end)


def open_(splitter: Splitter, at: int) -> None:
    """``OPEN c [FOR query]``."""
    text, end = splitter.text, splitter.end(at)
    splitter.at = end
    first = splitter.after(at, ("for",))
    if first < end and text.word(first) == "execute":
        dynamic(splitter, first, end)
    elif first < end and splitter.asks(first, end):
        splitter.add("row", first, end, (text.name(at + 1),))


def fetch(splitter: Splitter, at: int) -> None:
    """``FETCH [NEXT FROM] c INTO a, b``."""
    text, end = splitter.text, splitter.end(at)
    splitter.at = end
    mark = splitter.after(at, ("into",))
    if mark < end:
        names = tuple(text.name(place) for place in range(mark, end) if text.name(place))
        splitter.add("fetch", mark - 2, mark - 1, names)


def perform(splitter: Splitter, at: int) -> None:
    """PL/pgSQL's PERFORM is a SELECT whose rows nobody reads."""
    end = splitter.end(at)
    splitter.at = end
    splitter.leaf("statement", f"select {splitter.text.text(at + 1, end)}", at)


def prepare(splitter: Splitter, at: int) -> None:
    """``PREPARE q AS statement``, ``PREPARE q FROM 'text'``: read where it is prepared."""
    text, end = splitter.text, splitter.end(at)
    splitter.at = end
    first = splitter.after(at, ("as", "from"))
    if first < end and text.literal(first) is not None:
        splitter.texts.prepared.add(text.word(at + 1))
        dynamic(splitter, first, end)
    elif first < end and text.word(first - 1) == "as":
        splitter.texts.prepared.add(text.word(at + 1))
        splitter.add("statement", first, end)
    else:
        splitter.add("statement", at, end)


def execute(splitter: Splitter, at: int) -> None:
    """EXECUTE of a text, a prepared statement or a procedure."""
    end = splitter.end(at)
    splitter.at = end
    if splitter.text.word(at + 1) not in splitter.texts.prepared:
        dynamic(splitter, at, end)


def dynamic(splitter: Splitter, at: int, end: int) -> None:
    """EXECUTE of a text, if it is known; of a procedure otherwise."""
    found = splitter.texts.executed(at, end)
    if found is None:
        splitter.add("statement", at, end)
    else:
        splitter.leaf("text", found, at)
