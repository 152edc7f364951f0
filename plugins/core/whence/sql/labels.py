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


def label(node: exp.Expr, position: int, rules: Rules) -> str:
    """The name of the unnamed select item ``node``, which stands at ``position`` (from 0)."""
    while node.__class__ is exp.Paren:
        node = node.args["this"]
    if isinstance(node, (exp.Column, exp.Dot, exp.Identifier)) and node.output_name:
        return node.output_name
    if rules.name in _BY_FUNCTION:
        return _postgres(node)
    if rules.name == "bigquery":
        return node.output_name or f"f{position}_"
    if rules.name not in _BY_TEXT:
        return node.output_name or f"_col{position}"
    text = _duckdb(node, rules) if rules.name == "duckdb" else text_of(node, rules)
    return text or f"_col{position}"


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


def _duckdb(node: exp.Expr, rules: Rules) -> str:
    """DuckDB prints the expression: operators in parentheses, functions in lower case."""
    whole = exp.Tuple(expressions=[node.copy()])
    for each in reversed(list(whole.walk())):
        if isinstance(each, exp.Paren):
            each.replace(each.args["this"])
        elif isinstance(each, exp.Count) and isinstance(each.args["this"], exp.Star):
            each.replace(exp.Anonymous(this="count_star", expressions=[]))
        elif isinstance(each, _OPERATORS) and not isinstance(each, exp.Dot):
            outer = exp.Paren()
            each.replace(outer)
            outer.set("this", each)
    return text_of(whole.expressions[0], rules, lower_functions=True)


_OPERATORS = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.DPipe),
    *(exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
    *(exp.Between, exp.In, exp.Is, exp.Like),
)
