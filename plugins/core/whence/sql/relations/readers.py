"""Functions that read what is stored: files, tables of other servers, tables given by name.

Must not build relations.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.plan import Plan
from whence.sql.relations.returns import function_name
from whence.sql.results import TableName
from whence.sql.tablenames import table_name

TAKE_TABLES = frozenset({"remote", "remotesecure", "cluster", "clusterallreplicas"})
"""Functions of ClickHouse that are given a table by its name."""

_FILE_READERS = (
    *("deltascan", "icebergscan", "parquetscan", "sniffcsv"),
    *("readblob", "readcsv", "readfiles", "readjson", "readndjson", "readparquet"),
    *("readtext", "readxlsx", "azureblobstorage", "gcs", "hdfs", "s3", "url"),
)
# Functions that are given the name of a table in strings, and which of these make it.
_NAMED = {
    "mysql": (1, 2),
    "mysqlscan": (1, 2),
    "postgresql": (1, 2),
    "postgresscan": (1, 2),
    "querytable": (0,),
    "sqlitescan": (0, 1),
}


def tables_read(plan: Plan, node: exp.Expr, call: exp.Expr) -> list[TableName]:
    """The tables and files whose rows the FROM item ``node`` is; none for other functions."""
    name = function_name(call).replace("_", "")
    if name.startswith(_FILE_READERS) or (name == "file" and plan.rules.name == "clickhouse"):
        return [TableName((path,), (True,)) for path in _strings(call)[0]]
    places = _NAMED.get(name)
    if places is not None:
        given = _strings(call)
        if max(places) < len(given) and all(given[at] for at in places):
            parts = tuple(given[at][0] for at in places)
            return [TableName(parts, (True,) * len(parts))]
    if isinstance(node.args.get("this"), exp.Subquery) or name in TAKE_TABLES:
        found = table_arguments(plan, call)
        return found if len(found) == 1 else []
    return []


def _strings(call: exp.Expr) -> list[list[str]]:
    """The strings in each argument of ``call``: one, or those of a list."""
    first = call.args.get("this")
    arguments = [first] if isinstance(first, exp.Expr) else []
    arguments += call.args.get("expressions") or ()
    return [
        [
            each.name
            for each in (argument.expressions if isinstance(argument, exp.Array) else [argument])
            if isinstance(each, exp.Literal) and each.args.get("is_string")
        ]
        for argument in arguments
    ] or [[]]


def table_arguments(plan: Plan, call: exp.Expr) -> list[TableName]:
    """Tables that a function is given by name: ``TABLE t``, ``TABLE(t)``, ``remote('h', db.t)``."""
    found = [table_name(plan, each) for each in call.find_all(exp.Table) if each.name]
    for inner in call.find_all(exp.Anonymous):
        # The outermost TABLE(...) of Trino holds the function itself.
        takes = inner.name.lower() in TAKE_TABLES or (
            inner.name.lower() == "table" and inner is not call
        )
        for each in inner.expressions if takes else ():
            if isinstance(each, exp.Column):
                parts = [part for part in each.parts if isinstance(part, exp.Identifier)]
                quoted = tuple(bool(part.args.get("quoted")) for part in parts)
                found.append(TableName(tuple(part.name for part in parts), quoted))
    return found
