"""Reading scalar expressions: which columns one uses, and in which mode each.

Must not build relations: subqueries met on the way are handed back for the caller to build.
One walk with a stack of its own, whatever the depth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression
from whence.columns.modes import INDIRECT
from whence.sql.functions import AGGREGATE_NAMES, MASKING_NAMES, masks, value_of_a_row
from whence.sql.names import Scope, whole_row
from whence.sql.plan import Plan
from whence.sql.references import (
    Reading,
    add_found,
    changed,
    read_column,
    read_field_of_row,
    read_parameter,
)

UNUSED = -1
"""The mode of a subquery whose values are not read (EXISTS)."""

_CHANGED = tuple(modes.SERIES[mode][modes.TRANSFORMATION] for mode in range(INDIRECT - 2))
"""For each direct mode, that of a value computed from it."""

_LEAVES: frozenset[type] = frozenset(
    (
        exp.Literal,
        exp.Null,
        exp.Boolean,
        exp.DataType,
        exp.Identifier,
        exp.Var,
        exp.Star,
        exp.Placeholder,
        exp.JSONPath,
        exp.WindowSpec,
        exp.Table,
        bool,
        str,
        type(None),
    )
)
"""What nothing flows from: most of what stands in a tree, so it is left out early."""


def read(plan: Plan, scope: Scope, node: exp.Expr, mode: int) -> Reading:
    """Read ``node``, itself used in ``mode``."""
    reading = Reading(plan, scope)
    read_into(reading, node, mode)
    return reading


def read_into(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Read one more expression into ``reading``."""
    stack = reading.stack
    stack.append((node, mode))
    handlers = _HANDLERS
    while stack:
        node, mode = stack.pop()
        handlers[node.__class__](reading, node, mode)


Handler = Callable[[Reading, exp.Expr, int], None]


def _leaf(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Literals, types, parameters: nothing flows."""


def _same(reading: Reading, node: exp.Expr, mode: int) -> None:
    reading.stack.append((node.args["this"], mode))


def _any(reading: Reading, node: exp.Expr, mode: int) -> None:
    push_children(reading, node, mode if mode >= INDIRECT else _CHANGED[mode])


def _binary(reading: Reading, node: exp.Expr, mode: int) -> None:
    """An operator between two operands: the commonest node there is."""
    args = node.args
    if mode < INDIRECT:
        mode = _CHANGED[mode]
    for key in ("this", "expression"):
        part: Any = args.get(key)
        kind = part.__class__
        if kind is exp.Column:
            read_column(reading, part, mode)
        elif kind not in _LEAVES:
            reading.stack.append((part, mode))


def push_children(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Walk every child of ``node`` in ``mode``."""
    stack = reading.stack
    for value in node.args.values():
        kind = value.__class__
        if kind is list:
            stack.extend([(each, mode) for each in value if each.__class__ not in _LEAVES])
        elif kind not in _LEAVES:
            stack.append((value, mode))


def _aggregate(reading: Reading, node: exp.Expr, mode: int) -> None:
    push_children(reading, node, changed(mode, modes.AGGREGATION))


def _masked_aggregate(reading: Reading, node: exp.Expr, mode: int) -> None:
    push_children(reading, node, changed(mode, modes.MASKED_AGGREGATION))


def _masked(reading: Reading, node: exp.Expr, mode: int) -> None:
    push_children(reading, node, changed(mode, modes.MASKED_TRANSFORMATION))


def _condition(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Walk what only decides: CONDITIONAL, beside the clause that it stands in."""
    beside = mode if mode >= INDIRECT else 0
    reading.stack.append((node, beside | modes.CONDITIONAL))


def _case(reading: Reading, node: exp.Expr, mode: int) -> None:
    args = node.args
    value = changed(mode)
    if args.get("this") is not None:
        _condition(reading, args["this"], mode)
    for branch in args["ifs"]:
        _condition(reading, branch.args["this"], mode)
        if branch.args.get("true") is not None:
            reading.stack.append((branch.args["true"], value))
    if args.get("default") is not None:
        reading.stack.append((args["default"], value))


def _if(reading: Reading, node: exp.Expr, mode: int) -> None:
    args = node.args
    _condition(reading, args["this"], mode)
    for part in ("true", "false"):
        if args.get(part) is not None:
            reading.stack.append((args[part], changed(mode)))


def _nullif(reading: Reading, node: exp.Expr, mode: int) -> None:
    """NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END."""
    args = node.args
    reading.stack.append((args["this"], changed(mode)))
    _condition(reading, args["this"], mode)
    _condition(reading, args["expression"], mode)


def _decode(reading: Reading, node: exp.Expr, mode: int) -> None:
    """DECODE(x, search, result, ..., default): the searches and x decide, the results flow."""
    first, *rest = node.args["expressions"]
    _condition(reading, first, mode)
    pairs = len(rest) // 2
    for at in range(pairs):
        _condition(reading, rest[2 * at], mode)
        reading.stack.append((rest[2 * at + 1], changed(mode)))
    if len(rest) % 2:
        reading.stack.append((rest[-1], changed(mode)))


def _filter(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``sum(x) FILTER (WHERE c)``."""
    reading.stack.append((node.args["this"], mode))
    where = node.args["expression"]
    _condition(reading, where.args.get("this") or where, mode)


def _order(reading: Reading, node: exp.Expr, mode: int) -> None:
    """ORDER BY within an aggregate's parentheses: the keys decide on the order alone."""
    beside = mode if mode >= INDIRECT else 0
    if node.args.get("this") is not None:
        reading.stack.append((node.args["this"], mode))
    for each in node.args["expressions"]:
        reading.stack.append((each, beside | modes.SORT))


def _within_group(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``percentile_cont(.5) WITHIN GROUP (ORDER BY x)`` aggregates x; LISTAGG only sorts by it."""
    function = node.args["this"]
    reading.stack.append((function, mode))
    order = node.args["expression"]
    if any(True for _ in function.find_all(exp.Column)):
        reading.stack.append((order, mode))
        return
    for each in order.args.get("expressions") or ():
        reading.stack.append((each, changed(mode, modes.AGGREGATION)))


def _window(reading: Reading, node: exp.Expr, mode: int) -> None:
    args = node.args
    reading.stack.append((args["this"], changed(mode)))
    _window_keys(reading, node, (mode if mode >= INDIRECT else 0) | modes.WINDOW)


def _window_keys(reading: Reading, node: exp.Expr, mode: int) -> None:
    """The partition and order keys of a window, and of the named windows it builds on."""
    seen: set[int] = set()
    window: exp.Expr | None = node
    while window is not None and id(window) not in seen:
        seen.add(id(window))
        args = window.args
        for key in args.get("partition_by") or ():
            reading.stack.append((key, mode))
        order = args.get("order")
        if order is not None:
            for key in order.args["expressions"]:
                reading.stack.append((key, mode))
        window = _named_window(reading.scope, args.get("alias"))


def _named_window(scope: Scope, named: exp.Expr | None) -> exp.Expr | None:
    at: Scope | None = scope
    while named is not None and at is not None:
        if named.name.lower() in at.windows:
            return at.windows[named.name.lower()]
        at = at.parent
    return None


def _grouping(reading: Reading, node: exp.Expr, mode: int) -> None:
    """GROUPING(x) tells of the grouping set, not of x; as a key it still stands for x."""
    if mode >= INDIRECT:
        push_children(reading, node, mode)


def _query(reading: Reading, node: exp.Expr, mode: int) -> None:
    reading.pending.append((node, mode))


def _exists(reading: Reading, node: exp.Expr, mode: int) -> None:
    this = node.args["this"]
    if isinstance(this, exp.Query):
        reading.pending.append((this, UNUSED))
    else:
        reading.stack.append((this, changed(mode)))


def _dot(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A field of a struct, or a function qualified by its schema."""
    within = node.args["expression"]
    if isinstance(within, exp.Func):
        reading.stack.append((within, mode))
        return
    this = node.args["this"]
    if isinstance(this, exp.Paren) and read_field_of_row(reading, this.args["this"], within, mode):
        return
    reading.stack.append((this, changed(mode)))


def _anonymous(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A function that the parser does not know: told by its name."""
    name = node.name.lower()
    to = modes.MASKED_TRANSFORMATION if name in MASKING_NAMES else modes.TRANSFORMATION
    if name in AGGREGATE_NAMES:
        to = modes.AGGREGATION
    push_children(reading, node, changed(mode, to))


def _star_map(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``OBJECT_CONSTRUCT(*)``: an object of every column in scope, or of one FROM item's."""
    this = node.args["this"]
    qualifier = this.args.get("table") if this.__class__ is exp.Column else None
    for source in reading.scope.sources:
        if qualifier is None or source.alias == qualifier.name.lower():
            add_found(reading, whole_row(reading.plan, source.rows), mode)


def _comprehension(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``[body for x in list if condition]``: the body sees x, which carries nothing of its own."""
    args = node.args
    inner = Reading(reading.plan, _shadowed(reading.scope, {args["expression"].name.lower()}))
    read_into(inner, args["this"], changed(mode))
    if args.get("condition") is not None:
        read_into(inner, args["condition"], (mode if mode >= INDIRECT else 0) | modes.CONDITIONAL)
    reading.uses.extend(inner.uses)
    reading.pending.extend(inner.pending)
    reading.stack.append((args["iterator"], changed(mode)))


def _shadowed(scope: Scope, parameters: set[str]) -> Scope:
    shadow = Scope(scope, scope.env)
    shadow.aliases = {name: Expression() for name in parameters}
    return shadow


def _handler(kind: type) -> Handler:
    """How nodes of a class met for the first time are read."""
    if not issubclass(kind, exp.Expr):
        return _leaf  # what the parser leaves where a broken statement had nothing
    if issubclass(kind, exp.Query):
        return _query
    if value_of_a_row(kind):
        return _any
    if issubclass(kind, exp.AggFunc):
        return _masked_aggregate if masks(kind) else _aggregate
    return _masked if masks(kind) else _any


class _Handlers(dict[type, Handler]):
    """How each class of node is read; filled as classes are met."""

    def __missing__(self, kind: type) -> Handler:
        handler = self[kind] = _handler(kind)
        return handler


_KNOWN: dict[type, Handler] = {
    exp.Column: read_column,
    exp.Alias: _same,
    exp.Paren: _same,
    exp.PivotAlias: _same,
    exp.Ordered: _same,
    exp.Case: _case,
    exp.If: _if,
    exp.Nullif: _nullif,
    exp.Nvl2: _if,
    exp.DecodeCase: _decode,
    exp.Filter: _filter,
    exp.Order: _order,
    exp.WithinGroup: _within_group,
    exp.Window: _window,
    exp.Grouping: _grouping,
    exp.GroupingId: _grouping,
    exp.Exists: _exists,
    exp.Dot: _dot,
    exp.Parameter: read_parameter,
    exp.Lambda: _same,
    exp.Comprehension: _comprehension,
    exp.StarMap: _star_map,
    exp.Anonymous: _anonymous,
    exp.AnonymousAggFunc: _aggregate,
    exp.Values: _query,
    **dict.fromkeys(_LEAVES, _leaf),
    **dict.fromkeys(
        (
            *(exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
            *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.DPipe, exp.Is),
        ),
        _binary,
    ),
}
_HANDLERS = _Handlers(_KNOWN)
