"""Rows made from values: UNNEST, LATERAL VIEW, FLATTEN, ARRAY JOIN and table functions.

Must not read tables.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Join, Project, Relation
from whence.sql.names import Scope, Source, whole_row
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.readers import TAKE_TABLES, table_arguments, tables_read
from whence.sql.relations.renaming import alias_columns, renamed
from whence.sql.relations.returns import Returned, function_name, returned
from whence.sql.relations.sets import appended
from whence.sql.tablenames import named_by, table_name

_ORDINALITY = "ordinality"
"""What the counter of WITH ORDINALITY is called if it has no other name."""


def is_generator(node: exp.Expr) -> bool:
    """True for a FROM item that is a function call rather than a name."""
    this = node.args.get("this")
    return (
        isinstance(this, (exp.Func, exp.Dot))
        and named_by(this) is None
        and not (isinstance(this, exp.Dot) and not isinstance(this.expression, exp.Func))
    )


def table_function(plan: Plan, scope: Scope, node: exp.Expr) -> Step:
    """``f(x) AS t (a, b)``: every column comes from the arguments."""
    if node.__class__ is exp.AtIndex:
        return (yield _at_index(plan, scope, node))
    call = node.args["this"] if node.__class__ is exp.Table else node
    alias = node.args.get("alias")
    read = tables_read(plan, node, call)
    if read:
        rows = renamed(appended(plan, [plan.rows_of(name) for name in read]), alias)
        scope.add(Source(alias.name.lower() if alias is not None else "", rows))
        return rows
    counter = _ORDINALITY if node.args.get("ordinality") else ""
    return (yield _generated(plan, scope, call, alias, counter))


def _at_index(plan: Plan, scope: Scope, node: exp.Expr) -> Step:
    """Redshift's ``t.array AS x AT i``: the elements of a column, and where each stands."""
    value = node.args["this"]
    name = value.alias_or_name
    columns = [Returned(name, (value,))]
    rows = yield _computed(plan, scope, value, columns, node.args["expression"].name)
    scope.add(Source("", rows))
    return rows


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
    counter = _ORDINALITY if node.args.get("ordinality") else ""
    return (yield _generated(plan, scope, this, alias, counter))


def unnest(plan: Plan, scope: Scope, node: exp.Expr, alias: exp.Expr | None = None) -> Step:
    """``UNNEST(a, b) WITH ORDINALITY AS t (x, y, n)``."""
    if alias is None:
        alias = node.args.get("alias")
    offset = node.args.get("offset")
    counter = offset.name if isinstance(offset, exp.Identifier) else _ORDINALITY if offset else ""
    return (yield _generated(plan, scope, node, alias, counter))


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
    for node, name, column in zip(nodes, names, ids, strict=False):
        scope.merged[name.lower()] = column
        if node.__class__ is exp.Column:  # under its own name the array is there no more
            scope.merging[name.lower()] = list(scope.sources)
    scope.changed()
    return rows


def _generated(
    plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None, counter: str = ""
) -> Step:
    """The rows that ``call`` returns, with a column ``counter`` behind them if it has a name."""
    given = alias_columns(alias)
    if alias is not None and isinstance(call, exp.Unnest) and plan.rules.name == "bigquery":
        return (yield _elements(plan, scope, call, given[0] if given else alias.name, counter))
    if counter in given:
        given.remove(counter)
    elif counter == _ORDINALITY and len(given) > 1:
        counter = given.pop()
    if isinstance(call, exp.Predict):
        return (yield _predicted(plan, scope, call, alias))
    columns = returned(plan, scope, call, alias, given)
    if columns is None:
        whole = yield from expression(plan, scope, _values(call), modes.TRANSFORMATION)
        return _unknown(plan, scope, call, alias, whole)
    rows = yield _computed(plan, scope, call, columns, counter)
    table = alias.name.lower() if alias is not None else ""
    scope.add(Source(table or function_name(call), rows))
    return rows


def _elements(plan: Plan, scope: Scope, call: exp.Expr, name: str, counter: str) -> Step:
    """BigQuery's UNNEST, whose alias is the element itself: a column, or a row of its fields."""
    columns = returned(plan, scope, call, exp.TableAlias(this=exp.to_identifier(name)), ())
    rows = yield _computed(plan, scope, call, columns or (), "")
    scope.add(Source("" if list(rows.names) == [name] else name.lower(), rows))
    if not counter:
        return rows
    number = plan.derive(Expression(), None)
    counted = Rows(Project((rows.node,), [number]), [counter], [number.column])
    scope.add(Source("", counted))
    return counted


def _computed(
    plan: Plan, scope: Scope, call: exp.Expr, columns: Sequence[Returned], counter: str
) -> Step:
    """The rows with ``columns``, each from its arguments."""
    derives: list[Derived] = []
    reads: dict[tuple[int, ...], Expression] = {}
    for each in columns:
        key = (each.copied, *map(id, each.arguments))
        if key not in reads:
            mode = modes.IDENTITY if each.copied else modes.TRANSFORMATION
            reads[key] = yield from expression(plan, scope, each.arguments, mode)
        derives.append(plan.derive(reads[key], None if each.copied else call))
        derives[-1].alternatives = each.copied
    names = [each.name for each in columns]
    if counter:
        derives.append(plan.derive(Expression(), None))
        names.append(counter)
    return Rows(Project((), derives), names, [derived.column for derived in derives])


def _values(call: exp.Expr) -> list[exp.Expr]:
    """What an unknown function is given, but for tables."""
    found: list[exp.Expr] = []
    stack = [call]
    while stack:
        node = stack.pop()
        if isinstance(node, (exp.TableFromRows, exp.Kwarg, exp.Dot)):
            stack.append(node.args.get("expression") or node.args["this"])
        elif isinstance(node, exp.Anonymous) and node.name.lower() == "table":
            stack += [each for each in node.expressions if not isinstance(each, exp.Column)]
        elif isinstance(node, exp.Anonymous) and node.name.lower() in TAKE_TABLES:
            continue
        elif isinstance(node, exp.Anonymous):
            stack += node.expressions
        else:
            found.append(node)
    return found[::-1]


def _unknown(
    plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None, whole: Expression
) -> Rows:
    """The rows of a function that only the database knows: any column may come of all it reads."""
    tables = [plan.rows_of(name).node for name in table_arguments(plan, call)]
    plan.gap("opaque-code", f"what the table function {function_name(call)} returns is not known")
    derived = plan.derive(Expression(whole.uses), call)
    node = Project(tables, [derived], [Expression((), whole.queries)])
    rows = Rows(node, [], [], unknown=True, other=derived.column)
    scope.add(Source(alias.name.lower() if alias is not None else function_name(call), rows))
    return rows


def _predicted(plan: Plan, scope: Scope, call: exp.Expr, alias: exp.Expr | None) -> Step:
    """BigQuery's ML.PREDICT: the rows that it is given, and columns computed from all of them."""
    source = call.args["expression"]
    if isinstance(source, exp.Table):
        rows = plan.rows_of(table_name(plan, source))
    else:
        rows = yield Ask(source, scope.env, scope.parent)
    plan.gap("opaque-code", "what a model adds to its rows is not known")
    uses = [(column, modes.TRANSFORMATION) for column in whole_row(plan, rows)]
    added = plan.derive(Expression(uses), call)
    model = plan.rows_of(table_name(plan, call.args["this"])).node
    node = Project((model, rows.node), [added])
    known = Rows(node, rows.names, rows.ids, unknown=True, other=added.column)
    scope.add(Source(alias.name.lower() if alias is not None else "", known))
    return known


def rows_from(plan: Plan, scope: Scope, node: exp.Expr) -> Step:
    """Postgres' ``ROWS FROM (f(x), g(y)) AS t (a, b)``: functions side by side."""
    inner = Scope(scope, scope.env)
    names: list[str] = []
    ids: list[int] = []
    relations: list[Relation] = []
    for each in node.args["rows_from"]:
        within = unnest if isinstance(each, exp.Unnest) else table_function
        rows = yield within(plan, inner, each)
        names += rows.names
        ids += rows.ids
        relations.append(rows.node)
    alias = node.args.get("alias")
    found = renamed(Rows(Join(relations), names, ids), alias)
    scope.add(Source(alias.name.lower() if alias is not None else "", found))
    return found
