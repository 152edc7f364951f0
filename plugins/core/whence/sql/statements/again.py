"""Statements that read what is there without a query of their own: REFRESH, SUMMARIZE.

Must not build relations.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from sqlglot import exp

from whence.columns.algebra import Write
from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.results import TableName
from whence.sql.statements.write import Effects, Target

Reads = Generator[Ask | Step, Rows, Effects]

_VIEW = re.compile(r"materialized\s+view\s+(?:concurrently\s+)?([\w.\"$]+)", re.IGNORECASE)
_PART = re.compile(r'"([^"]+)"|([\w$]+)')


def refresh(plan: Plan, node: exp.Expr) -> Reads:
    """REFRESH MATERIALIZED VIEW writes the view's rows again; its query is not known here."""
    yield from ()
    rest = node.args.get("expression")
    found = _VIEW.search(rest.name if isinstance(rest, exp.Expr) else str(rest or ""))
    if found is None:
        return Effects("REFRESH")
    parts = [match.group(1) or match.group(2) for match in _PART.finditer(found.group(1))]
    name = plan.qualify(TableName(tuple(parts), (False,) * len(parts)))
    return Effects("REFRESH", outputs=[name])


def summarize(plan: Plan, node: exp.Expr) -> Reads:
    """SUMMARIZE reads a table or a query and writes nothing."""
    rows = yield Ask(node.args["this"], NO_ENV)
    return Effects("SUMMARIZE", [Target(None, Write((rows.node,)), [])])
