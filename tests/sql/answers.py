"""Column lineage as an oracle or our engine tells it, in one form that can be compared.

Must not read SQL or plans, nor use our resolver: an oracle that shares its code proves nothing.

The convention, where a database's plan could be read in several ways (text cases in ``cases`` and
``../shared/sql-cases`` hold it too):

* A value used as it is keeps its kind; through any function or operator it is a TRANSFORMATION,
  through an aggregate function an AGGREGATION; the strongest step on the way counts. A cast that
  the database put in itself cannot be told from one in the text: `CAST` agrees with both kinds.
* What a CASE, IF or NULLIF compares, and an aggregate's FILTER, is CONDITIONAL on that column
  alone; the keys of a window are WINDOW on that column; ORDER BY within an aggregate is SORT on it.
* ON and USING are JOIN, WHERE, HAVING and QUALIFY are FILTER, GROUP BY and DISTINCT ON are
  GROUP_BY, ORDER BY is SORT: on all rows. DISTINCT and LIMIT are nothing. A comma between tables
  with a WHERE is FILTER. What EXCEPT takes away is FILTER on the column in its place, INTERSECT
  takes from both sides.
* What decides with a column that is itself conditional has both influences.
* What a subquery decides on its rows, wherever it stands, counts for all rows; EXISTS reads no
  values. A CTE that nobody reads does not count.
* GROUPING(x) says nothing of x; where it decides, x may be told or left out. PIVOT's new columns
  are CONDITIONAL on what it pivots on, all rows are GROUP_BY the columns that stay; UNPIVOT's
  values come from each column it takes, and that it leaves NULLs out is no FILTER.
* MERGE's ON is JOIN, the conditions of its branches are FILTER. A table that is only written is
  no input.
* Masking is left out: databases know nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from whence.sql import StatementLineage

IDENTITY, CAST, TRANSFORMATION, AGGREGATION = range(4)
"""Kinds of DIRECT use, the stronger the later."""

NAMES = ("IDENTITY", "IDENTITY", "TRANSFORMATION", "AGGREGATION")
JOIN, FILTER, GROUP_BY = frozenset({"JOIN"}), frozenset({"FILTER"}), frozenset({"GROUP_BY"})
SORT, WINDOW, CONDITIONAL = (
    frozenset({"SORT"}),
    frozenset({"WINDOW"}),
    frozenset({"CONDITIONAL"}),
)
Influences = dict[str, frozenset[str]]
"""Source column -> in which ways it decides."""

Mode: TypeAlias = "int | frozenset[str]"
"""How a value is used: a kind, or the ways in which it decides."""


@dataclass(slots=True)
class Value:
    """Where one column of some relation comes from.

    Attributes:
        direct: Source column, as ``table.column`` -> kind.
        indirect: Sources that decide on this column.
    """

    direct: dict[str, int] = field(default_factory=dict)
    indirect: Influences = field(default_factory=dict)

    def add(self, other: Value, mode: Mode) -> None:
        """Use ``other`` here in ``mode``."""
        if isinstance(mode, int):
            for source, kind in other.direct.items():
                self.direct[source] = max(kind, mode, self.direct.get(source, 0))
            unite(self.indirect, other.indirect)
        else:
            unite(self.indirect, dict.fromkeys(other.direct, mode))
            unite(self.indirect, {each: how | mode for each, how in other.indirect.items()})

    def take(self, other: Value) -> None:
        """Be as ``other`` besides."""
        for source, kind in other.direct.items():
            self.direct[source] = max(kind, self.direct.get(source, 0))
        unite(self.indirect, other.indirect)


def without(one: Value, other: Value) -> Value:
    """A column of EXCEPT: the right side decides on what stays of the left."""
    value = Value()
    value.add(one, IDENTITY)
    value.add(other, FILTER)
    return value


def unite(into: Influences, more: Influences) -> None:
    """Add ``more`` influences."""
    for source, how in more.items():
        into[source] = into.get(source, frozenset()) | how


def inner(mode: Mode, role: Mode) -> Mode:
    """The mode of a part that plays ``role`` in an expression used in ``mode``."""
    if isinstance(role, int):
        return max(mode, role) if isinstance(mode, int) else mode
    return role if isinstance(mode, int) else mode | role


Node = TypeVar("Node")


def read(
    node: Node,
    mode: Mode,
    leaf: Callable[[Node, Mode, Value], bool],
    parts: Callable[[Node], Iterable[tuple[Node, Mode]]],
    into: Value | None = None,
) -> Value:
    """An expression of an oracle's own as a value.

    Args:
        leaf: Adds what a node reads itself; True where its parts are not to be looked at.
        parts: The parts of a node, with the role each plays.
        into: What to add to.
    """
    value = Value() if into is None else into
    stack = [(node, mode)]
    while stack:
        at, how = stack.pop()
        if not leaf(at, how, value):
            stack += [(part, inner(how, role)) for part, role in parts(at)]
    return value


@dataclass(slots=True)
class Answer:
    """The lineage of one statement.

    Attributes:
        names: Of the output columns.
        columns: One value each.
        rows: What decides on all rows.
        inputs: Tables read.
        doubtful: Sources whose influence may be told or left out.
    """

    names: list[str]
    columns: list[Value]
    rows: Influences = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)


def ours(statement: StatementLineage) -> Answer:
    """What our engine says."""
    answer = Answer([column.column for column in statement.columns], [])
    for column in statement.columns:
        value = Value()
        for each in column.inputs:
            source = f"{each.dataset}.{each.column}".lower()
            if each.type == "DIRECT":
                value.direct[source] = NAMES.index(each.subtype)
            else:
                unite(value.indirect, {source: frozenset({each.subtype})})
        answer.columns.append(value)
    for row in statement.indirect:
        source = f"{row.dataset}.{row.column}".lower()
        unite(answer.rows, {source: frozenset({row.subtype})})
    answer.inputs = {str(name).lower() for name in statement.inputs}
    return answer


def differences(said: Answer, known: Answer) -> list[str]:
    """Where our answer and an oracle's contradict each other."""
    if len(said.names) != len(known.names):
        return [f"columns {said.names}, in the database {known.names}"]
    found: list[str] = []
    for own, its in zip(said.names, known.names, strict=True):
        if own.lower() != its.lower() and its.isidentifier():
            found.append(f"column {own}, in the database {its}")
    for name, one, other in zip(known.names, said.columns, known.columns, strict=True):
        found += _uses(name, one.direct, other.direct)
        found += _sets(name, one.indirect, other.indirect, known.doubtful)
    found += _sets("rows", said.rows, known.rows, known.doubtful)
    if said.inputs != known.inputs:
        found.append(f"inputs {sorted(said.inputs)}, in the database {sorted(known.inputs)}")
    return found


def aligned(said: Answer, known: Answer, target: str) -> tuple[Answer, Answer]:
    """Two answers of what is written into ``target``, with the same columns in the same order.

    A column that nothing is written to is the same as one that is written from nothing, and
    the target need not be told as an input.
    """
    names = sorted({*said.names, *known.names})
    pair = []
    for each in (said, known):
        columns = dict(zip(each.names, each.columns, strict=True))
        values = [columns.get(name, Value()) for name in names]
        pair.append(Answer(names, values, each.rows, each.inputs - {target}, each.doubtful))
    return pair[0], pair[1]


def _uses(name: str, said: dict[str, int], known: dict[str, int]) -> list[str]:
    found = [f"{name}: {each} is missing" for each in sorted(known.keys() - said.keys())]
    found += [f"{name}: {each} is too much" for each in sorted(said.keys() - known.keys())]
    for source in sorted(said.keys() & known.keys()):
        one, other = said[source], known[source]
        if one != other and not (other == CAST and one <= TRANSFORMATION):
            found.append(f"{name}: {source} {NAMES[one]}, in the database {NAMES[other]}")
    return found


def _sets(name: str, said: Influences, known: Influences, doubtful: set[str]) -> list[str]:
    found: list[str] = []
    for source in sorted((said.keys() | known.keys()) - doubtful):
        one, other = said.get(source, frozenset()), known.get(source, frozenset())
        found += [f"{name}: {how} {source} is missing" for how in sorted(other - one)]
        found += [f"{name}: {how} {source} is too much" for how in sorted(one - other)]
    return found
