"""USING and NATURAL: the columns that two sides of a join share become one.

Must not build the sides.
"""

from __future__ import annotations

from collections.abc import Sequence

from whence.columns.algebra import Derived, Expression
from whence.columns.modes import IDENTITY, JOIN, TRANSFORMATION
from whence.sql.names import Scope, Source
from whence.sql.plan import Plan


def common_columns(plan: Plan, left: Sequence[Source], right: Sequence[Source]) -> list[str]:
    """The names that both sides have, in the order of the left side."""
    if any(source.rows.unknown for source in (*left, *right)):
        plan.gap("star-unknown-table", "NATURAL JOIN with a table whose columns are unknown")
    theirs = {name.lower() for source in right for name in source.rows.names}
    names = [name for source in left for name in source.rows.names if name.lower() in theirs]
    return list(dict.fromkeys(names))


def merge(
    plan: Plan,
    scope: Scope,
    left: Sequence[Source],
    right: Sequence[Source],
    shared: Sequence[str],
    side: str,
) -> tuple[list[Derived], Expression]:
    """Make each of the ``shared`` names one column of ``scope``.

    Returns:
        The columns that had to be computed, and what decides on the rows of the join.
    """
    derives: list[Derived] = []
    uses: list[tuple[int, int]] = []
    for name in shared:
        folded = name.lower()
        known = scope.merged.get(folded)
        scope.merging.setdefault(folded, list(left)).extend(right)
        ours = [known] if known is not None else _columns(plan, left, name)
        theirs = _columns(plan, right, name)
        uses += [(column, JOIN) for column in (*ours, *theirs)]
        if side == "RIGHT":
            ours = theirs
        elif side == "FULL":
            ours = [*ours, *theirs]
        if len(ours) == 1:
            scope.merged[folded] = ours[0]
        elif ours:
            mode = IDENTITY if side != "FULL" else TRANSFORMATION
            derived = plan.derive(Expression([(column, mode) for column in ours]), None)
            derived.alternatives = True
            derives.append(derived)
            scope.merged[folded] = derived.column
    scope.changed()
    return derives, Expression(uses)


def _columns(plan: Plan, sources: Sequence[Source], name: str) -> list[int]:
    """The column ``name`` of the first of ``sources`` that has it, or may have it."""
    for source in sources:
        hit = source.rows.find(name)
        if hit is not None:
            return [hit]
    for source in sources:
        if source.rows.rest:
            return [plan.met(table, name) for table in source.rows.rest]
    return []
