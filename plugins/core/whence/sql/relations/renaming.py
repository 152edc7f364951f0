"""Column lists of aliases: ``AS x (a, b)``.

Must not build relations; it renames what is there.
"""

from __future__ import annotations

from sqlglot import exp

from whence.sql.plan import Rows


def alias_columns(alias: exp.Expr | None) -> list[str]:
    """The column names that ``alias`` gives, without their types."""
    if alias is None:
        return []
    return [each.name for each in alias.args.get("columns") or ()]


def renamed(rows: Rows, alias: exp.Expr | None) -> Rows:
    """``rows`` under the column names of ``alias``, as far as it gives any."""
    given = alias_columns(alias)
    if not given or not rows.names:
        return rows
    names = [*given, *rows.names[len(given) :]][: len(rows.names)]
    return Rows(rows.node, names, rows.ids, rows.rest, rows.unknown)
