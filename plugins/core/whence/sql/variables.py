"""What the variables, records and cursors of a script hold: columns of the queries that fill them.

Must not read expressions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from whence.columns import modes
from whence.columns.algebra import NOTHING, Expression

if TYPE_CHECKING:
    from whence.sql.plan import Rows


class Variables:
    """The variables of one script, by name in any case."""

    def __init__(self) -> None:
        """Know none."""
        self._values: dict[str, Expression] = {}
        self._rows: dict[str, Rows] = {}

    def __contains__(self, folded: str) -> bool:
        return folded in self._values

    def declare(self, names: Iterable[str]) -> None:
        """Variables without a value."""
        for name in names:
            self._values.setdefault(name.lower(), NOTHING)

    def assign(self, name: str, value: Expression) -> None:
        """``name`` takes a value, a bare column or nothing."""
        self._values[name.lower()] = value

    def value(self, folded: str) -> Expression | None:
        """What a variable holds, or None where there is none of that name."""
        return self._values.get(folded)

    def hold(self, name: str, rows: Rows) -> None:
        """``name`` is a record or cursor over ``rows``, or has the value of their one column."""
        self._rows[name.lower()] = rows
        self.declare((name,))
        if len(rows.ids) == 1:
            self.assign(name, Expression(((rows.ids[0], modes.IDENTITY),), (rows.node,)))

    def names(self) -> tuple[str, ...]:
        """All variables, in lower case."""
        return tuple(self._values)

    def rows(self, folded: str) -> Rows | None:
        """The rows that a record or cursor goes through."""
        return self._rows.get(folded)

    def field(self, record: str, name: str) -> Expression | None:
        """The value of ``record.name``, or None where that is not known."""
        rows = self._rows.get(record.lower())
        column = None if rows is None else rows.find(name)
        if rows is None or column is None:
            return None
        return Expression(((column, modes.IDENTITY),), (rows.node,))
