"""Which reader belongs to a statement: that of queries, or that of its kind.

Must not read any itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from sqlglot import exp

from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.statements.query import bare_query
from whence.sql.statements.write import Effects

Reader = Callable[[Plan, exp.Expr], Generator[Ask | Step, Rows, Effects]]

_QUERIES = frozenset({exp.Select, exp.Union, exp.Intersect, exp.Except})


def reader_of(node: exp.Expr) -> Reader | None:
    """The reader of ``node``, or None where there is none for its kind."""
    if node.__class__ in _QUERIES:
        return bare_query
    from whence.sql.statements.kinds import reader_of_kind

    return reader_of_kind(node)
