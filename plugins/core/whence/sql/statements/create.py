"""CREATE TABLE ... AS, views, and plain table definitions.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.model import Field
from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.ctes import extend
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import table_name


def create(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a CREATE."""
    args = node.args
    kind = f"CREATE {str(args.get('kind') or '').upper()}".strip()
    this = args["this"]
    listed: list[exp.Expr] = []
    if isinstance(this, exp.Schema):
        listed = list(this.args["expressions"])
        this = this.args["this"]
    name = table_name(plan, this)
    effects = Effects(kind, outputs=[name])
    source = args.get("expression")
    with_ = args.get("with_")
    env = NO_ENV if with_ is None else extend(plan, with_, NO_ENV)
    if not isinstance(source, (exp.Query, exp.Values)):
        return effects
    rows = yield Ask(source, env)
    names = [each.name for each in listed] or list(rows.names)
    if is_temporary(node) or name.parts[-1].startswith("#"):
        plan.make(name, Rows(rows.node, names, rows.ids, rows.rest, rows.unknown))
    else:
        fields = tuple(Field(n, plan.type_of(c)) for n, c in zip(names, rows.ids, strict=False))
        plan.define(name, None if rows.unknown else fields)
    effects.targets.append(target_of(plan, name, rows, names))
    return effects


def is_temporary(node: exp.Expr) -> bool:
    """True where the table goes away with the session."""
    properties = node.args.get("properties")
    return properties is not None and any(
        isinstance(each, exp.TemporaryProperty) for each in properties.args["expressions"]
    )
