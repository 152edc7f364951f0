"""What DuckDB calls the operators and functions that have a syntax of their own.

Must not print expressions.
"""

from __future__ import annotations

from sqlglot import exp

OPERATORS: dict[type, str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "//",
    exp.Mod: "%",
    exp.DPipe: "||",
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.BitwiseAnd: "&",
    exp.BitwiseOr: "|",
    exp.BitwiseLeftShift: "<<",
    exp.BitwiseRightShift: ">>",
    exp.Like: "~~",
    exp.ILike: "~~*",
    exp.Glob: "~~~",
    exp.NullSafeEQ: "IS NOT DISTINCT FROM",
    exp.NullSafeNEQ: "IS DISTINCT FROM",
    exp.JSONExtract: "->",
    exp.JSONExtractScalar: "->>",
}
NEGATED: dict[type, str] = {exp.Like: "!~~", exp.ILike: "!~~*", exp.Glob: "!~~~"}
CALLED: dict[type, str] = {
    exp.Substring: "substring",
    exp.If: "if",
    exp.Nullif: "nullif",
    exp.Trim: "trim",
    exp.StrPosition: "position",
    exp.PercentileCont: "quantile_cont",
    exp.PercentileDisc: "quantile_disc",
    exp.Extract: "date_part",
    exp.Tuple: "row",
    exp.Array: "list_value",
    exp.RegexpLike: "regexp_matches",
    exp.GroupConcat: "string_agg",
    exp.ArgMax: "arg_max",
    exp.ArgMin: "arg_min",
}
RENAMED = frozenset(
    {
        *(exp.If, exp.Nullif, exp.Tuple, exp.Array, exp.Extract),
        *(exp.PercentileCont, exp.PercentileDisc),
    }
)
STEPS = {
    **dict.fromkeys(("DAY", "WEEK", "MONTH", "YEAR"), "INTEGER"),
    **dict.fromkeys(("HOUR", "MINUTE"), "BIGINT"),
}
