"""Reading scalar expressions: which columns one uses, and in which mode each.

Must not build relations: subqueries met on the way are handed back for the caller to build.
One walk with a stack of its own, whatever the depth.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression
from whence.columns.modes import INDIRECT
from whence.sql import calls
from whence.sql.calls import Handler
from whence.sql.functions import masks, ranks, value_of_a_row
from whence.sql.names import Scope
from whence.sql.plan import Plan
from whence.sql.references import (
    Reading,
    changed,
    read_column,
    read_parameter,
    read_path,
    read_picked,
    read_record,
)
from whence.sql.walk import LEAVES, push_children, push_condition

UNUSED = -1
"""The mode of a subquery whose values are not read (EXISTS)."""

_CHANGED = tuple(modes.SERIES[mode][modes.TRANSFORMATION] for mode in range(INDIRECT - 2))
"""For each direct mode, that of a value computed from it."""


def read(plan: Plan, scope: Scope, node: exp.Expr, mode: int) -> Reading:
    """Read ``node``, itself used in ``mode``."""
    reading = Reading(plan, scope)
    read_into(reading, node, mode)
    return reading


def read_into(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Read one more expression into ``reading``."""
    stack = reading.stack
    stack.append((node, mode))
    handlers = _LISTING_HANDLERS if reading.plan.masking else _HANDLERS
    while stack:
        node, mode = stack.pop()
        handlers[node.__class__](reading, node, mode)


def _leaf(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Literals, types, parameters: nothing flows."""


def _same(reading: Reading, node: exp.Expr, mode: int) -> None:
    reading.stack.append((node.args["this"], mode))


def _any(reading: Reading, node: exp.Expr, mode: int) -> None:
    push_children(reading, node, mode if mode >= INDIRECT else _CHANGED[mode])


def _binary(reading: Reading, node: exp.Expr, mode: int) -> None:
    """An operator between two operands: the commonest node there is."""
    if mode < INDIRECT:
        mode = _CHANGED[mode]
    for part in node.args.values():
        kind = part.__class__
        if kind is exp.Column:
            read_column(reading, part, mode)
        elif kind not in LEAVES:
            reading.stack.append((part, mode))


def _case(reading: Reading, node: exp.Expr, mode: int) -> None:
    args = node.args
    value = changed(mode)
    if args.get("this") is not None:
        push_condition(reading, args["this"], mode)
    for branch in args["ifs"]:
        push_condition(reading, branch.args["this"], mode)
        if branch.args.get("true") is not None:
            reading.stack.append((branch.args["true"], value))
    if args.get("default") is not None:
        reading.stack.append((args["default"], value))


def _if(reading: Reading, node: exp.Expr, mode: int) -> None:
    args = node.args
    push_condition(reading, args["this"], mode)
    for part in ("true", "false"):
        if args.get(part) is not None:
            reading.stack.append((args[part], changed(mode)))


def _nullif(reading: Reading, node: exp.Expr, mode: int) -> None:
    """NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END."""
    args = node.args
    reading.stack.append((args["this"], changed(mode)))
    push_condition(reading, args["this"], mode)
    push_condition(reading, args["expression"], mode)


def _filter(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``sum(x) FILTER (WHERE c)``."""
    reading.stack.append((node.args["this"], mode))
    where = node.args["expression"]
    push_condition(reading, where.args.get("this") or where, mode)


def _order(reading: Reading, node: exp.Expr, mode: int) -> None:
    """ORDER BY within an aggregate's parentheses: the keys decide on the order alone."""
    beside = mode if mode >= INDIRECT else 0
    if node.args.get("this") is not None:
        reading.stack.append((node.args["this"], mode))
    for each in node.args["expressions"]:
        reading.stack.append((each, beside | modes.SORT))


def _window(reading: Reading, node: exp.Expr, mode: int) -> None:
    args = node.args
    function = args["this"]
    reading.stack.append((function, changed(mode)))
    beside = mode if mode >= INDIRECT else 0
    if args.get("over") == "KEEP":
        # Oracle's KEEP (DENSE_RANK LAST ORDER BY x) picks the rows to aggregate: no window.
        _window_keys(reading, node, beside | modes.SORT, beside | modes.SORT)
        return
    order = modes.RANK if ranks(function.__class__) else modes.WINDOW
    _window_keys(reading, node, beside | modes.WINDOW, beside | order)


def _window_keys(reading: Reading, node: exp.Expr, partition: int, order: int) -> None:
    """The partition and order keys of a window, and of the named windows it builds on."""
    seen: set[int] = set()
    window: exp.Expr | None = node
    while window is not None and id(window) not in seen:
        seen.add(id(window))
        args = window.args
        for key in args.get("partition_by") or ():
            reading.stack.append((key, partition))
        sorting = args.get("order")
        if sorting is not None:
            for key in sorting.args["expressions"]:
                reading.stack.append((key, order))
        window = _named_window(reading.scope, args.get("alias"))


def _named_window(scope: Scope, named: exp.Expr | None) -> exp.Expr | None:
    at: Scope | None = scope
    while named is not None and at is not None:
        if named.name.lower() in at.windows:
            return at.windows[named.name.lower()]
        at = at.parent
    return None


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
        calls.dotted(reading, node, mode)
        return
    if not read_path(reading, node, mode) and not read_record(reading, node, mode):
        reading.stack.append((node.args["this"], changed(mode)))


def _key(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``x['key']``: a field where x is a struct, else whatever x and the key hold."""
    if not read_path(reading, node, mode):
        _any(reading, node, mode)


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
        return calls.value_of_row
    if issubclass(kind, exp.AggFunc):
        return calls.masked_aggregate if masks(kind) else calls.aggregate
    return calls.masked if masks(kind) else _any


def _listing_handler(kind: type) -> Handler:
    """The same where the user lists functions that mask."""
    handler = _HANDLERS[kind]
    return calls.unless_listed(handler) if issubclass(kind, exp.Func) else handler


class _Handlers(dict[type, Handler]):
    """How each class of node is read; filled as classes are met."""

    def __init__(self, find: Callable[[type], Handler]) -> None:
        """Start with none; ``find`` tells how a class is read."""
        super().__init__()
        self._find = find

    def __missing__(self, kind: type) -> Handler:
        handler = self[kind] = self._find(kind)
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
    exp.DecodeCase: calls.decode,
    exp.Elt: calls.elt,
    exp.DynamicIdentifier: calls.identifier,
    exp.Count: calls.count,
    exp.Any: calls.any_,
    exp.Star: calls.star,
    exp.Filter: _filter,
    exp.Order: _order,
    exp.WithinGroup: calls.within_group,
    exp.Window: _window,
    exp.Grouping: calls.grouping,
    exp.GroupingId: calls.grouping,
    exp.Exists: _exists,
    exp.Bracket: _key,
    exp.Columns: read_picked,
    exp.Dot: _dot,
    exp.StructExtract: _key,
    exp.Parameter: read_parameter,
    exp.Placeholder: read_parameter,
    exp.Lambda: _same,
    exp.Comprehension: _comprehension,
    exp.StarMap: calls.star_map,
    exp.Anonymous: calls.anonymous,
    **dict.fromkeys(
        (
            exp.AnonymousAggFunc,
            exp.CombinedAggFunc,
            exp.ParameterizedAgg,
            exp.CombinedParameterizedAgg,
        ),
        calls.combined_aggregate,
    ),
    exp.Values: _query,
    **dict.fromkeys(LEAVES, _leaf),
    **dict.fromkeys(
        (
            *(exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
            *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.DPipe, exp.Is),
        ),
        _binary,
    ),
}
_HANDLERS = _Handlers(_handler)
_HANDLERS.update(_KNOWN)
_LISTING_HANDLERS = _Handlers(_listing_handler)
