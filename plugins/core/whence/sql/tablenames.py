"""Names of tables as statements write them, with defaults in front.

Must not know what is in scope.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.plan import Plan
from whence.sql.results import TableName

_DYNAMIC = (exp.Parameter, exp.Placeholder)
# ``FROM @t`` reads a table that the script has declared.
_TABLE_VARIABLES = frozenset({"tsql", "fabric"})
# Spark reads a file by the name of its format and its path: parquet.`/data/x`.
_FORMATS = frozenset(
    {"avro", "binaryfile", "csv", "delta", "hudi", "json", "orc", "parquet", "text", "xml"}
)


def table_name(plan: Plan, node: exp.Expr) -> TableName:
    """The full name of the table that ``node`` refers to."""
    this = node.args.get("this")
    local = _local(plan, this) if isinstance(this, exp.Expr) else ""
    if local:
        return TableName((local,), (False,))
    if node.args.get("db") is None and this.__class__ is exp.Identifier:
        return plan.qualify(TableName((this.args["this"],), (bool(this.args.get("quoted")),)))
    named = named_by(this)
    if named is not None:
        if named.__class__ is exp.Literal:
            return plan.qualify(TableName(tuple(named.name.split("."))))
        plan.gap("dynamic-sql", "which table IDENTIFIER(...) names is not known")
        return TableName((named.name or "?",))
    parts, quoted = _parts(plan, node)
    if len(parts) == 2 and parts[0].lower() in _FORMATS and _is_path(parts[1]):
        return TableName((parts[1],), (True,))
    return plan.qualify(TableName(tuple(parts), tuple(quoted)))


def _parts(plan: Plan, node: exp.Expr) -> tuple[list[str], list[bool]]:
    """The parts of the name ``node``, and which of them stand in quotes."""
    parts: list[str] = []
    quoted: list[bool] = []
    for key in ("catalog", "db", "this"):
        part = node.args.get(key)
        if part == "" and parts and plan.rules.own_schema:
            parts.append(plan.defaults[1] or plan.rules.own_schema)
            quoted.append(False)
        stack = [part] if isinstance(part, exp.Expr) else []
        while stack:
            each = stack.pop()
            if each.__class__ is exp.Dot:
                stack += [each.args["expression"], each.args["this"]]
            elif each.name:
                if isinstance(each, _DYNAMIC) and plan.rules.name not in _TABLE_VARIABLES:
                    plan.gap("dynamic-sql", f"what {each.name!r} stands for in a name is not known")
                inner = each.args.get("expression") if each.__class__ is exp.Parameter else None
                parts.append(inner.name if inner else each.name)  # ${hivevar:db}
                quoted.append(bool(each.args.get("quoted")))
    return parts, quoted


def _is_path(name: str) -> bool:
    return "/" in name or ":" in name


def is_local(name: TableName) -> bool:
    """True for a name that only the session or the batch knows (T-SQL)."""
    return name.last.startswith(("#", "@")) and not name.quoted[-1]


def spoken(name: TableName) -> tuple[str, ...]:
    """The parts of ``name`` in lower case as columns are qualified by them: without T-SQL's #."""
    return tuple([part.lower().lstrip("#@") for part in name.parts])


def is_temporary(name: exp.Expr) -> bool:
    """True for the name of T-SQL's temporary tables, which the parser takes the # from."""
    args = name.args
    return len(args) > 2 and bool(args.get("temporary") or args.get("global_"))


def _local(plan: Plan, name: exp.Expr) -> str:
    """The name of a temporary table or table variable as it is written; "" for any other."""
    if name.__class__ is exp.Parameter and plan.rules.name in _TABLE_VARIABLES:
        return f"@{name.name}"
    if not is_temporary(name):
        return ""
    return f"{'#' if name.args.get('temporary') else '##'}{name.name}"


def named_by(node: exp.Expr | None) -> exp.Expr | None:
    """What gives the name in ``IDENTIFIER('db.t')``, of Snowflake and Databricks; else None."""
    named: exp.Expr | None = None
    if isinstance(node, exp.DynamicIdentifier):
        named = node.args["this"]
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "identifier":
        given = node.args["expressions"]
        named = given[0] if len(given) == 1 else None
    return named
