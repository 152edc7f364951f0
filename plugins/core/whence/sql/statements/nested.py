"""Statements that hold others as text: routines with a body in a literal, DO, UNLOAD.

Must not read what it unpacks; blocks in the open are cut up by `whence.sql.blocks`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from whence.sql.blocks.detect import literal_of
from whence.sql.ladder import Piece

Read = Callable[[str], list[Piece]]

_UNLOAD = re.compile(
    r"\s*\(\s*(?:'((?:[^']|'')*)'|\$\$(.*?)\$\$)\s*\)\s*to\s*'([^']*)'", re.I | re.S
)
_DOLLARED = re.compile(r"(\$\w*\$)(.*?)\1", re.S)
_SQL_LANGUAGES = ("sql", "plpgsql", "snowflake")


def unpack(node: exp.Expr, read: Read) -> list[Piece] | None:
    """The statements within ``node``, or None where it is a plain one.

    Args:
        node: A parsed statement.
        read: Reads text that the statement holds.
    """
    if isinstance(node, exp.Create):
        return _routine(node, read)
    if isinstance(node, exp.Command):
        return _command(node, read)
    return None


def _routine(node: exp.Expr, read: Read) -> list[Piece] | None:
    """The body of a procedure or function."""
    body = literal_of(node.args.get("expression"))
    if body is None or str(node.args.get("kind") or "").upper() not in ("PROCEDURE", "FUNCTION"):
        return None
    language = node.find(exp.LanguageProperty)
    if language is not None and language.name.lower() not in _SQL_LANGUAGES:
        return None
    this = node.args["this"]
    parameters = [each.name for each in this.args.get("expressions") or () if each.name]
    names = Piece(None, "", None, "names", tuple(parameters))
    return [names, *read(body.name)]


def _command(node: exp.Expr, read: Read) -> list[Piece] | None:
    """Statements that the parser hands over as text."""
    verb = str(node.args["this"]).upper()
    rest = node.args.get("expression")
    text = rest.name if isinstance(rest, exp.Expr) else str(rest or "")
    if verb == "DO":
        body = _DOLLARED.search(text)
        return None if body is None else read(body.group(2))
    if verb == "REPLACE":
        return read("INSERT " + text)
    if verb == "UNLOAD":
        found = _UNLOAD.match(text)
        return None if found is None else read(_copy_to(*found.groups("")))
    return None


def _copy_to(quoted: str, dollared: str, path: str) -> str:
    """UNLOAD as the COPY it is."""
    query = dollared or quoted.replace("''", "'")
    return f"COPY ({query}) TO '{path}'"
