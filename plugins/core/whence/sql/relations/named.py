"""ClickHouse's names for values: ``WITH 1 AS x``, and aliases that earlier select items use.

Must not build the select list.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from sqlglot import exp

from whence.columns import modes
from whence.sql.names import Scope
from whence.sql.plan import Ask, Plan, Rows, Step
from whence.sql.relations.attach import expression


def named_values(plan: Plan, scope: Scope, node: exp.Expr) -> Generator[Ask | Step, Rows, None]:
    """Bring into ``scope`` what the SELECT ``node`` may use before its own place in the list."""
    with_ = node.args.get("with_")
    for each in with_.args["expressions"] if with_ is not None else ():
        if each.args.get("scalar"):
            value = yield from expression(plan, scope, [each.args["this"]], modes.IDENTITY)
            scope.aliases[each.args["alias"].name.lower()] = value
    for name, item in _used_early(node.args.get("expressions") or ()):
        scope.aliases[name] = yield from expression(plan, scope, [item], modes.IDENTITY)


def _used_early(items: Sequence[exp.Expr]) -> list[tuple[str, exp.Expr]]:
    """Aliased items that an item before them uses, those first that use no other of them."""
    places = {
        each.alias.lower(): at for at, each in enumerate(items) if each.__class__ is exp.Alias
    }
    if not places or len(items) < 2:
        return []
    uses = [_names(each) & places.keys() for each in items]
    early: set[str] = set()
    todo = [name for at, names in enumerate(uses) for name in names if places[name] > at]
    while todo:  # and what these use in their turn
        name = todo.pop()
        if name not in early:
            early.add(name)
            todo += uses[places[name]] - {name}
    ordered: list[str] = []
    while early:
        ready = [name for name in early if not (uses[places[name]] & early) - {name}]
        if not ready:  # names that mean each other are columns
            break
        ordered += sorted(ready)
        early.difference_update(ready)
    return [(name, items[places[name]].this) for name in ordered]


def _names(item: exp.Expr) -> set[str]:
    """The bare names in ``item``."""
    found = (each for each in item.find_all(exp.Column) if each.args.get("table") is None)
    return {each.name.lower() for each in found}
