"""A query for which something holds, made shorter while that stays true.

Must not know what it is that holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_CLAUSES = ("where", "having", "qualify", "order", "group", "distinct", "with_", "limit", "pivots")
_LISTS = ("joins", "laterals", "expressions")


def shorter(sql: str, dialect: str, holds: Callable[[str], bool], seconds: float = 20.0) -> str:
    """The shortest text found within some time.

    Args:
        sql: What holds.
        dialect: Its dialect.
        holds: Asked for every candidate, which need not be valid SQL.
        seconds: When to stop.
    """
    end = time.monotonic() + seconds
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
    except SqlglotError:
        return sql
    best = sql
    found = True
    while found and time.monotonic() < end:
        found = False
        for candidate in _candidates(tree):
            text = candidate.sql(dialect=dialect)
            if len(text) < len(best) and holds(text):
                tree, best, found = candidate, text, True
                break
            if time.monotonic() > end:
                break
    return best


def _candidates(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The tree without one thing, the largest things first."""
    nodes = list(tree.walk())
    yield from (node.copy() for node in nodes[1:] if isinstance(node, exp.Query))
    for at, node in enumerate(nodes):
        for key in _CLAUSES:
            if node.args.get(key):
                yield _changed(tree, at, lambda each, key=key: each.set(key, None))
        for key in _LISTS:
            listed = node.args.get(key)
            for place in range(len(listed) if isinstance(listed, list) else 0):
                yield _changed(tree, at, lambda n, key=key, p=place: n.args[key].pop(p))
    yield from _parts(tree, nodes)


def _parts(tree: exp.Expr, nodes: list[exp.Expr]) -> Iterator[exp.Expr]:
    """The tree with one expression replaced by a part of it."""
    for at, node in enumerate(nodes):
        if at and isinstance(node, (exp.Func, exp.Binary, exp.Unary, exp.Subquery, exp.Case)):
            for place, _ in enumerate(node.iter_expressions()):
                yield _changed(
                    tree, at, lambda n, p=place: n.replace(list(n.iter_expressions())[p])
                )


def _changed(tree: exp.Expr, at: int, change: Callable[[exp.Expr], object]) -> exp.Expr:
    """A copy of ``tree`` whose node number ``at`` is changed."""
    copy = tree.copy()
    change(list(copy.walk())[at])
    return copy
