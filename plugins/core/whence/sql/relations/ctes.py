"""Common table expressions: built once, when something first reads them.

Must not build the queries they hold.
"""

from __future__ import annotations

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Project, Recursion, Relation, bare
from whence.sql.names import CommonTable, Env, Scope
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.renaming import renamed
from whence.sql.relations.sets import branches, union_of


def extend(plan: Plan, with_: exp.Expr, env: Env) -> Env:
    """``env`` with the common table expressions of ``with_`` before it."""
    nodes = with_.args["expressions"]
    recursive = bool(with_.args.get("recursive"))
    tables: dict[str, CommonTable] = {}
    for position, node in enumerate(nodes):
        can_recur = recursive or plan.rules.implicit_recursion
        table = CommonTable(node, position, recursive=can_recur)
        limit = len(nodes) if recursive else position + (1 if can_recur else 0)
        table.env = Env(env, tables, limit)
        tables[plan.rules.key(node.args["alias"].args["this"])] = table
        if isinstance(node.args["this"], exp.DML):
            plan.waiting.append(table)
    search = with_.args.get("search")
    if search is not None and nodes:
        table.search = search
    return Env(env, tables, len(nodes))


def common_table(plan: Plan, table: CommonTable) -> Step:
    """The rows of ``table``."""
    assert table.env is not None
    body = table.node.args["this"]
    table.building = True
    parts = branches(body) if table.recursive else [body]
    if len(parts) > 1:
        rows = yield _recursion(plan, table, parts)
    elif isinstance(body, exp.DML) and plan.change is not None:
        rows = yield plan.change(body, table.env)
    elif isinstance(body, (exp.Query, exp.Pivot)):
        rows = yield Ask(body, table.env)
    else:
        rows = yield _scalar(plan, body, table.env)
    table.building = False
    rows = renamed(rows, table.node.args["alias"])
    if table.search is not None:
        rows = _searched(plan, rows, table.search)
    table.rows = plan.distinct_names(rows)
    return table.rows


def _searched(plan: Plan, rows: Rows, search: exp.Expr) -> Rows:
    """``rows`` with what SEARCH and CYCLE add: columns computed from those that they name."""
    args = search.args
    column = rows.find(args["this"].name)
    uses = [] if column is None else [(column, modes.TRANSFORMATION)]
    added = [args[key].name for key in ("expression", "using") if args.get(key)]
    derives = [plan.derive(Expression(uses), None) for _ in added]
    ids = [*rows.ids, *(derived.column for derived in derives)]
    node = Project((rows.node,), derives)
    return Rows(node, [*rows.names, *added], ids, rows.rest, rows.unknown)


def _scalar(plan: Plan, body: exp.Expr, env: Env) -> Step:
    """ClickHouse's ``WITH 1 AS x``, read as a table."""
    read = yield from expression(plan, Scope(None, env), [body], modes.IDENTITY)
    derived = plan.derive(read, body)
    return Rows(Project((), (derived,)), ["value"], [derived.column])


def _recursion(plan: Plan, table: CommonTable, parts: list[exp.Expr]) -> Step:
    """A start, and a step that reads the rows found so far."""
    assert table.env is not None
    start = yield Ask(parts[0], table.env)
    base = plan.reserve(len(start.ids))
    own = range(base, base + len(start.ids))
    names = renamed(start, table.node.args["alias"]).names
    table.rows = Rows(Relation(), names, own, start.rest, start.unknown)
    step = yield union_of(plan, parts[1:], table.env, None)
    derives = [
        Derived(column, bare(fed), True) for column, fed in zip(own, start.ids, strict=False)
    ]
    node = Recursion((start.node,), derives, (), step.node, list(zip(own, step.ids, strict=False)))
    return Rows(node, names, own, start.rest, start.unknown)
