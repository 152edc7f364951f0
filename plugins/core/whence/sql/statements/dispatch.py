"""Which reader belongs to which kind of statement.

Must not read any itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from sqlglot import exp

from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.statements.create import create
from whence.sql.statements.insert import insert
from whence.sql.statements.query import bare_query
from whence.sql.statements.write import Effects

Reader = Callable[[Plan, exp.Expr], Generator[Ask | Step, Rows, Effects]]

READERS: dict[type, Reader] = {
    exp.Insert: insert,
    exp.Create: create,
}


def reader_of(node: exp.Expr) -> Reader | None:
    """The reader of ``node``, or None where there is none for its kind."""
    found = READERS.get(node.__class__)
    if found is None and isinstance(node, (exp.Query, exp.Values, exp.Pivot)):
        return bare_query
    return found
