"""CREATE: tables and views from queries, copies of tables, and plain definitions.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.columns.algebra import NOTHING, Derived, Write
from whence.model import Field
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.results import TableName
from whence.sql.statements.change import environment
from whence.sql.statements.copying import locations
from whence.sql.statements.kept import make_empty
from whence.sql.statements.write import Effects, Target, target_of
from whence.sql.tablenames import table_name
from whence.sql.text import text_of

Reads = Generator[Ask | Step, Rows, Effects]
_TABLE_KINDS = ("TABLE", "VIEW", "MATERIALIZED VIEW", "DYNAMIC TABLE", "STREAM", "")


def create(plan: Plan, node: exp.Expr) -> Reads:
    """The effects of a CREATE."""
    args = node.args
    kind = str(args.get("kind") or "").upper()
    this = args["this"]
    listed: list[exp.Expr] = []
    if isinstance(this, exp.Schema):
        listed = [each for each in this.args["expressions"] if _is_column(each)]
        this = this.args["this"]
    if not isinstance(this, exp.Table) or (kind not in _TABLE_KINDS and kind != "MODEL"):
        return Effects(f"CREATE {kind}".strip())
    name = table_name(plan, this)
    effects = Effects(f"CREATE {kind}".strip(), outputs=[name])
    source = args.get("expression")
    if isinstance(source, (exp.Query, exp.Values)) and not isinstance(source, exp.Table):
        rows = plan.distinct_names((yield Ask(source, environment(plan, node))))
        _from_query(plan, node, _into(plan, node, effects, name), rows, listed)
        return effects
    properties = args.get("properties")
    effects.inputs += locations(properties.args["expressions"] if properties is not None else ())
    copied = _copied(node)
    if copied is not None:
        with_rows = bool(args.get("clone")) or _with_data(node)
        _copy(plan, node, effects, table_name(plan, copied), with_rows)
        _add_fields(plan, name, listed)
    elif listed:
        _define(plan, node, effects, name, listed)
    elif not isinstance(source, exp.Expr) or kind == "VIEW":
        plan.define(name, None)
    return effects


def _is_column(node: exp.Expr) -> bool:
    return isinstance(node, (exp.ColumnDef, exp.Identifier, exp.Column))


def _into(plan: Plan, node: exp.Expr, effects: Effects, name: TableName) -> Effects:
    """ClickHouse's ``CREATE MATERIALIZED VIEW v TO t``: the rows go to t."""
    properties = node.args.get("properties")
    for each in properties.args["expressions"] if properties is not None else ():
        if isinstance(each, exp.ToTableProperty):
            effects.outputs.append(table_name(plan, each.args["this"]))
    return effects


def _from_query(
    plan: Plan, node: exp.Expr, effects: Effects, rows: Rows, listed: list[exp.Expr]
) -> None:
    names = [each.name for each in listed] if len(listed) == len(rows.names) else list(rows.names)
    name = effects.outputs[0]
    if is_temporary(node) or name.last.startswith("#"):
        plan.make(name, Rows(rows.node, names, rows.ids, rows.rest, rows.unknown))
    else:
        fields = tuple(
            Field(each, plan.type_of(c)) for each, c in zip(names, rows.ids, strict=False)
        )
        plan.define(name, None if rows.unknown else fields)
    for each in effects.outputs:
        effects.targets.append(target_of(plan, each, rows, names))


def _copied(node: exp.Expr) -> exp.Expr | None:
    """The table of CLONE, COPY, LIKE or (ClickHouse, Teradata) AS."""
    clone = node.args.get("clone")
    if clone is not None and isinstance(clone.args.get("this"), exp.Table):
        return clone.args["this"]  # type: ignore[no-any-return] # sqlglot's args are untyped
    if isinstance(node.args.get("expression"), exp.Table):
        return node.args["expression"]  # type: ignore[no-any-return] # as above
    like = node.find(exp.LikeProperty)
    this = None if like is None else like.args.get("this")
    return this if isinstance(this, exp.Table) else None


def _with_data(node: exp.Expr) -> bool:
    """Teradata's ``CREATE TABLE n AS t WITH DATA`` copies rows, with NO DATA it does not."""
    data = node.find(exp.WithDataProperty)
    return data is not None and not data.args.get("no")


def _copy(plan: Plan, node: exp.Expr, effects: Effects, source: TableName, with_rows: bool) -> None:
    """CLONE copies rows; LIKE the definition alone."""
    rows, name = plan.rows_of(source), effects.outputs[0]
    fields = plan.table(source).fields
    if with_rows:
        effects.targets.append(target_of(plan, name, rows, list(rows.names)))
        if rows.unknown:
            plan.gap("star-unknown-table", f"a copy of {source}, whose columns are unknown")
    if with_rows and is_temporary(node):
        plan.make(name, rows)
    else:
        plan.define(name, fields)


def _add_fields(plan: Plan, name: TableName, listed: list[exp.Expr]) -> None:
    """``CREATE TABLE n (LIKE t, x int)`` has columns of its own beside those of t."""
    known = plan.table(name).fields
    if listed and known is not None:
        more = tuple(Field(each.name, _type(plan, each)) for each in listed)
        plan.define(name, (*known, *more))


def _define(
    plan: Plan, node: exp.Expr, effects: Effects, name: TableName, listed: list[exp.Expr]
) -> None:
    """``CREATE TABLE t (a int)``: later statements know the columns."""
    fields = tuple(Field(each.name, _type(plan, each)) for each in listed)
    plan.define(name, fields)
    if is_temporary(node) or name.last.startswith("#"):
        make_empty(plan, name, [field.name for field in fields])
    types = [field.type for field in fields]
    columns = [Derived(plan.reserve(1), NOTHING) for _ in fields]
    effects.targets.append(
        Target(name, Write(columns=columns), [field.name for field in fields], types)
    )


def _type(plan: Plan, node: exp.Expr) -> str | None:
    kind = node.args.get("kind")
    return text_of(kind, plan.rules) or None if isinstance(kind, exp.Expr) else None


def is_temporary(node: exp.Expr) -> bool:
    """True where the table goes away with the session."""
    properties = node.args.get("properties")
    return properties is not None and any(
        isinstance(each, (exp.TemporaryProperty, exp.VolatileProperty))
        for each in properties.args["expressions"]
    )
