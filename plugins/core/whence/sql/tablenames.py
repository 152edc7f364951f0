"""Names of tables as statements write them, with defaults in front.

Must not know what is in scope.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.plan import Plan
from whence.sql.results import TableName


def table_name(plan: Plan, node: exp.Expr) -> TableName:
    """The full name of the table that ``node`` refers to."""
    this = node.args.get("this")
    if node.args.get("db") is None and this.__class__ is exp.Identifier:
        return plan.qualify(TableName((this.args["this"],), (bool(this.args.get("quoted")),)))
    parts: list[str] = []
    quoted: list[bool] = []
    for key in ("catalog", "db", "this"):
        part = node.args.get(key)
        stack = [part] if isinstance(part, exp.Expr) else []
        while stack:
            each = stack.pop()
            if each.__class__ is exp.Dot:
                stack += [each.args["expression"], each.args["this"]]
            elif each.name:
                parts.append(each.name)
                quoted.append(bool(each.args.get("quoted")))
    return plan.qualify(TableName(tuple(parts), tuple(quoted)))
