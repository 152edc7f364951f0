"""Which reader belongs to which kind of statement, for all that is no plain query.

Must not be imported before such a statement comes, nor read any itself.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.statements.again import refresh, summarize
from whence.sql.statements.change import update
from whence.sql.statements.copying import copy, export, load
from whence.sql.statements.create import create
from whence.sql.statements.declare import declare
from whence.sql.statements.delete import delete
from whence.sql.statements.dispatch import Reader
from whence.sql.statements.insert import insert, multi_insert
from whence.sql.statements.merge import merge
from whence.sql.statements.query import bare_query
from whence.sql.statements.tables import alter, drop, nothing, reset, set_variable, truncate, use
from whence.sql.words import words

_READERS: dict[type, Reader] = {
    exp.Insert: insert,
    exp.MultitableInserts: multi_insert,
    exp.Create: create,
    exp.Update: update,
    exp.Declare: declare,
    exp.Delete: delete,
    exp.Merge: merge,
    exp.Copy: copy,
    exp.Export: export,
    exp.LoadData: load,
    exp.Drop: drop,
    exp.TruncateTable: truncate,
    exp.Alter: alter,
    exp.Use: use,
    exp.Set: set_variable,
    **dict.fromkeys(
        (
            exp.Commit,
            exp.Rollback,
            exp.Transaction,
            exp.Comment,
            exp.EndStatement,
            exp.Semicolon,
            exp.Grant,
            exp.Pragma,
            *(exp.Attach, exp.Detach, exp.Show, exp.Analyze, exp.Kill, exp.Describe, exp.Uncache),
        ),
        nothing,
    ),
}


_COMMANDS: dict[str, Reader] = {
    "set": set_variable,
    "reset": reset,
    "refresh": refresh,
    **dict.fromkeys(words("show vacuum analyze optimize list liststage remove rm lock"), nothing),
}


def reader_of_kind(node: exp.Expr) -> Reader | None:
    """The reader of ``node``, or None where there is none for its kind."""
    found = _READERS.get(node.__class__)
    if found is not None:
        return found
    if isinstance(node, (exp.Query, exp.Values, exp.Pivot)):
        return bare_query
    if isinstance(node, exp.Summarize):
        return summarize
    return _COMMANDS.get(str(node.args["this"]).lower()) if isinstance(node, exp.Command) else None
