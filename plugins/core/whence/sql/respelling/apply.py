"""Trying the rules on one statement.

Must not know the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from whence.sql.respelling.rules import ALL

_LONGEST = 30_000
"""Characters of a statement that is spelled anew: the patterns cost more than the parser."""


@dataclass(frozen=True, slots=True)
class Respelled:
    """A statement in other words.

    Attributes:
        kind: What it is called all the same; "" for what its new text is.
        unknown: What cannot be told of it; "" where nothing is lost.
    """

    text: str
    kind: str = ""
    unknown: str = ""


def respelled(text: str, dialect: str) -> Respelled | None:
    """``text`` after all rules that fit, or None where none does."""
    if len(text) > _LONGEST:
        return None
    found, kind, unknown = text, "", ""
    for each in ALL:
        if each.dialects and dialect not in each.dialects:
            continue
        new = each.pattern.sub(each.by, found)
        if new != found:
            found, kind, unknown = new, kind or each.kind, unknown or each.unknown
    return None if found == text else Respelled(found, kind, unknown)


def is_misread(node: exp.Expr, dialect: str) -> bool:
    """True where the parser took a statement for something else without complaint."""
    if isinstance(node, (exp.Command, exp.Cache, exp.Execute, exp.Put)):
        return True
    if isinstance(node, exp.Delete):
        this, tables = node.args.get("this"), node.args.get("tables") or ()
        top = any(
            each.name.lower() == "top" for each in (this, *tables) if isinstance(each, exp.Expr)
        )
        return top or isinstance(this, exp.Subquery)
    if isinstance(node, exp.Alter):
        return dialect == "clickhouse"
    if isinstance(node, exp.Insert) and dialect == "clickhouse":
        source = node.args.get("expression")
        from_ = source.args.get("from_") if isinstance(source, exp.Select) else None
        return from_ is not None and from_.args["this"].name.lower() == "infile"
    return False
