"""Changes through a common table expression: T-SQL's UPDATE and DELETE write what is behind it.

Must not build relations.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from whence.sql.names import Env
from whence.sql.plan import Plan
from whence.sql.results import TableName
from whence.sql.tablenames import table_name


@dataclass(frozen=True, slots=True)
class Written:
    """The table that a statement writes.

    Attributes:
        through: True where the statement names a common table expression over it.
        columns: Folded name in the common table expression -> the table's own.
    """

    name: TableName
    through: bool = False
    columns: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """What the table calls the column that the statement calls ``name``."""
        return self.columns.get(name.lower(), name)


def written(plan: Plan, env: Env, node: exp.Expr, column: str = "") -> Written:
    """What is written where a statement names ``node`` and sets ``column`` of it, if any."""
    found = Written(table_name(plan, node))
    if not plan.rules.writes_through:
        return found
    seen = None
    while node.args.get("db") is None:
        table = env.find(node.name.lower())
        if table is None or table is seen or table.env is None:
            return found
        query, seen = table.node.args["this"], table
        behind = _behind(query, column)
        if not isinstance(query, exp.Select) or not isinstance(behind, exp.Table):
            return found
        given = table.node.args["alias"].args.get("columns") or ()
        inner = _renamed(query, [each.name for each in given])
        columns = {outer: inner.get(name.lower(), name) for outer, name in found.columns.items()}
        found = Written(table_name(plan, behind), True, {**inner, **columns})
        column = inner.get(column.lower(), column)
        node, env = behind, table.env
    return found


def _behind(query: exp.Expr, column: str) -> exp.Expr | None:
    """The FROM item of ``query`` that its ``column`` is qualified by, or else the first."""
    from_ = query.args.get("from_")
    if from_ is None:
        return None
    first: exp.Expr = from_.args["this"]
    qualifiers = {
        item.unalias().table.lower()
        for item in query.args.get("expressions") or ()
        if item.alias_or_name.lower() == column.lower() and isinstance(item.unalias(), exp.Column)
    }
    for join in query.args.get("joins") or ():
        if join.args["this"].alias_or_name.lower() in qualifiers - {""}:
            first = join.args["this"]
    return first


def _renamed(query: exp.Select, given: list[str]) -> dict[str, str]:
    """The columns of ``query`` that are a table's under another name."""
    found: dict[str, str] = {}
    for position, item in enumerate(query.expressions):
        name = given[position] if position < len(given) else item.alias_or_name
        if isinstance(item.unalias(), exp.Column) and not item.is_star:
            found[name.lower()] = item.unalias().name
    return found
