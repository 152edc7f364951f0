"""Reading calls of functions: which of their arguments flow, which aggregate, which only decide.

Must not know functions by name; `whence.sql.functions` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.modes import INDIRECT
from whence.sql.functions import combined, masks, mode_of_name
from whence.sql.names import whole_row
from whence.sql.plan import Plan
from whence.sql.references import Reading, add_found, changed
from whence.sql.tablenames import named_by
from whence.sql.walk import push_children, push_condition

Handler = Callable[[Reading, exp.Expr, int], None]


def aggregate(reading: Reading, node: exp.Expr, mode: int) -> None:
    """An aggregate whose result still shows what it read."""
    push_children(reading, node, changed(mode, modes.AGGREGATION))


def masked_aggregate(reading: Reading, node: exp.Expr, mode: int) -> None:
    """An aggregate whose result does not."""
    push_children(reading, node, changed(mode, modes.MASKED_AGGREGATION))


def masked(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A hash and its kin."""
    push_children(reading, node, changed(mode, modes.MASKED_TRANSFORMATION))


def count(reading: Reading, node: exp.Expr, mode: int) -> None:
    """COUNT(*) and COUNT(t.*) count rows, whatever is in them."""
    this = node.args.get("this")
    if this is not None and not is_star(this):
        masked_aggregate(reading, node, mode)


def is_star(node: exp.Expr) -> bool:
    """True for ``*`` and ``t.*``."""
    return isinstance(node.args["this"] if node.__class__ is exp.Column else node, exp.Star)


def any_(reading: Reading, node: exp.Expr, mode: int) -> None:
    """Spark's aggregate ``any(condition)``, or the array of ``x = ANY(array)``."""
    compared = isinstance(node.parent, exp.Binary) and node.parent.args["expression"] is node
    aggregates = not compared and isinstance(node.args["this"], exp.Paren)
    to = modes.AGGREGATION if aggregates else modes.TRANSFORMATION
    push_children(reading, node, changed(mode, to))


def value_of_row(reading: Reading, node: exp.Expr, mode: int) -> None:
    """FIRST_VALUE and its kin: one row's value in a window, an aggregate without one."""
    around = node.parent
    while isinstance(around, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
        around = around.parent
    within = isinstance(around, exp.Window)
    push_children(
        reading, node, changed(mode, modes.TRANSFORMATION if within else modes.AGGREGATION)
    )


def within_group(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``percentile_cont(.5) WITHIN GROUP (ORDER BY x)`` aggregates x; LISTAGG only sorts by it."""
    function = node.args["this"]
    reading.stack.append((function, mode))
    order = node.args["expression"]
    if any(True for _ in function.find_all(exp.Column)):
        reading.stack.append((order, mode))
        return
    to = modes.MASKED_AGGREGATION if masks(function.__class__) else modes.AGGREGATION
    for each in order.args.get("expressions") or ():
        reading.stack.append((each, changed(mode, to)))


def decode(reading: Reading, node: exp.Expr, mode: int) -> None:
    """DECODE(x, search, result, ..., default): the searches and x decide, the results flow."""
    first, *rest = node.args["expressions"]
    push_condition(reading, first, mode)
    _alternatives(reading, rest, mode)


def _alternatives(reading: Reading, parts: Sequence[exp.Expr], mode: int) -> None:
    """Pairs of what decides and what flows, and perhaps a last one that flows."""
    pairs = len(parts) // 2
    for at in range(pairs):
        push_condition(reading, parts[2 * at], mode)
        reading.stack.append((parts[2 * at + 1], changed(mode)))
    if len(parts) % 2:
        reading.stack.append((parts[-1], changed(mode)))


def elt(reading: Reading, node: exp.Expr, mode: int) -> None:
    """ELT(n, a, b): n decides which of the others flows."""
    _chosen(reading, [node.args["this"], *(node.args.get("expressions") or ())], mode)


def _chosen(reading: Reading, parts: Sequence[exp.Expr], mode: int) -> None:
    push_condition(reading, parts[0], mode)
    reading.stack.extend((part, changed(mode)) for part in parts[1:])


_CHOICES: dict[str, Callable[[Reading, Sequence[exp.Expr], int], None]] = {
    "choose": _chosen,
    "elt": _chosen,
    "multiif": _alternatives,
}
"""Functions that choose among their arguments, which the parser does not know."""


def anonymous(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A function that the parser does not know: told by its name."""
    named(reading, node, node.name.lower(), mode)


def identifier(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``IDENTIFIER('t.a')`` is the column; of what else is in it the name comes at run time."""
    named = named_by(node)
    if named is None or named.__class__ is not exp.Literal:
        reading.plan.gap("dynamic-sql", "which column IDENTIFIER(...) names is not known")
        return
    *path, name = named.name.split(".")
    reading.stack.append((exp.column(name, *reversed(path)), mode))


def named(reading: Reading, node: exp.Expr, name: str, mode: int) -> None:
    """A function called ``name``, in lower case and perhaps with its schema."""
    if name == "identifier" and named_by(node) is not None:
        identifier(reading, node, mode)
        return
    parts = node.args.get("expressions") or ()
    choice = _CHOICES.get(name) if len(parts) > 1 else None
    if choice is not None:
        choice(reading, parts, mode)
        return
    to = mode_of_name(name, reading.plan.rules.name)
    if to == modes.MASKED_AGGREGATION and "distinct" not in name:
        parts = [part for part in parts if not is_star(part)]
        reading.stack.extend((part, changed(mode, to)) for part in parts)
        return
    push_children(reading, node, changed(mode, to))


def combined_aggregate(reading: Reading, node: exp.Expr, mode: int) -> None:
    """ClickHouse's aggregates: ``uniqExact(x)``, ``sumIf(x, condition)``, ``topK(3)(x)``."""
    to, conditional = combined(node.name.lower())
    parts: Sequence[exp.Expr] = node.args.get("params") or node.args.get("expressions") or ()
    if conditional and len(parts) > 1:
        push_condition(reading, parts[-1], mode)
        parts = parts[:-1]
    reading.stack.extend((part, changed(mode, to)) for part in parts)


def dotted(reading: Reading, node: exp.Expr, mode: int) -> None:
    """A function qualified by its schema: ``hll_count.init(x)``, ``my_db.my_udf(x)``."""
    call = node.args["expression"]
    name = ".".join(dotted_name(call).split(".")[-2:])
    if call.__class__ is exp.Anonymous:
        whole = mode_of_name(name, reading.plan.rules.name)
        if whole != modes.TRANSFORMATION:
            named(reading, call, name, mode)
            return
    reading.stack.append((call, mode))


def dotted_name(call: exp.Expr) -> str:
    """The name of a function with what stands before it, in lower case."""
    parts = [call.name if call.__class__ is exp.Anonymous else ""]
    before = call.parent.args["this"] if isinstance(call.parent, exp.Dot) else None
    while before is not None:
        dot = before.__class__ is exp.Dot
        parts.append(before.args["expression"].name if dot else before.name)
        before = before.args["this"] if dot else None
    return ".".join(reversed(parts)).lower()


def unless_listed(read: Handler) -> Handler:
    """``read``, but for functions that the user lists as masking."""

    def reader(reading: Reading, node: exp.Expr, mode: int) -> None:
        if not _is_listed(reading.plan, node):
            read(reading, node, mode)
        elif isinstance(node, exp.AggFunc):
            masked_aggregate(reading, node, mode)
        else:
            masked(reading, node, mode)

    return reader


def _is_listed(plan: Plan, call: exp.Expr) -> bool:
    if call.__class__ is exp.Anonymous:
        parts = dotted_name(call).split(".")
        return any(".".join(parts[at:]) in plan.masking for at in range(len(parts)))
    # The parser keeps the place of a function's name, but not the name: MD5_HEX becomes MD5.
    at = call.meta.get("start")
    written = "" if at is None else plan.text[at : call.meta["end"] + 1].lower()
    assert isinstance(call, exp.Func)
    known = (name.lower() for name in call.sql_names())
    return written in plan.masking or not plan.masking.isdisjoint(known)


def star(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``*`` among the arguments of a function: every column in scope."""
    hidden = {each.name.lower() for each in node.args.get("except_") or ()}
    for source in reading.scope.sources:
        found = whole_row(reading.plan, source.rows)
        if isinstance(found, list) and hidden:
            names = source.rows.names
            kept = [at for at, name in enumerate(names) if name.lower() not in hidden]
            found = [found[at] for at in kept] + found[len(names) :]
        add_found(reading, found, mode)


def star_map(reading: Reading, node: exp.Expr, mode: int) -> None:
    """``OBJECT_CONSTRUCT(*)``: an object of every column in scope, or of one FROM item's."""
    reading.stack.append((node.args["this"], mode))


def grouping(reading: Reading, node: exp.Expr, mode: int) -> None:
    """GROUPING(x) tells of the grouping set, not of x; as a key it still stands for x."""
    if mode >= INDIRECT:
        push_children(reading, node, mode)
