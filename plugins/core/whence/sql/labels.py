"""What databases call a column without a name.

Must not resolve anything; where a dialect's rule is not known, the position names the column.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.dialects import Rules
from whence.sql.text import text_of
from whence.sql.words import words

_BY_TEXT = words("duckdb spark spark2 databricks hive mysql sqlite starrocks doris trino athena")
_BY_FUNCTION = words("postgres redshift materialize risingwave")


def label(node: exp.Expr, position: int, rules: Rules, source: str = "") -> str:
    """The name of an unnamed select item.

    Args:
        node: The item.
        position: Where it stands, from 0.
        rules: Of the dialect.
        source: The text of the statement.
    """
    while node.__class__ is exp.Paren:
        node = node.args["this"]
    if node.__class__ is exp.Column and isinstance(node.args["this"], exp.Parameter):
        node = node.args["this"]
    if isinstance(node, exp.Parameter):
        return f"${node.name}"
    if isinstance(node, (exp.Column, exp.Dot, exp.Identifier)) and node.output_name:
        return node.output_name
    if rules.name in _BY_FUNCTION:
        return _postgres(node)
    if rules.name == "bigquery":
        return node.output_name or f"f{position}_"
    if rules.name not in _BY_TEXT:
        return node.output_name or f"_col{position}"
    text = _duckdb(node, source, rules) if rules.name == "duckdb" else text_of(node, rules)
    return text or f"_col{position}"


def _duckdb(node: exp.Expr, source: str, rules: Rules) -> str:
    # Its way of printing is large, and no other dialect needs it.
    from whence.sql.duckdb_names import duckdb_name

    return duckdb_name(node, source, rules)


def _postgres(node: exp.Expr) -> str:
    while isinstance(node, (exp.Paren, exp.Window, exp.Filter, exp.WithinGroup, exp.Bracket)):
        node = node.args["this"]
    if isinstance(node, exp.Cast):
        inner = _postgres(node.args["this"])
        return inner if inner != "?column?" else node.args["to"].name.lower()
    if isinstance(node, (exp.Column, exp.Dot)):
        return node.output_name
    if isinstance(node, exp.Case):
        return "case"
    if isinstance(node, (exp.Subquery, exp.Exists)):
        return _subquery(node)
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    if isinstance(node, exp.Func) and not isinstance(node, (exp.Binary, exp.Connector)):
        return node.sql_name().lower()
    return "?column?"


def _subquery(node: exp.Expr) -> str:
    if isinstance(node, exp.Exists):
        return "exists"
    inner = node.args["this"]
    items = inner.args.get("expressions") if isinstance(inner, exp.Select) else None
    return items[0].alias_or_name or _postgres(items[0]) if items else "?column?"
