"""INSERT of every form.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from sqlglot import exp

from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.ctes import extend
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import table_name


def insert(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of an INSERT."""
    args = node.args
    this = args["this"]
    listed: list[str] = []
    if isinstance(this, exp.Schema):
        listed = [each.name for each in this.args["expressions"]]
        this = this.args["this"]
    name = table_name(plan, this)
    effects = Effects("INSERT", outputs=[name])
    source = args.get("expression")
    if not isinstance(source, (exp.Query, exp.Values)):
        return effects
    with_ = args.get("with_")
    env = NO_ENV if with_ is None else extend(plan, with_, NO_ENV)
    rows = yield Ask(source, env)
    names = listed or _target_columns(plan, name, rows, bool(args.get("by_name")))
    effects.targets.append(target_of(plan, name, rows, names))
    return effects


def _target_columns(plan: Plan, name: object, rows: Rows, by_name: bool) -> Sequence[str]:
    """By position through the target's known columns, else under the query's own names."""
    table = plan.table(name)  # type: ignore[arg-type]
    if table.fields is None or by_name or len(table.fields) < len(rows.ids):
        return rows.names
    return [each.name for each in table.fields[: len(rows.ids)]]
