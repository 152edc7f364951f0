"""What table functions return: the names of their columns, and what each of them comes from.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from whence.sql import names
from whence.sql.fields import type_of
from whence.sql.names import Scope
from whence.sql.plan import Plan
from whence.sql.structs import element, is_map, members, within

# What a table function without a column list calls its columns.
_OWN_NAMES = {
    "flatten": ["seq", "key", "path", "index", "value", "this"],
    "generator": [],
    "jsonarrayelements": ["value"],
    "jsonarrayelementstext": ["value"],
    "jsonbarrayelements": ["value"],
    "jsonbarrayelementstext": ["value"],
    "jsonbeach": ["key", "value"],
    "jsonbeachtext": ["key", "value"],
    "jsoneach": ["key", "value"],
    "jsoneachtext": ["key", "value"],
    "numbers": ["number"],
    "numbersmt": ["number"],
    "openjson": ["key", "value", "type"],
    "splittotable": ["seq", "index", "value"],
    "strtoksplittotable": ["seq", "index", "value"],
    "stringsplit": ["value", "ordinal"],
    "zeros": ["zero"],
}
_SQLITE_NAMES = ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"]
# Functions of one column; what they call it is the alias, or else their own name.
_ONE_COLUMN = frozenset(
    {
        "explodinggenerateseries",
        "generatedatearray",
        "generateseries",
        "generatetimestamparray",
        "jsonbobjectkeys",
        "jsonobjectkeys",
        "range",
        "regexpmatches",
        "regexpsplittotable",
        "repeatrow",
        "stringtotable",
        "unnest",
    }
)
# Columns of a function that count its rows and carry nothing of its argument.
_COUNTERS = frozenset({"seq", "index", "pos", "ordinal"})
_EXPLODERS = frozenset(
    {"explode", "explodeouter", "posexplode", "posexplodeouter", "inline", "inlineouter"}
)


@dataclass(frozen=True, slots=True)
class Returned:
    """One column of what a function returns.

    Attributes:
        arguments: What it is computed from.
        copied: True where it is one of these and no computation over them.
    """

    name: str
    arguments: tuple[exp.Expr, ...] = ()
    copied: bool = False


def function_name(call: exp.Expr) -> str:
    """The name of the function in lower case, as all dialects spell it but for underscores."""
    while True:
        if isinstance(call, exp.Dot):
            call = call.expression
        elif isinstance(call, (exp.TableFromRows, exp.Window)):
            call = call.args["this"]
        elif isinstance(call, exp.Anonymous):
            inner = call.expressions
            if call.name.lower() != "table" or len(inner) != 1 or isinstance(inner[0], exp.Column):
                return str(call.name).lower()
            call = inner[0]
        elif isinstance(call, exp.Expr):
            return call.key.lower().lstrip("_")


def returned(
    plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None, given: Sequence[str]
) -> list[Returned] | None:
    """The columns of ``call``; None where only the database knows them.

    Args:
        plan: The plan under construction.
        scope: What the call sees.
        call: The function.
        alias: The alias of the FROM item.
        given: The column names that the alias gives.
    """
    own = _own(plan, scope, call, alias, len(given))
    if own is None:
        return [Returned(name, (call,)) for name in given] if given else None
    if len(given) > len(own):
        return [Returned(name, (call,)) for name in given]
    return [
        Returned(given[at] if at < len(given) else each.name, each.arguments, each.copied)
        for at, each in enumerate(own)
    ]


def _own(
    plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None, given: int
) -> list[Returned] | None:
    """The columns of ``call`` under its own names."""
    if isinstance(call, (exp.JSONTable, exp.OpenJSON, exp.XMLTable)):
        listed = _listed(call)
        if listed:
            return listed
    function = function_name(call).replace("_", "")
    if function == "explode" and plan.rules.name == "snowflake":
        function = "flatten"  # sqlglot reads both as one
    if isinstance(call, exp.Unnest):
        return _unnested(plan, scope, call, alias, given)
    if function in _EXPLODERS:
        return _exploded(plan, scope, call, function, given)
    if function == "stack":
        return _stacked(call)
    if function == "jsontuple":
        return [Returned(f"c{at}", (call,)) for at in range(len(call.expressions) - 1)]
    own = _OWN_NAMES.get(function)
    if function in ("jsoneach", "jsontree") and plan.rules.name in ("sqlite", "duckdb"):
        own = _SQLITE_NAMES
    if own is not None:
        return [Returned(name, () if name in _COUNTERS else (call,)) for name in own]
    return [Returned(_only_name(plan, call, alias), (call,))] if function in _ONE_COLUMN else None


def _listed(call: exp.Expr) -> list[Returned]:
    """The columns that JSON_TABLE, XMLTABLE and OPENJSON list; FOR ORDINALITY counts rows."""
    if isinstance(call, exp.JSONTable):
        nodes = [each for each in call.find_all(exp.JSONColumnDef) if each.name]
    else:
        nodes = call.args.get("columns") or call.expressions
    return [Returned(each.name, () if each.args.get("ordinality") else (call,)) for each in nodes]


def _unnested(
    plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None, given: int
) -> list[Returned] | None:
    """``UNNEST(a, b)``: a column for each array, several for a map or an array of rows."""
    own: list[Returned] = []
    expands = plan.rules.name in ("bigquery", "trino", "presto", "athena")
    for argument in call.args["expressions"]:
        type_ = _type(plan, scope, argument) if expands else None
        names_ = [name for name, _ in members(element(type_))]
        if is_map(type_):
            names_ = ["key", "value"]
        own += [Returned(name, (argument,)) for name in names_ or [_only_name(plan, call, alias)]]
    if plan.rules.name == "bigquery" or given <= len(own):
        return own
    return None  # the types that would tell are not known


def _exploded(
    plan: Plan, scope: Scope, call: exp.Expr, function: str, given: int
) -> list[Returned] | None:
    """Spark's EXPLODE and its kin, by the type of what they take apart."""
    value = call.args.get("this")
    argument = value if isinstance(value, exp.Expr) else next(iter(call.expressions), None)
    type_ = None if argument is None else _type(plan, scope, argument)
    if function.startswith("inline"):
        found = [Returned(name, (call,)) for name, _ in members(element(type_))]
        return found or None
    counted = [Returned("pos")] if function.startswith("pos") else []
    if is_map(type_) or (type_ is None and given - len(counted) == 2):
        return [*counted, Returned("key", (call,)), Returned("value", (call,))]
    return [*counted, Returned("col", (call,))]


def _stacked(call: exp.Expr) -> list[Returned] | None:
    """``stack(n, a, b, c, d)``: n rows, filled one after the other."""
    first, cells = call.args.get("this"), call.expressions
    if not isinstance(first, exp.Literal) or not first.name.isdigit() or not int(first.name):
        return None
    width = -(-len(cells) // int(first.name))
    return [Returned(f"col{at}", tuple(cells[at::width]), True) for at in range(width)]


def _type(plan: Plan, scope: Scope, node: exp.Expr) -> exp.DataType | None:
    """The type of ``node``, where it is a column, a path into one or a cast."""
    if isinstance(node, exp.Cast):
        to = node.args["to"]
        return to if isinstance(to, exp.DataType) else None
    if not isinstance(node, exp.Column):
        return None
    parts = tuple(part.name for part in node.parts)
    if len(parts) > 1:
        found, path = names.find_base(plan, scope, parts)
    else:
        found, path = names.find_unqualified(plan, scope, parts[0]), ()
    return within(type_of(plan, found), path) if isinstance(found, int) else None


def _only_name(plan: Plan, call: exp.Expr, alias: exp.Expr | None) -> str:
    """What the one column of a function is called."""
    function = function_name(call)
    if plan.rules.name.startswith(("spark", "databricks")) and function == "range":
        return "id"
    if alias is not None and alias.name and plan.rules.name != "duckdb":
        return alias.name
    if function == "generateseries":
        return "range" if call.args.get("is_end_exclusive") else "generate_series"
    return function
