"""Which parsed statements are pieces of a block that the parser did not follow.

Must not look below the statement itself.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.blocks.ends import T_SQL
from whence.sql.words import words

_COMMANDS = words(
    """
    begin if elseif else while loop repeat for declare end exception create replace do print
    execute exec prepare fetch case return let explain describe desc delimiter
    """
)
_ROUTINES = words("PROCEDURE FUNCTION TRIGGER PACKAGE TASK EVENT MACRO PIPE")
_BLOCKS = (exp.Block, exp.IfBlock, exp.WhileBlock, exp.ForIn, exp.Execute, exp.ExecuteSql)
_CALLS = (exp.Column, exp.Dot, exp.Func, exp.Alias, exp.Paren)
_PLAIN = (exp.Query, exp.DML, exp.DDL, exp.Values, exp.Pivot, exp.Command)


def is_procedural(node: exp.Expr, dialect: str) -> bool:
    """True where a text that parsed is better cut into leaves.

    The parser takes the words of blocks for expressions, aliases and commands, and T-SQL's SET
    for everything up to the semicolon.
    """
    if isinstance(node, exp.Command):
        return str(node.args["this"]).lower() in _COMMANDS
    if isinstance(node, exp.Describe):
        return isinstance(node.args["this"], (exp.Query, exp.DML)) and not isinstance(
            node.args["this"], exp.Table
        )
    if isinstance(node, exp.Create):
        return str(node.args.get("kind")).upper() in _ROUTINES and not _in_text(node)
    if isinstance(node, (*_BLOCKS, exp.Set, exp.Declare)):
        return not isinstance(node, (exp.Set, exp.Declare)) or dialect in T_SQL
    return isinstance(node, (*_CALLS, exp.Condition)) and not isinstance(node, _PLAIN)


def _in_text(node: exp.Expr) -> bool:
    """True for a body that is a literal or an expression."""
    body = node.args.get("expression")
    if isinstance(body, exp.Block):
        return literal_of(body) is not None
    return not isinstance(body, (exp.DML, exp.Query, exp.Return))


def literal_of(body: exp.Expr | None) -> exp.Expr | None:
    """The literal that is the whole body of a routine, or None."""
    if isinstance(body, exp.Block) and len(body.args["expressions"]) == 1:
        body = body.args["expressions"][0]
    return body if isinstance(body, (exp.Heredoc, exp.RawString, exp.Literal)) else None


def as_call(node: exp.Expr, text: str) -> exp.Expr:
    """``node``, or a CALL where a statement is nothing but a name with arguments (PL/SQL)."""
    if isinstance(node, _CALLS) and not isinstance(node, _PLAIN):
        return exp.Command(this="CALL", expression=text)
    return node
