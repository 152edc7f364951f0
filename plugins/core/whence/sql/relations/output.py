"""A select list under construction: what is put out so far.

Must not decide what stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Relation
from whence.sql.expressions import read, read_into
from whence.sql.names import Scope
from whence.sql.plan import Plan, Rows
from whence.sql.references import Reading
from whence.sql.stored import StoredTable
from whence.sql.structs import constructed

_BUILDERS = (exp.Struct, exp.Cast, exp.TryCast)


@dataclass(slots=True, eq=False)
class Projection:
    """A select list under construction.

    Attributes:
        names: Output names, in order.
        ids: The column behind each.
        derives: Those that are computed here.
        rest: Tables whose unknown columns come along.
        unknown: True where there may be columns that are not listed.
        readings: Expressions whose subqueries are still to be built.
        spare: One that holds nothing, for the next expression.
    """

    plan: Plan
    scope: Scope
    names: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    derives: list[Derived] = field(default_factory=list)
    rest: tuple[StoredTable, ...] = ()
    unknown: bool = False
    readings: list[Reading] = field(default_factory=list)
    spare: Reading | None = None

    def rows(self, relation: Relation) -> Rows:
        """The rows of ``relation`` under these names."""
        return Rows(relation, self.names, self.ids, self.rest, self.unknown)

    def add(self, name: str, column: int) -> None:
        """One more output column that exists already."""
        self.names.append(name)
        self.ids.append(column)

    def compute(self, name: str, node: exp.Expr) -> None:
        """One more output column, computed by ``node``."""
        reading = self.spare or Reading(self.plan, self.scope)
        self.spare = None
        read_into(reading, node, modes.IDENTITY)
        self.derive(name, reading.done(), node)
        if reading.pending:
            self.readings.append(reading)
            return
        reading.again()
        self.spare = reading
        if node.__class__ in _BUILDERS:
            built = self.fields(node)
            if built:
                self.plan.structs[self.ids[-1]] = built

    def fields(self, node: exp.Expr) -> list[tuple[str, Expression]]:
        """The fields of the struct that ``node`` builds, each by itself."""
        mode = modes.IDENTITY if node.__class__ is exp.Struct else modes.TRANSFORMATION
        return [
            (name, read(self.plan, self.scope, value, mode).done())
            for name, value in constructed(node)
        ]

    def derive(
        self, name: str, expression: Expression, text: exp.Expr | None, either: bool = False
    ) -> None:
        """One more output column, computed by an expression that was read already."""
        derived = self.plan.derive(expression, text)
        derived.alternatives = either
        self.derives.append(derived)
        self.add(name, derived.column)
