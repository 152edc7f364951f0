"""The steps that readers of expressions share: what of a node is walked next, and in which mode.

Must not know kinds of nodes; it puts parts of them onto a reading's stack.
"""

from __future__ import annotations

from sqlglot import exp

from whence.columns import modes
from whence.columns.modes import INDIRECT
from whence.sql.references import Reading

LEAVES: frozenset[type] = frozenset(
    (
        exp.Literal,
        exp.Null,
        exp.Boolean,
        exp.DataType,
        exp.Identifier,
        exp.Var,
        exp.JSONPath,
        exp.WindowSpec,
        exp.Table,
        bool,
        str,
        type(None),
    )
)
"""What nothing flows from: most of what stands in a tree, so it is left out early."""


def push_children(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Walk every child of ``node`` in ``mode``."""
    stack = reading.stack
    for value in node.args.values():
        kind = value.__class__
        if kind is list:
            stack.extend([(each, mode) for each in value if each.__class__ not in LEAVES])
        elif kind not in LEAVES:
            stack.append((value, mode))


def push_condition(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Walk what only decides: CONDITIONAL, beside the clause that it stands in."""
    beside = mode if mode >= INDIRECT else 0
    reading.stack.append((node, beside | modes.CONDITIONAL))
