"""Statements that hold others: blocks, IF, procedures, EXPLAIN, dynamic SQL given as a literal.

Must not read what it unpacks.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from whence.sql.ladder import Piece

Read = Callable[[str], list[Piece]]

_EXPLAIN = re.compile(
    r"\s*(?:\([^)]*\)|analyze|verbose|extended|plan\s+for|plan|using\s+\w+)\s+", re.I
)
_UNLOAD = re.compile(
    r"\s*\(\s*(?:'((?:[^']|'')*)'|\$\$(.*?)\$\$)\s*\)\s*to\s*'([^']*)'", re.I | re.S
)
_QUOTED = re.compile(r"^\W*N?'((?:[^']|'')*)'\W*$", re.S)


def unpack(node: exp.Expr, read: Read) -> list[Piece] | None:
    """The statements within ``node``, or None where it is a plain one.

    Args:
        node: A parsed statement.
        read: Reads text that the statement holds.
    """
    if isinstance(node, exp.Block):
        return _block(node)
    if isinstance(node, exp.IfBlock):
        branches = (node.args.get("true"), node.args.get("false"))
        return [Piece(each) for each in branches if isinstance(each, exp.Expr)]
    if isinstance(node, exp.WhileBlock):
        body = node.args.get("body")
        return [Piece(body)] if isinstance(body, exp.Expr) else []
    if isinstance(node, exp.Create):
        return _routine(node, read)
    if isinstance(node, exp.Execute):
        text = _literal(node)
        return None if text is None else read(text)
    if isinstance(node, exp.Command):
        return _command(node, read)
    return None


def _block(node: exp.Expr) -> list[Piece]:
    inner = node.args.get("expressions") or ()
    return [
        Piece(each)
        for each in inner
        if isinstance(each, exp.Expr) and not isinstance(each, exp.EndStatement)
    ]


def _routine(node: exp.Expr, read: Read) -> list[Piece] | None:
    """The body of a procedure or function."""
    body = node.args.get("expression")
    if isinstance(body, exp.Block):
        return _block(body)
    kind = str(node.args.get("kind") or "").upper()
    if kind not in ("PROCEDURE", "FUNCTION"):
        return None
    if isinstance(body, (exp.Heredoc, exp.RawString, exp.Literal)):
        language = node.find(exp.LanguageProperty)
        name = language.name.lower() if language is not None else "sql"
        return read(body.name) if name in ("sql", "plpgsql", "snowflake") else None
    return [Piece(body)] if isinstance(body, (exp.DML, exp.Create)) else None


def _literal(node: exp.Expr) -> str | None:
    """The text that EXEC('...') or EXECUTE IMMEDIATE '...' runs, if it is one literal."""
    inner = node.args.get("this")
    while isinstance(inner, (exp.Subquery, exp.Paren, exp.Table)):
        inner = inner.args["this"]
    if isinstance(inner, exp.Literal) and inner.args.get("is_string"):
        return str(inner.name)
    if isinstance(inner, exp.Identifier):
        # sqlglot 30 reads the literal in EXEC('...') as a quoted name.
        return str(inner.name) if inner.args.get("quoted") and " " in inner.name else None
    return None


def _command(node: exp.Expr, read: Read) -> list[Piece] | None:
    """Statements that the parser hands over as text."""
    verb = str(node.args["this"]).upper()
    rest = node.args.get("expression")
    text = rest.name if isinstance(rest, exp.Expr) else str(rest or "")
    if verb in ("EXPLAIN", "DESCRIBE", "DESC"):
        while match := _EXPLAIN.match(text):
            text = text[match.end() :]
        return read(text)
    if verb == "REPLACE":
        return read("INSERT " + text)
    if verb == "UNLOAD":
        found = _UNLOAD.match(text)
        return None if found is None else read(_copy_to(*found.groups("")))
    if verb in ("EXEC", "EXECUTE"):
        match = _QUOTED.match(re.sub(r"^\s*immediate\b", "", text, flags=re.I).strip())
        return None if match is None else read(match.group(1).replace("''", "'"))
    return None


def _copy_to(quoted: str, dollared: str, path: str) -> str:
    """UNLOAD as the COPY it is."""
    query = dollared or quoted.replace("''", "'")
    return f"COPY ({query}) TO '{path}'"
