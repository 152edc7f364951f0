"""Rows made from values: UNNEST, LATERAL VIEW, FLATTEN, ARRAY JOIN and table functions.

Must not read tables.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression, Project
from whence.sql.names import Scope, Source
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.renaming import alias_columns, renamed
from whence.sql.results import TableName
from whence.sql.tablenames import table_name

# What a table function without a column list calls its columns.
_OWN_NAMES = {
    "flatten": ["seq", "key", "path", "index", "value", "this"],
    "json_each": ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"],
    "openjson": ["key", "value", "type"],
    "string_split": ["value", "ordinal"],
    "jsonb_each": ["key", "value"],
    "jsonb_each_text": ["key", "value"],
    "json_each_text": ["key", "value"],
    "posexplode": ["pos", "col"],
    "explode": ["col"],
    "split_to_table": ["seq", "index", "value"],
}
# Functions of one column; what they call it is the alias, or else their own name.
_ONE_COLUMN = frozenset(
    {
        "explodinggenerateseries",
        "generatedatearray",
        "generateseries",
        "generatetimestamparray",
        "inline",
        "json_array_elements",
        "json_array_elements_text",
        "json_object_keys",
        "jsonb_array_elements",
        "jsonb_array_elements_text",
        "jsonb_object_keys",
        "numbers",
        "range",
        "regexp_matches",
        "regexp_split_to_table",
        "repeat_row",
        "string_to_table",
        "unnest",
    }
)
_TAKE_TABLES = frozenset({"remote", "remotesecure", "cluster", "clusterallreplicas"})
_FILE_READERS = (
    "deltascan",
    "icebergscan",
    "parquetscan",
    "readblob",
    "readcsv",
    "readfiles",
    "readjson",
    "readndjson",
    "readparquet",
    "readtext",
    "readxlsx",
    "sniffcsv",
    "azureblobstorage",
    "gcs",
    "hdfs",
    "s3",
    "url",
)
# Columns of a generator that count its rows and carry nothing of its argument.
_COUNTERS = frozenset({"seq", "index", "pos", "ordinal", "ordinality"})


def is_generator(node: exp.Expr) -> bool:
    """True for a FROM item that is a function call rather than a name."""
    this = node.args.get("this")
    return (
        isinstance(this, (exp.Func, exp.Dot))
        and not isinstance(this, exp.Identifier)
        and not (isinstance(this, exp.Dot) and not isinstance(this.expression, exp.Func))
    )


def table_function(plan: Plan, scope: Scope, node: exp.Expr) -> Step:
    """``f(x) AS t (a, b)``: every column comes from the arguments."""
    call = node.args["this"] if node.__class__ is exp.Table else node
    alias = node.args.get("alias")
    path = _file(call)
    if path:
        rows = renamed(plan.rows_of(TableName((path,), (True,))), alias)
        scope.add(Source(alias.name.lower() if alias is not None else "", rows))
        return rows
    return (yield _generated(plan, scope, call, alias, [call]))


def _file(call: exp.Expr) -> str:
    """The path that ``read_csv('x.csv')`` and its like read, "" for other functions."""
    if not _function_name(call).replace("_", "").startswith(_FILE_READERS):
        return ""
    first = call.args.get("this")
    if not isinstance(first, exp.Expr):
        first = next(iter(call.args.get("expressions") or ()), None)
    if isinstance(first, exp.Array) and len(first.expressions) == 1:
        first = first.expressions[0]
    return first.name if isinstance(first, exp.Literal) else ""


def lateral(plan: Plan, scope: Scope, node: exp.Expr) -> Step:
    """LATERAL (subquery), LATERAL VIEW function, CROSS APPLY."""
    this = node.args["this"]
    alias = node.args.get("alias")
    while this.__class__ is exp.Subquery and not this.args.get("alias"):
        this = this.args["this"]
    if isinstance(this, (exp.Query, exp.Values)):
        rows = renamed((yield Ask(this, scope.env, scope)), alias)
        scope.add(Source(alias.name.lower() if alias is not None else "", rows))
        return rows
    if this.__class__ is exp.Unnest:
        return (yield unnest(plan, scope, this, alias))
    if isinstance(this, exp.Table):
        return (yield table_function(plan, scope, this))
    return (yield _generated(plan, scope, this, alias, [this]))


def unnest(plan: Plan, scope: Scope, node: exp.Expr, alias: exp.Expr | None = None) -> Step:
    """``UNNEST(a, b) WITH ORDINALITY AS t (x, y, n)``."""
    if alias is None:
        alias = node.args.get("alias")
    offset = node.args.get("offset")
    counter = offset.name if isinstance(offset, exp.Identifier) else "ordinality" if offset else ""
    return (yield _generated(plan, scope, node, alias, node.args["expressions"], counter))


def array_join(plan: Plan, scope: Scope, join: exp.Expr) -> Step:
    """ClickHouse's ARRAY JOIN: arrays become rows under their alias or their own name."""
    nodes = [join.args["this"], *(join.args.get("expressions") or ())]
    names: list[str] = []
    derives = []
    for node in nodes:
        read = yield from expression(plan, scope, [node], modes.TRANSFORMATION)
        names.append(node.alias_or_name)
        derives.append(plan.derive(read, node))
    ids = [derived.column for derived in derives]
    rows = Rows(Project((), derives), names, ids)
    for name, column in zip(names, ids, strict=False):
        scope.merged[name.lower()] = column
    scope.changed()
    return rows


def _generated(
    plan: Plan,
    scope: Scope,
    call: exp.Expr,
    alias: exp.Expr | None,
    arguments: Sequence[exp.Expr],
    counter: str = "",
) -> Step:
    """Rows whose columns come from ``arguments``: one each, or all from all."""
    reads: list[Expression] = []
    for argument in arguments:
        reads.append((yield from expression(plan, scope, [argument], modes.TRANSFORMATION)))
    names = _names(plan, call, alias, counter)
    whole = Expression(
        [use for each in reads for use in each.uses], [q for each in reads for q in each.queries]
    )
    if names is None:
        return _unknown(plan, scope, call, alias, whole)
    derives = []
    data = [name for name in names if name != counter]
    for position, name in enumerate(names):
        by_position = len(reads) > 1 and len(reads) == len(data) and position < len(reads)
        read = reads[position] if by_position else whole
        counts = name == counter or name.lower() in _COUNTERS
        derives.append(plan.derive(Expression((), read.queries) if counts else read, call))
    ids = [derived.column for derived in derives]
    rows = Rows(Project((), derives), names, ids)
    table = alias.name.lower() if alias is not None else ""
    scope.add(Source(table or _function_name(call), rows))
    return rows


def _unknown(
    plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None, whole: Expression
) -> Rows:
    """The rows of a function that only the database knows: any column may come of all it reads."""
    tables = [plan.rows_of(name).node for name in _table_arguments(plan, call)]
    plan.gap("opaque-code", f"what the table function {_function_name(call)} returns is not known")
    derived = plan.derive(Expression(whole.uses), call)
    node = Project(tables, [derived], [Expression((), whole.queries)])
    rows = Rows(node, [], [], unknown=True, other=derived.column)
    scope.add(Source(alias.name.lower() if alias is not None else _function_name(call), rows))
    return rows


def _table_arguments(plan: Plan, call: exp.Expr) -> list[TableName]:
    """Tables that a function is given by name: ``TABLE t``, ``TABLE(t)``, ``remote('h', db.t)``."""
    found = [table_name(plan, each) for each in call.find_all(exp.Table) if each.name]
    for inner in call.find_all(exp.Anonymous):
        # The outermost TABLE(...) of Trino holds the function itself.
        takes = inner.name.lower() in _TAKE_TABLES or (
            inner.name.lower() == "table" and inner is not call
        )
        for each in inner.expressions if takes else ():
            if isinstance(each, exp.Column):
                parts = [part for part in each.parts if isinstance(part, exp.Identifier)]
                quoted = tuple(bool(part.args.get("quoted")) for part in parts)
                found.append(TableName(tuple(part.name for part in parts), quoted))
    return found


def _names(plan: Plan, call: exp.Expr, alias: exp.Expr | None, counter: str) -> list[str] | None:
    """The columns of a call; None where only the database knows them."""
    given = alias_columns(alias)
    if given:
        return given if not counter or counter in given else [*given, counter]
    if isinstance(call, exp.JSONTable):
        return [each.name for each in call.find_all(exp.JSONColumnDef) if each.name]
    if isinstance(call, exp.OpenJSON) and call.expressions:
        return [each.name for each in call.expressions]
    function = _function_name(call)
    if function == "explode" and plan.rules.name == "snowflake":
        function = "flatten"  # sqlglot reads both as one
    own = _OWN_NAMES.get(function)
    if own is None:
        if function not in _ONE_COLUMN:
            return None
        own = [_only_name(plan, call, alias)]
    return [*own, counter] if counter else list(own)


def _only_name(plan: Plan, call: exp.Expr, alias: exp.Expr | None) -> str:
    """What the one column of a generator is called."""
    function = _function_name(call)
    if plan.rules.name.startswith(("spark", "databricks")) and function == "range":
        return "id"
    if alias is not None and alias.name and plan.rules.name != "duckdb":
        return alias.name
    if function == "generateseries":
        return "range" if call.args.get("is_end_exclusive") else "generate_series"
    return function


def _function_name(call: exp.Expr) -> str:
    if isinstance(call, exp.Anonymous):
        return call.name.lower()
    if isinstance(call, exp.Dot):
        return _function_name(call.expression)
    if isinstance(call, exp.TableFromRows):
        return _function_name(call.args["this"])
    return call.key.lower()
