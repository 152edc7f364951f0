"""USING and NATURAL: the columns that two sides of a join share become one.

Must not build the sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from whence.columns.algebra import Derived, Expression
from whence.columns.modes import IDENTITY, JOIN, TRANSFORMATION
from whence.sql.names import Scope, Source
from whence.sql.plan import Plan


def shared_names(
    plan: Plan, args: dict[str, Any], left: Sequence[Source], right: Sequence[Source]
) -> list[str]:
    """The names that the join with ``args`` makes one column each."""
    if args.get("using"):
        return [each.name for each in args["using"]]
    if str(args.get("method") or "").upper() == "NATURAL":
        return common_columns(plan, left, right)
    return []


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
    duckdb = plan.rules.name == "duckdb"
    if left:
        scope.shared.append((left, [_spelled(left, name) for name in shared], right))
    for name in shared:
        folded = name.lower()
        ours = _columns(plan, scope, left, name)
        theirs = _columns(plan, scope, right, name)
        scope.merging.setdefault(folded, []).extend([*left, *right])
        uses += [(column, JOIN) for column in (*ours, *theirs)]
        every = _joined_by(scope.merging[folded], name) if duckdb and side != "RIGHT" else []
        coalesced = side == "FULL" or bool(every and ours and ours[0] not in every)
        if side == "RIGHT":
            ours = theirs
        elif coalesced:
            ours = every or [*ours, *theirs]
        if len(ours) == 1 and not coalesced:
            scope.merged[folded] = ours[0]
        elif ours:
            mode = TRANSFORMATION if coalesced else IDENTITY
            derived = plan.derive(Expression([(column, mode) for column in ours]), None)
            derived.alternatives = True
            derives.append(derived)
            scope.merged[folded] = derived.column
    scope.changed()
    return derives, Expression(uses)


def _joined_by(sources: Sequence[Source], name: str) -> list[int]:
    """The columns ``name`` of all tables joined by it so far, none where one is not known.

    After a FULL JOIN, DuckDB takes the first value among these, where others ask the two sides.
    """
    if any(each.rows.unknown for each in sources):
        return []
    every = [each.rows.find(name, name.lower()) for each in sources]
    return list(dict.fromkeys(each for each in every if each is not None))


def _spelled(sources: Sequence[Source], name: str) -> str:
    """``name`` as the first of ``sources`` that has it spells it."""
    for source in sources:
        position = source.rows.position(name, name.lower())
        if position is not None:
            return source.rows.names[position]
    return name


def visible(plan: Plan, scope: Scope, sources: Sequence[Source]) -> Iterator[tuple[str, int]]:
    """The columns of ``sources`` as a star lists them: what USING merged comes once.

    Most databases put the merged columns of a join before all others of it.
    """
    merged, merging = scope.merged, scope.merging
    seen: set[str] = set()
    for source in sources:
        if merged and plan.rules.merged_first:
            for left, shared, _ in reversed(scope.shared):
                for name in shared if left[0] is source else ():
                    folded = name.lower()
                    if folded in merged and folded not in seen:
                        seen.add(folded)
                        yield name, merged[folded]
        for name, column in zip(source.rows.names, source.rows.ids, strict=False):
            folded = name.lower()
            if folded in merged and source in merging.get(folded, ()):
                if folded in seen:
                    continue
                seen.add(folded)
                column = merged[folded]
            yield name, column


def columns_of(plan: Plan, scope: Scope, source: Source) -> Iterator[tuple[str, int]]:
    """The columns of ``source`` as ``source.*`` lists them: Spark puts those it joins by first."""
    seen: set[str] = set()
    for left, shared, right in reversed(scope.shared) if plan.rules.keys_first else ():
        for name in shared:
            folded = name.lower()
            having = [each for each in left if each.rows.position(name, folded) is not None]
            column = source.rows.find(name, folded)
            if column is not None and folded not in seen and source in (*having[:1], *right):
                seen.add(folded)
                yield name, column
    for name, column in zip(source.rows.names, source.rows.ids, strict=False):
        if name.lower() not in seen:
            yield name, column


def _columns(plan: Plan, scope: Scope, sources: Sequence[Source], name: str) -> list[int]:
    """The column ``name`` of ``sources``: merged before, or the first that has or may have it."""
    folded = name.lower()
    merging = scope.merging.get(folded)
    if merging is not None and any(source in merging for source in sources):
        return [scope.merged[folded]] if folded in scope.merged else []
    for source in sources:
        hit = source.rows.find(name, folded)
        if hit is not None:
            return [hit]
    for source in sources:
        if source.rows.rest:
            return [plan.met(table, name) for table in source.rows.rest]
    return []
