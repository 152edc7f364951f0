"""FROM: its items, and what joins them.

Must not read the select list; table functions, UNNEST and PIVOT have builders of their own.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.columns.algebra import Expression, Join, Relation
from whence.sql.names import Scope, Source
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression
from whence.sql.relations.ctes import common_table
from whence.sql.relations.generate import (
    array_join,
    is_generator,
    lateral,
    rows_from,
    table_function,
    unnest,
)
from whence.sql.relations.patterns import matched
from whence.sql.relations.pivots import pivot_statement, pivoted
from whence.sql.relations.renaming import renamed
from whence.sql.relations.using import merge, shared_names, visible
from whence.sql.relations.values import values
from whence.sql.tablenames import is_temporary, spoken, table_name

# What a join has that a comma has not; a comma separates what USING may look at.
_JOINS = ("kind", "side", "method", "on", "using", "match_condition")

Parts = tuple[list[Relation], list[Expression]]


def from_clause(plan: Plan, scope: Scope, node: exp.Expr) -> Generator[Ask | Step, Rows, Parts]:
    """Bring the FROM items of ``node`` (a SELECT, UPDATE ...) into ``scope``.

    Returns:
        The relations joined, and what decides on which of their rows meet.
    """
    relations: list[Relation] = []
    decides: list[Expression] = []
    from_ = node.args.get("from_")
    if from_ is not None:
        rows = plain_table(plan, from_.args["this"], scope)
        if rows is None:
            rows = yield item(plan, from_.args["this"], scope)
        relations.append(rows.node)
        for more in from_.args.get("expressions") or ():
            relations.append((yield item(plan, more, scope)).node)
    yield from joined(plan, scope, node, relations, decides)
    match = node.args.get("match")
    if match is not None:
        relations = yield from matched(plan, scope, match, relations)
    return relations, decides


def joined(
    plan: Plan,
    scope: Scope,
    node: exp.Expr,
    relations: list[Relation],
    decides: list[Expression],
) -> Generator[Ask | Step, Rows, None]:
    """Add the joins and lateral views that hang on ``node``."""
    parts = node.args.get("joins") or ()
    laterals = node.args.get("laterals")
    if laterals:
        # The parser keeps two lists: which came first is lost.
        parts = sorted([*laterals, *parts], key=_place)
    for part in parts:
        before = len(scope.sources)
        rows = plain_table(plan, part.args["this"], scope) if len(part.args) == 1 else None
        if rows is not None:
            # A comma and a table: there is nothing else to read.
            scope.group = before
            relations.append(rows.node)
        elif part.__class__ is exp.Join:
            yield from _join(plan, scope, part, relations, decides)
        else:
            relations.append((yield item(plan, part, scope)).node)


def _place(node: exp.Expr) -> int:
    """Where ``node`` stands in the text, told by the first name in it that knows."""
    places = (each.meta.get("start") for each in node.find_all(exp.Identifier))
    return next((place for place in places if place is not None), 0)


def _join(
    plan: Plan,
    scope: Scope,
    join: exp.Expr,
    relations: list[Relation],
    decides: list[Expression],
) -> Generator[Ask | Step, Rows, None]:
    args = join.args
    before = len(scope.sources)
    if str(args.get("kind")).upper() == "ARRAY":
        relations.append((yield array_join(plan, scope, join)).node)
        return
    if not any(args.get(key) for key in _JOINS):
        scope.group = before
    rows = plain_table(plan, args["this"], scope)
    if rows is None:
        rows = yield item(plan, args["this"], scope)
    relations.append(rows.node)
    left: Sequence[Source] = ()
    right: Sequence[Source] = ()
    if args.get("using") or args.get("method"):
        left, right = scope.sources[scope.group : before], scope.sources[before:]
    shared = shared_names(plan, args, left, right)
    if shared:
        side = str(args.get("side") or "").upper()
        merged, decide = merge(plan, scope, left, right, shared, side)
        decides.append(decide)
        if merged:
            relations.append(Relation((), merged))
    for key in ("on", "match_condition"):
        if args.get(key) is not None:
            decides.append((yield from expression(plan, scope, [args[key]], modes.JOIN)))
    if str(args.get("kind")).upper() in ("SEMI", "ANTI"):
        scope.forget(before)


def item(plan: Plan, node: exp.Expr, scope: Scope) -> Step:
    """One FROM item: its rows, and its name brought into ``scope``."""
    if node.__class__ is exp.Final:  # ClickHouse's FROM t FINAL
        node = node.args["this"]
    while node.__class__ is exp.Final:  # ClickHouse: the newest version of each row
        node = node.args["this"]
    if node.args.get("pivots") and node.__class__ is not exp.Pivot:
        return _pivoted(plan, node, scope)
    return _plain(plan, node, scope)


def _pivoted(plan: Plan, node: exp.Expr, scope: Scope) -> Step:
    """A FROM item with PIVOT or UNPIVOT behind it."""
    pivots = node.args["pivots"]
    inner = Scope(scope.parent, scope.env)
    rows = yield _plain(plan, node, inner)
    for pivot in pivots:
        rows = yield pivoted(plan, inner, rows, pivot)
    alias = pivots[-1].args.get("alias") or node.args.get("alias")
    rows = renamed(rows, alias)
    scope.add(Source(_alias(alias), rows))
    return rows


def _plain(plan: Plan, node: exp.Expr, scope: Scope) -> Step:
    """A FROM item without pivots."""
    kind = node.__class__
    if kind is exp.Table:
        if is_generator(node):
            return table_function(plan, scope, node)
        if node.args.get("rows_from"):
            return rows_from(plan, scope, node)
        return _table(plan, node, scope)
    if kind is exp.Subquery:
        return _subquery(plan, node, scope)
    if kind is exp.Lateral:
        return lateral(plan, scope, node)
    if kind is exp.Unnest:
        return unnest(plan, scope, node)
    if kind is exp.Values:
        return _aliased(plan, values(plan, node, scope.env, scope.parent), node, scope)
    if kind is exp.Pivot:
        return _aliased(plan, pivot_statement(plan, scope, node, item), node, scope)
    if isinstance(node, exp.Query):
        return _aliased(plan, _ask(node, scope), node, scope)
    return table_function(plan, scope, node)


def _ask(node: exp.Expr, scope: Scope) -> Step:
    return (yield Ask(node, scope.env, scope.parent))


def _alias(alias: exp.Expr | None) -> str:
    if alias is None:
        return ""
    return alias.name.lower()


def _aliased(plan: Plan, step: Step, node: exp.Expr, scope: Scope) -> Step:
    """The rows of ``step`` under the alias of ``node``."""
    rows = yield step
    alias = node.args.get("alias")
    if alias is not None:
        rows = renamed(rows, alias)
    scope.add(Source(_alias(alias), rows))
    return rows


def _subquery(plan: Plan, node: exp.Expr, scope: Scope) -> Step:
    """A query in parentheses, or joined tables in parentheses."""
    first = len(scope.sources)
    inner = node.args["this"]
    while inner.__class__ is exp.Subquery and not any(
        inner.args.get(key) for key in ("alias", "joins", "pivots", "with_", "order", "laterals")
    ):
        inner = inner.args["this"]
    if isinstance(inner, exp.Query) and not isinstance(inner, (exp.Subquery, exp.Table)):
        beside = plan.rules.lateral_subqueries and scope.sources
        rows = yield Ask(inner, scope.env, scope if beside else scope.parent)
    else:
        rows = yield _parenthesised(plan, inner, scope, bool(node.args.get("alias")))
    alias = node.args.get("alias")
    if alias is not None or isinstance(inner, exp.Query):
        rows = plan.distinct_names(renamed(rows, alias))
        if alias is not None or not isinstance(inner, (exp.Subquery, exp.Table)):
            scope.add(Source(_alias(alias), rows))
    if node.args.get("joins") or node.args.get("laterals"):
        rows = yield _with_joins(plan, node, scope, rows, first)
    return rows


def _with_joins(plan: Plan, node: exp.Expr, scope: Scope, rows: Rows, first: int) -> Step:
    """``rows``, which FROM items from number ``first`` on are, and what is joined to them."""
    relations = [rows.node]
    decides: list[Expression] = []
    group, scope.group = scope.group, first
    yield from joined(plan, scope, node, relations, decides)
    scope.group = group
    return Rows(Join(relations, (), decides), rows.names, rows.ids, rows.rest, rows.unknown)


def _parenthesised(plan: Plan, node: exp.Expr, scope: Scope, hidden: bool) -> Step:
    """``(a JOIN b ...)``: its items stay visible unless the whole has an alias."""
    inner = Scope(scope.parent, scope.env) if hidden else scope
    first = len(inner.sources)
    rows = yield item(plan, node, inner)
    made = inner.sources[first:]
    if not hidden or len(made) < 2:
        return rows
    columns = list(visible(plan, inner, made))
    unknown = [source.rows for source in made if source.rows.unknown]
    rest = unknown[0].rest if len(unknown) == 1 else ()
    names, ids = [name for name, _ in columns], [column for _, column in columns]
    return Rows(rows.node, names, ids, rest, bool(unknown))


def plain_table(plan: Plan, node: exp.Expr, scope: Scope) -> Rows | None:
    """A table of one's own or a common table expression that is built already: most FROM items.

    Returns:
        None where the item needs a builder.
    """
    args = node.args
    this = args.get("this")
    if node.__class__ is not exp.Table or this.__class__ is not exp.Identifier:
        return None
    if args.get("pivots") or args.get("joins") or args.get("laterals") or is_temporary(this):
        return None
    word: str = this.args["this"]
    alias = args.get("alias")
    if args.get("db") is None:
        folded = word.lower()
        env = scope.env
        known = env.find(plan.rules.key(this)) if env.tables or env.parent is not None else None
        if known is None:
            rows, path = plan.rows_called(word, bool(this.args.get("quoted")))
        elif known.rows is None or known.building:
            return None
        else:
            rows, path = known.rows, (folded,)
    else:
        name = table_name(plan, node)
        rows = plan.rows_of(name)
        path = tuple([part.lower() for part in name.parts])
    if alias is None:
        scope.add(Source(path[-1], rows, path))
        return rows
    if alias.args.get("columns"):
        rows = renamed(rows, alias)
    scope.add(Source(_alias(alias) or path[-1], rows))
    return rows


def _table(plan: Plan, node: exp.Expr, scope: Scope) -> Step:
    """A table, a view or a common table expression by its name."""
    name = table_name(plan, node)
    alias = node.args.get("alias")
    rows = None
    if not node.args.get("db"):
        known = scope.env.find(plan.rules.key(node.args["this"]))
        if known is not None and (known.rows is not None or not known.building):
            rows = known.rows if known.rows is not None else (yield common_table(plan, known))
    if rows is None:
        rows = plan.rows_of(name)
    rows = renamed(rows, alias)
    path = spoken(name)
    known_as = _alias(alias) or (path[-1] if path else "")
    scope.add(Source(known_as, rows, () if alias else path))
    if node.args.get("joins") or node.args.get("laterals"):
        rows = yield _with_joins(plan, node, scope, rows, len(scope.sources) - 1)
    return rows
