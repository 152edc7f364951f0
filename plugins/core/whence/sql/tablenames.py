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
    local = _local(this) if isinstance(this, exp.Expr) else ""
    if local:
        return TableName((local,), (False,))
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


def is_local(name: TableName) -> bool:
    """True for a name that only the session or the batch knows (T-SQL)."""
    return name.parts[-1].startswith(("#", "@")) and not name.quoted[-1]


def spoken(name: TableName) -> tuple[str, ...]:
    """The parts of ``name`` in lower case as columns are qualified by them: without T-SQL's #."""
    return tuple([part.lower().lstrip("#@") for part in name.parts])


def is_temporary(name: exp.Expr) -> bool:
    """True for the name of T-SQL's temporary tables, which the parser takes the # from."""
    args = name.args
    return len(args) > 2 and bool(args.get("temporary") or args.get("global_"))


def _local(name: exp.Expr) -> str:
    """The name of a temporary table or table variable as it is written; "" for any other."""
    if name.__class__ is exp.Parameter:
        return f"@{name.name}"
    if not is_temporary(name):
        return ""
    return f"{'#' if name.args.get('temporary') else '##'}{name.name}"
