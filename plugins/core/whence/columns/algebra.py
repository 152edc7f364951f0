"""The relational algebra that front ends translate into: what each operator reads and derives.

Must not know how columns are called: a column is an opaque id, unique within one plan, and an id
that no operator derives is a column of a source table.

Operators pass the columns of their inputs through untouched, so that only computed columns cost
anything. One node may be the input of several others (a CTE, a view): it is resolved once.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from whence.columns import modes

ColumnId = int


@dataclass(slots=True, eq=False)
class Expression:
    """What a scalar expression reads.

    Attributes:
        uses: Pairs of a column and the mode of its use (`whence.columns.modes`).
        queries: Relations that the expression holds as subqueries: what decides on their rows
            decides on the rows here.
    """

    uses: Sequence[tuple[ColumnId, int]] = ()
    queries: Sequence[Relation] = ()


@dataclass(slots=True, eq=False)
class Derived:
    """A computed column: a new id, and what it is computed from.

    Attributes:
        alternatives: True where the column is one of its uses and no computation over them (a set
            operation, a merged join key), so that an expression's text is that of the branch.
    """

    column: ColumnId
    expression: Expression
    alternatives: bool = False


NOTHING = Expression()


@dataclass(slots=True, eq=False)
class Relation:
    """The base of all operators, and one without rows from elsewhere (literal rows).

    Attributes:
        inputs: Relations read, in the order in which their columns come into scope.
        derives: Columns computed here.
        decides: Expressions that decide on the rows, with the mode each has.
    """

    inputs: Sequence[Relation] = ()
    derives: Sequence[Derived] = ()
    decides: Sequence[Expression] = ()


@dataclass(slots=True, eq=False)
class Scan(Relation):
    """The rows of a stored table.

    Attributes:
        table: Whatever the front end calls it.
    """

    table: Hashable = None


class Project(Relation):
    """New columns beside those of the input; also Generate (unnest, explode) and Values."""

    __slots__ = ()


class Filter(Relation):
    """The rows of the input that satisfy a condition (WHERE, HAVING, QUALIFY)."""

    __slots__ = ()


class Join(Relation):
    """Rows of several inputs side by side; a lateral input comes after what it refers to."""

    __slots__ = ()


class Block(Relation):
    """A query block in one operator: inputs joined, columns computed, rows filtered and sorted."""

    __slots__ = ()


class Aggregate(Relation):
    """One row for each combination of keys."""

    __slots__ = ()


class Sort(Relation):
    """The input in an order, perhaps cut off after some rows."""

    __slots__ = ()


class SetOperation(Relation):
    """Rows of several inputs one after the other; each output column has one use per input."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Recursion(Relation):
    """A relation defined through itself: a start, and a step that reads what was found so far.

    Attributes:
        step: The relation that reads the recursion's own columns.
        loops: For each own column, the column of the step that feeds it.
    """

    step: Relation = field(default_factory=Relation)
    loops: Sequence[tuple[ColumnId, ColumnId]] = ()


@dataclass(slots=True, eq=False)
class Write(Relation):
    """What a statement stores (or, for a query, returns).

    Attributes:
        columns: The columns written, in order, one expression each.
    """

    columns: Sequence[Derived] = ()


def decide(mode: int, columns: Sequence[ColumnId]) -> Expression:
    """An expression that reads bare ``columns`` in one ``mode``."""
    return Expression([(column, mode) for column in columns])


def bare(column: ColumnId) -> Expression:
    """The expression that is nothing but ``column``."""
    return Expression(((column, modes.IDENTITY),))
