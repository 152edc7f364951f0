"""References within expressions: what a name, a parameter or a row's field stands for.

Must not walk expressions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression, Relation
from whence.columns.modes import INDIRECT, SERIES
from whence.sql import names
from whence.sql.fields import field_of, has_field
from whence.sql.names import Scope
from whence.sql.picking import picks
from whence.sql.plan import Plan


@dataclass(slots=True, eq=False)
class Reading:
    """One expression as it is being read.

    Attributes:
        uses: Columns found so far, with the mode of each.
        pending: Subqueries found, with the mode in which their columns are used.
        queries: Relations built for them, by the caller.
        stack: What is still to be walked.
    """

    plan: Plan
    scope: Scope
    uses: list[tuple[int, int]] = field(default_factory=list)
    pending: list[tuple[exp.Expr, int]] = field(default_factory=list)
    queries: list[Relation] = field(default_factory=list)
    stack: list[tuple[exp.Expr, int]] = field(default_factory=list)

    def again(self) -> None:
        """Begin another expression; nothing of the last one may be left to build."""
        self.uses = []
        if self.queries:
            self.queries = []

    def done(self) -> Expression:
        """What was read, for the algebra."""
        return Expression(self.uses, self.queries)


def read_column(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A column by its name, with or without what qualifies it."""
    args = node.args
    this = args["this"]
    if this.__class__ is not exp.Identifier:
        _read_other(reading, node, mode)
        return
    name = this.args["this"]
    table = args.get("table")
    if table is None:
        found: names.Found = reading.scope.seen.get(name)
        if found is None:
            found = names.find_unqualified(reading.plan, reading.scope, name)
        if found.__class__ is int:
            reading.uses.append((found, mode))
        else:
            add_found(reading, found, mode)
    elif args.get("db") is None:
        _qualified(reading, table.args["this"], name, mode)
    else:
        _read_path(reading, node, mode)


def _read_other(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``t.*`` as a row, ``t.$1``, and names that are no identifiers."""
    this, table = node.args["this"], node.args.get("table")
    if this.__class__ is not exp.Star and this.__class__ is not exp.Parameter:
        if table is None:
            found = names.find_unqualified(reading.plan, reading.scope, this.name)
            add_found(reading, found, mode)
        else:
            _read_path(reading, node, mode)
        return
    source = names.find_source(reading.scope, (table.name.lower(),)) if table else None
    if source is None:
        return
    if this.__class__ is exp.Star:
        add_found(reading, names.whole_row(reading.plan, source.rows), mode)
    elif this.name.isdigit():
        add_found(reading, names.nth(reading.plan, source.rows, int(this.name)), mode)


def _read_path(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``catalog.schema.table.column``."""
    args = node.args
    path = [args[part].name for part in ("catalog", "db", "table") if args.get(part) is not None]
    found = names.find_qualified(reading.plan, reading.scope, tuple(path), args["this"].name)
    add_found(reading, found, mode)


def _qualified(reading: Reading, table: str, name: str, mode: int) -> None:
    """``table.name``; what it means is remembered with the scope."""
    seen = reading.scope.qualified
    known = seen.get((table, name))
    if known is not None:
        reading.uses.append((known, mode))
        return
    found = names.find_qualified(reading.plan, reading.scope, (table,), name)
    if found.__class__ is int:
        seen[table, name] = found
    add_found(reading, found, mode)


def add_found(reading: Reading, found: names.Found, mode: int) -> None:
    """Use what a name turned out to mean."""
    if isinstance(found, int):
        reading.uses.append((found, mode))
    elif isinstance(found, Expression):
        reading.uses.extend((column, _compose(mode, inner)) for column, inner in found.uses)
        reading.queries.extend(found.queries)
    elif found:
        mode = changed(mode)
        reading.uses.extend((column, mode) for column in found)


def _compose(outer: int, inner: int) -> int:
    if inner >= INDIRECT:
        return inner | outer if outer >= INDIRECT else inner
    return outer if outer >= INDIRECT else SERIES[outer][inner]


def changed(mode: int, to: int = modes.TRANSFORMATION) -> int:
    """``mode`` after one more step of kind ``to``; influences stay what they are."""
    return mode if mode >= INDIRECT else SERIES[mode][to]


def read_path(reading: Reading, node: exp.Expr, mode: int) -> bool:
    """``(a).b.c``, ``a.b.c['d']``: a field of a struct column, or of a FROM item's row.

    Returns:
        False where ``node`` is no path that begins with a column.
    """
    rest: list[str] = []
    keyed = parenthesised = False
    while True:
        kind = node.__class__
        if kind is exp.Paren:
            parenthesised = True
        elif kind is exp.Dot and node.args["expression"].__class__ is exp.Identifier:
            rest.append(node.args["expression"].name)
        elif (key := _key_of(node)) is not None:
            rest.append(key)
            keyed = True
        else:
            break
        node = node.args["this"]
    if not isinstance(node, exp.Column) or node.args["this"].__class__ is not exp.Identifier:
        return False
    parts = (*(part.name for part in node.parts), *reversed(rest))
    plan, scope = reading.plan, reading.scope
    if len(parts) == 1:
        return False
    found, below = names.find_base(plan, scope, parts, parenthesised and len(parts) > 1)
    if isinstance(found, int):
        if keyed and not has_field(plan, found, below):
            add_found(reading, [found], mode)
        else:
            add_found(reading, field_of(plan, found, below), mode)
    elif isinstance(found, Expression):
        add_found(reading, [column for column, _ in found.uses], mode)
    else:
        add_found(reading, found, mode)
    return True


def read_picked(reading: Reading, node: exp.Expr, mode: int) -> None:
    """COLUMNS(...) within a condition: all columns that it picks."""
    pick = picks(node.args["this"])
    for source in reading.scope.sources:
        for name, column in zip(source.rows.names, source.rows.ids, strict=False):
            if pick is None or pick(name):
                reading.uses.append((column, mode))


def _key_of(node: exp.Expr) -> str | None:
    """The key in ``node`` if it is ``x['key']`` or ``struct_extract(x, 'key')``."""
    key: exp.Expr | None = None
    if node.__class__ is exp.Bracket and len(node.args["expressions"]) == 1:
        key = node.args["expressions"][0]
    elif node.__class__ is exp.StructExtract:
        key = node.args["expression"]
    return key.name if isinstance(key, exp.Literal) and key.args.get("is_string") else None


def read_parameter(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A script's ``@x``, ``:x`` or ``$x``; Snowflake's ``$1`` is a column of the one FROM item."""
    value = reading.plan.variables.value(node.name.lower())
    if value is not None:
        add_found(reading, value, mode)
        return
    sources, number = reading.scope.sources, node.name
    if reading.plan.rules.name != "snowflake" or not number.isdigit() or len(sources) != 1:
        return
    if node.__class__ is exp.Placeholder:  # ``:1`` is a bound value
        return
    add_found(reading, names.nth(reading.plan, sources[0].rows, int(number)), mode)


def read_record(reading: Reading, node: exp.Expr, mode: int) -> bool:
    """``:new.a`` of a trigger (Oracle): a field of a record; False for any other path."""
    record, name = node.args["this"], node.args["expression"]
    value = None
    if record.__class__ is exp.Placeholder:
        value = reading.plan.variables.field(record.name, name.name)
    if value is not None:
        add_found(reading, value, mode)
    return value is not None
