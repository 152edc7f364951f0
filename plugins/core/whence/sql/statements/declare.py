"""Variables: DECLARE, assignments, SELECT ... INTO, loops and cursors, and what they are filled by.

Must not build relations.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Derived, Expression, Project, Relation, Write
from whence.sql.blocks.leaves import CHANGED_ROWS
from whence.sql.ladder import Piece
from whence.sql.names import NO_ENV, Scope
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.results import TableName
from whence.sql.statements.kept import make_empty
from whence.sql.statements.write import Effects, Target
from whence.sql.tablenames import table_name

Reads = Generator[Ask | Step, Rows, Effects]


def declare(plan: Plan, node: exp.Expr) -> Reads:
    """The effects of a DECLARE: it reads what its defaults read."""
    derives: list[Derived] = []
    for each in node.args.get("expressions") or ():
        value = None
        default = each.args.get("default")
        kind = each.args.get("kind")
        if isinstance(default, exp.Expr):
            value = yield from _value(plan, default)
            derives.append(plan.derive(value, default))
        names = each.args.get("this")
        for name in names if isinstance(names, list) else [names]:
            if isinstance(name, exp.Expr) and isinstance(kind, exp.Schema):
                fields = [one.name for one in kind.args["expressions"] if one.name]
                make_empty(plan, table_name(plan, exp.Table(this=name)), fields)
            elif isinstance(name, exp.Expr) and name.name:
                plan.variables.declare((name.name,))
                if value is not None:
                    _give(plan, name.name, value)
    return _effects("DECLARE", derives, [])


def _value(plan: Plan, node: exp.Expr) -> Generator[Ask | Step, Rows, Expression]:
    return (yield from expression(plan, Scope(None, NO_ENV), [node], modes.IDENTITY))


def _effects(kind: str, derives: list[Derived], read: list[Relation]) -> Effects:
    """A statement that reads and writes nothing but variables."""
    if not derives and not read:
        return Effects(kind)
    return Effects(kind, [Target(None, Write((Project(read, derives),)), [])])


def filling(piece: Piece) -> Callable[[Plan, exp.Expr], Reads] | None:
    """The reader of a piece that is about variables, or None for any other."""
    reads = _FILLING.get(piece.role)
    return None if reads is None else lambda plan, node: reads(plan, node, piece)


def _assign(plan: Plan, node: exp.Expr, piece: Piece) -> Reads:
    """An expression that variables take, or that decides on what runs."""
    return (yield from assign(plan, piece.names, node, piece.either))


def assign(plan: Plan, names: Sequence[str], node: exp.Expr, either: bool = False) -> Reads:
    """The effects of giving the variables ``names`` the value of an expression."""
    value = yield from _value(plan, node)
    for name in names:
        _give(plan, name, value, either)
    kind = "SET" if names else "IF"
    if not isinstance(node, exp.Query) and node.find(exp.Query) is None:
        return Effects(kind)
    return _effects(kind, [plan.derive(value, node)], list(value.queries))


def _into(plan: Plan, node: exp.Expr, piece: Piece) -> Reads:
    """A query whose columns go to variables, or its rows to one record."""
    rows = yield Ask(node, NO_ENV)
    return filled(plan, piece.names, rows, piece.either)


def _give(plan: Plan, name: str, value: Expression, either: bool = False) -> None:
    """``name`` takes a value; with ``either`` it may also keep the one that it had.

    It holds one column whatever it is given, so that no chain of assignments grows.
    """
    known = plan.variables.value(name.lower()) if either else None
    if known is not None and known.uses:
        value = Expression([*known.uses, *value.uses], [*known.queries, *value.queries])
    if value.uses or value.queries:
        derived = Derived(plan.reserve(1), value, True)
        relation = Project(value.queries, (derived,))
        value = Expression(((derived.column, modes.IDENTITY),), (relation,))
    plan.variables.assign(name, value)


def filled(plan: Plan, names: Sequence[str], rows: Rows, either: bool = False) -> Effects:
    """The effects of a query whose columns go to the variables ``names``."""
    _fill(plan, names, rows, either)
    return _effects("SELECT", [], [rows.node])


def _fill(plan: Plan, names: Sequence[str], rows: Rows, either: bool) -> None:
    if len(names) == 1 and len(rows.ids) != 1:
        plan.variables.hold(names[0], rows)
        return
    for name, column in zip(names, rows.ids, strict=False):
        value = Expression(((column, modes.IDENTITY),), (rows.node,))
        _give(plan, name, value, either)


def _row(plan: Plan, node: exp.Expr, piece: Piece) -> Reads:
    """A query that a cursor or a loop goes through, or the name of a cursor."""
    if isinstance(node, exp.Query):
        rows = yield Ask(node, NO_ENV)
    else:
        known = plan.variables.rows(node.name.lower())
        if known is None:
            plan.variables.declare(piece.names)
            return Effects("FOR")
        rows = known
    for name in piece.names:
        plan.variables.hold(name, rows)
        if piece.names is CHANGED_ROWS and plan.rules.returns_into:
            plan.make(TableName((name,), (False,)), rows)
    if piece.names is CHANGED_ROWS:
        return Effects("TRIGGER")
    return _effects("FOR", [], [rows.node])


def _fetch(plan: Plan, node: exp.Expr, piece: Piece) -> Reads:
    """``FETCH c INTO a, b``."""
    yield from ()
    rows = plan.variables.rows(node.name.lower())
    if rows is None:
        plan.variables.declare(piece.names)
    else:
        _fill(plan, piece.names, rows, piece.either)
    return Effects("FETCH")


_FILLING = {"value": _assign, "into": _into, "row": _row, "fetch": _fetch}
