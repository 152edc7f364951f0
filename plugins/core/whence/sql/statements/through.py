"""Changes through a query: T-SQL's and Oracle's UPDATE and DELETE write the table behind it.

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
        through: True where the statement names a query over it.
        columns: Folded name in the query -> the table's own.
    """

    name: TableName
    through: bool = False
    columns: dict[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """What the table calls the column that the statement calls ``name``."""
        return self.columns.get(name.lower(), name)


def written(plan: Plan, env: Env, node: exp.Expr, column: str = "") -> Written:
    """What is written where a statement names ``node`` and sets ``column`` of it, if any."""
    columns: dict[str, str] = {}
    through = False
    seen: exp.Expr | None = None
    while plan.rules.writes_through:
        query, given, inside = _query(plan, env, node)
        behind = _behind(query, column) if isinstance(query, exp.Select) else None
        if query is None or query is seen or behind is None or inside is None:
            break
        inner = _renamed(query, given)
        columns = {**inner, **{o: inner.get(name.lower(), name) for o, name in columns.items()}}
        column = inner.get(column.lower(), column)
        node, env, seen, through = behind, inside, query, True
    return Written(table_name(plan, node), through, columns)


def _query(plan: Plan, env: Env, node: exp.Expr) -> tuple[exp.Select | None, list[str], Env | None]:
    """The query that ``node`` stands for, the names it gives its columns, and what that sees."""
    alias = node.args.get("alias")
    query: exp.Expr | None = None
    inside: Env | None = env
    if isinstance(node, exp.Subquery):
        query = node.args["this"]
    elif isinstance(node, exp.Table) and node.args.get("db") is None:
        table = env.find(plan.rules.key(node.args["this"]))
        if table is not None:
            query, inside = table.node.args["this"], table.env
            alias = table.node.args["alias"]
    if not isinstance(query, exp.Select):
        return None, [], None
    given = alias.args.get("columns") or () if alias is not None else ()
    return query, [each.name for each in given], inside


def _behind(query: exp.Select, column: str) -> exp.Expr | None:
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
