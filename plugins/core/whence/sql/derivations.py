"""The expressions between a source column and the output column that it ends up in.

Must not resolve anything: it reads off a plan, for those who ask, what the resolver composed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlglot import exp

from whence.columns.algebra import ColumnId, Derived, Recursion, Relation, Write
from whence.columns.modes import IDENTITY
from whence.sql.plan import Plan
from whence.sql.results import Derivation, ExpressionText
from whence.sql.text import text_of


class Derivations:
    """Derivations of the columns of one script; what two columns share is one object."""

    def __init__(self, plan: Plan) -> None:
        """Derivations in the names of ``plan``."""
        self._plan = plan
        self._derived: dict[ColumnId, Derived] = {}
        self._fed: dict[ColumnId, ColumnId] = {}
        self._seen: set[Relation] = set()
        self._made: dict[ColumnId, Derivation] = {}

    def of(self, write: Write) -> list[Derivation]:
        """The derivation of each column of ``write``, in order."""
        self._gather(write)
        for column in write.columns:
            self._derived.setdefault(column.column, column)
        return [self._build(column.column) for column in write.columns]

    def _gather(self, root: Relation) -> None:
        """Note what computes each column at and below ``root``."""
        stack = [root]
        while stack:
            relation = stack.pop()
            if relation in self._seen:
                continue
            self._seen.add(relation)
            self._derived.update((derived.column, derived) for derived in relation.derives)
            stack += relation.inputs
            expressions = [derived.expression for derived in relation.derives]
            if isinstance(relation, Write):
                expressions += [derived.expression for derived in relation.columns]
            for expression in expressions:
                stack += expression.queries
            if isinstance(relation, Recursion):
                self._fed.update(relation.loops)
                stack.append(relation.step)

    def _build(self, asked: ColumnId) -> Derivation:
        """The derivation of ``asked``, and all before it, origins first."""
        made = self._made
        under_way: set[ColumnId] = set()
        partial: set[ColumnId] = set()
        stack = [(asked, False)]
        while stack:
            column, opened = stack.pop()
            if column in made:
                continue
            before = self._before(column)
            if opened:
                # What is under way and not made yet is a column of a recursion that reads itself.
                known = [each for each in before if each in made]
                if len(known) < len(before) or partial.intersection(known):
                    partial.add(column)
                made[column] = self._derivation(column, [made[each] for each in known])
            elif column not in under_way:
                under_way.add(column)
                stack.append((column, True))
                stack += [(each, False) for each in reversed(before)]
        found = made[asked]
        for column in partial:  # complete as a part of this one alone
            del made[column]
        return found

    def _before(self, column: ColumnId) -> list[ColumnId]:
        """The columns that ``column`` is computed from, each once."""
        derived = self._derived.get(column)
        if derived is None:
            return []
        used = [each for each, _ in derived.expression.uses if each != column]
        if column in self._fed:
            used.append(self._fed[column])
        return list(dict.fromkeys(used))

    def _derivation(self, column: ColumnId, inputs: Sequence[Derivation]) -> Derivation:
        derived = self._derived.get(column)
        if derived is None or [(column, IDENTITY)] == list(derived.expression.uses):
            return self._source(column)
        node = self._plan.texts.get(column)
        if node is None and len(inputs) == 1:
            return inputs[0]
        text = None if node is None else _lazy(node, self._plan)
        return Derivation(_name(node), text, tuple(inputs))

    def _source(self, column: ColumnId) -> Derivation:
        table, name = self._plan.source(column)
        return Derivation(f"{table.name}.{name}", None, (), table.name, name)


def _lazy(node: exp.Expr, plan: Plan) -> ExpressionText:
    place = None if plan.spans is None else partial(plan.spans.of, node)
    return ExpressionText(lambda: text_of(node, plan.rules), place)


def _name(node: exp.Expr | None) -> str:
    """``cte.alias`` of a select item, as far as its query has a name; "" for no select item."""
    item = None if node is None else node.parent
    if not isinstance(item, exp.Alias):
        return ""
    around = item.parent
    while around is not None and not isinstance(around, (exp.CTE, exp.Subquery)):
        around = around.parent
    query = "" if around is None else around.alias
    return f"{query}.{item.alias}" if query else str(item.alias)
