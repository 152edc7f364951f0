"""DECLARE: the variables of a script, and the tables that their first values are read from.

Must not follow values through variables.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Project, Write
from whence.sql.names import NO_ENV, Scope
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.statements.write import Effects, Target


def declare(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a DECLARE: it reads what its defaults read."""
    derives: list[Derived] = []
    for each in node.args.get("expressions") or ():
        default = each.args.get("default")
        if isinstance(default, exp.Expr):
            read = yield from expression(plan, Scope(None, NO_ENV), [default], modes.IDENTITY)
            derives.append(plan.derive(read, default))
        names = each.args.get("this")
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, exp.Identifier):
                plan.variables.add(name.name.lower())
    if not derives:
        return Effects("DECLARE")
    return Effects("DECLARE", [Target(None, Write((Project((), derives),)), [])])
