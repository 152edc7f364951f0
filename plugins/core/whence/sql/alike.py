"""The shape of a text: what is left of it without the literals that its lineage cannot depend on.

Must not decide by the text alone: a literal is free only where the syntax tree shows that it is
compared in a condition, or stored as it is, and that no expression of the answer contains it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from whence.sql.ladder import Piece

# A literal behind a mark, complete in every dialect: no escapes, no quotes within, no suffix.
_LITERAL = re.compile(r"([=<>(,]\s*)('[^'\\\n]*'(?!')|\d+(?:\.\d+)?(?![\w.']))")

# Values that choose tables or columns although they stand in a condition.
_CHOOSING = re.compile(r"_table_suffix|_partition|_file|columns\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """A text cut at its literals.

    Attributes:
        between: What stands between them, and which of them are strings: equal for texts that
            differ in literals alone.
        literals: The literals, as written.
    """

    between: tuple[str, ...]
    literals: tuple[str, ...]


def shape_of(sql: str) -> Shape | None:
    """The shape of ``sql``, None where it has no literals that could differ."""
    cut = _LITERAL.split(sql)
    if len(cut) == 1:
        return None
    literals = tuple(cut[2::3])
    del cut[2::3]
    cut.append("".join(["s" if each[0] == "'" else "n" for each in literals]))
    return Shape(tuple(cut), literals)


def free_literals(sql: str, pieces: Sequence[Piece]) -> frozenset[int]:
    """Which literals of the shape of ``sql`` (from 0) its lineage does not depend on.

    Args:
        sql: The text.
        pieces: Its statements.
    """
    if _CHOOSING.search(sql) is not None:
        return frozenset()
    spans: set[tuple[int, int]] = set()
    for piece in pieces:
        if piece.node is None or piece.text is not sql or piece.gap is not None:
            return frozenset()
        for literal in piece.node.find_all(exp.Literal):
            meta = literal._meta or {}
            if "start" in meta and _is_value(literal) and _only_decides(literal):
                spans.add((meta["start"], meta["end"] + 1))
    found = enumerate(_LITERAL.finditer(sql))
    return frozenset(number for number, match in found if match.span(2) in spans)


_OPERATORS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def _is_value(literal: exp.Expr) -> bool:
    """True for the right side of a comparison whose left side is no literal, and for VALUES."""
    parent = literal.parent
    if parent is None or isinstance(parent.args.get("this"), exp.Literal):
        return False
    if isinstance(parent, exp.Tuple):
        return isinstance(parent.parent, exp.Values)
    if isinstance(parent, _OPERATORS):
        return literal.arg_key == "expression"
    return isinstance(parent, exp.In) and literal.arg_key == "expressions"


_QUERY_PARTS = frozenset({"from_", "joins", "with_", "where", "having"})
_OPERANDS = frozenset({"this", "expression"})
_WAYS: dict[type, frozenset[str]] = {
    exp.CTE: frozenset({"this"}),
    exp.Create: frozenset({"expression"}),
    exp.Delete: frozenset({"where", "using"}),
    exp.Exists: frozenset({"this"}),
    exp.From: frozenset({"this"}),
    exp.In: frozenset({"query", "expressions"}),
    exp.Insert: frozenset({"expression", "with_"}),
    exp.Join: frozenset({"this", "on"}),
    exp.Not: frozenset({"this"}),
    exp.Paren: frozenset({"this"}),
    exp.Select: _QUERY_PARTS,
    exp.Subquery: frozenset({"this"}),
    exp.Table: frozenset({"joins"}),
    exp.Update: frozenset({"where", "from_", "with_"}),
    exp.With: frozenset({"expressions"}),
    **dict.fromkeys((exp.Where, exp.Having), frozenset({"this"})),
    **dict.fromkeys((exp.Tuple, exp.Values), frozenset({"expressions"})),
    **dict.fromkeys((exp.Union, exp.Intersect, exp.Except), frozenset({"with_"}) | _OPERANDS),
    **dict.fromkeys((exp.And, exp.Or, *_OPERATORS), _OPERANDS),
}
"""Through which arguments of which nodes a condition is not part of any column's expression."""


def _only_decides(literal: exp.Expr) -> bool:
    """True where all that is around ``literal`` decides on rows and computes no column."""
    node = literal
    while node.parent is not None:
        if node.arg_key not in _WAYS.get(node.parent.__class__, ()):
            return False
        node = node.parent
    return True
