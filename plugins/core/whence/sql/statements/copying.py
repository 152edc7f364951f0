"""COPY, UNLOAD, EXPORT: rows between tables and files.

Must not open files; a path is a name like any other.
"""

from __future__ import annotations

from collections.abc import Generator

from sqlglot import exp

from whence.columns.algebra import Relation
from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.results import TableName
from whence.sql.statements.write import Effects, target_of
from whence.sql.tablenames import table_name


def copy(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a COPY in either direction."""
    this = node.args["this"]
    files = node.args.get("files") or []
    listed: list[str] = []
    if isinstance(this, exp.Schema):
        listed = [each.name for each in this.args["expressions"]]
        this = this.args["this"]
    if isinstance(this, exp.Query) and not isinstance(this, exp.Table):
        rows = yield Ask(this, NO_ENV)
        return _written(plan, rows, files)
    name = table_name(plan, this)
    if not node.args.get("kind") or name.parts[-1].startswith("@"):
        sources = [each for each in files if isinstance(each, exp.Query)]
        rows = (yield Ask(sources[0], NO_ENV)) if sources else plan.rows_of(name)
        return _written(plan, rows, [this] if name.parts[-1].startswith("@") else files)
    return (yield from _loaded(plan, name, files, listed))


def export(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """BigQuery's ``EXPORT DATA OPTIONS (uri = '...') AS query``."""
    this = node.args["this"]
    if not isinstance(this, exp.Query):
        return Effects("EXPORT")
    rows = yield Ask(this, NO_ENV)
    options = node.args.get("options")
    files = [
        each.args["value"]
        for each in (options.args["expressions"] if options is not None else ())
        if isinstance(each, exp.Property) and each.name.lower() in ("uri", "path")
    ]
    effects = _written(plan, rows, files)
    effects.kind = "EXPORT"
    return effects


def _written(plan: Plan, rows: Rows, files: list[exp.Expr]) -> Effects:
    effects = Effects("COPY")
    for each in files:
        path = file_name(each)
        if path is not None:
            effects.outputs.append(path)
            effects.targets.append(target_of(plan, path, rows, list(rows.names)))
    return effects


def _loaded(
    plan: Plan, name: TableName, files: list[exp.Expr], listed: list[str]
) -> Generator[Ask | Step, Rows, Effects]:
    effects = Effects("COPY", outputs=[name])
    for each in files:
        if isinstance(each, exp.Query):
            rows = yield Ask(each, NO_ENV)
            effects.targets.append(target_of(plan, name, rows, listed or list(rows.names)))
            continue
        path = file_name(each)
        if path is not None and path.parts[-1].lower() not in ("stdin", "stdout"):
            effects.inputs.append(path)
    effects.targets.append(target_of(plan, name, Rows(Relation(), (), ()), []))
    return effects


def file_name(node: exp.Expr) -> TableName | None:
    """A file, stage or URL as the name of what is read or written."""
    return TableName((node.name,), (True,)) if node.name else None
