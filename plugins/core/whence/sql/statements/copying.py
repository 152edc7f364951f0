"""COPY, UNLOAD, EXPORT: rows between tables and files.

Must not open files; a path is a name like any other.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

from sqlglot import exp

from whence.columns.algebra import Relation, Write
from whence.sql.names import NO_ENV
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.results import TableName
from whence.sql.statements.write import Effects, Target, target_of
from whence.sql.tablenames import table_name

_PLACES = ("location", "path", "uri", "uris", "external_location")


def copy(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """The effects of a COPY in either direction."""
    this = node.args["this"]
    files = [each for each in node.args.get("files") or () if not _is_stream(each)]
    listed: list[str] = []
    if isinstance(this, exp.Schema):
        listed = [each.name for each in this.args["expressions"]]
        this = this.args["this"]
    if isinstance(this, exp.Query) and not isinstance(this, exp.Table):
        rows = yield Ask(this, NO_ENV)
        return _written(plan, rows, files)
    name = table_name(plan, this)
    if not node.args.get("kind") or name.last.startswith("@"):
        if not name.last.startswith("@"):
            return _written(plan, _only(plan.rows_of(name), listed), files)
        if len(files) == 1 and isinstance(files[0], exp.Query):
            rows = yield Ask(files[0], NO_ENV)
        else:
            rows = plan.rows_of(table_name(plan, files[0])) if files else plan.rows_of(name)
        return _written(plan, rows, [this])
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


def _only(rows: Rows, listed: list[str]) -> Rows:
    """``rows`` with the columns ``listed`` alone, if any are."""
    found = [(name, rows.find(name)) for name in listed]
    known = [(name, column) for name, column in found if column is not None]
    if not known:
        return rows
    return Rows(rows.node, [name for name, _ in known], [column for _, column in known])


def _is_stream(node: exp.Expr) -> bool:
    """STDIN, STDOUT, PROGRAM: rows that come from or go to no place with a name."""
    return node.name.lower() in ("stdin", "stdout", "program") and not node.args.get("is_string")


def load(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Effects]:
    """LOAD DATA of Hive and BigQuery: files into a table."""
    this = node.args["this"]
    listed: list[str] = []
    if isinstance(this, exp.Schema):
        listed = [each.name for each in this.args["expressions"]]
        this = this.args["this"]
    files = [node.args["inpath"]] if isinstance(node.args.get("inpath"), exp.Expr) else []
    options = node.args.get("files")
    effects = yield from _loaded(plan, table_name(plan, this), files, listed)
    effects.inputs += locations(
        options.args["expressions"] if isinstance(options, exp.Expr) else ()
    )
    effects.kind = "LOAD DATA"
    return effects


def locations(properties: Iterable[exp.Expr]) -> list[TableName]:
    """The files, folders and stages that properties of a statement name."""
    found: list[TableName] = []
    stack = list(properties)[::-1]
    while stack:
        each = stack.pop()
        if isinstance(each, exp.OptionsProperty):
            stack += each.args["expressions"][::-1]
        elif isinstance(each, exp.LocationProperty):
            stack.append(exp.Property(this=exp.var("location"), value=each.args["this"]))
        elif isinstance(each, exp.Property) and each.name.lower() in _PLACES:
            value = each.args["value"]
            values = value.args["expressions"] if isinstance(value, exp.Array) else [value]
            found += [name for one in values if (name := file_name(one)) is not None]
    return found


def _written(plan: Plan, rows: Rows, files: list[exp.Expr]) -> Effects:
    effects = Effects("COPY")
    if not files:
        effects.targets.append(Target(None, Write((rows.node,)), []))
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
        if path is not None:
            effects.inputs.append(path)
    effects.targets.append(target_of(plan, name, Rows(Relation(), (), ()), []))
    return effects


def file_name(node: exp.Expr) -> TableName | None:
    """A file, stage or URL as the name of what is read or written."""
    return TableName((node.name,), (True,)) if node.name else None
