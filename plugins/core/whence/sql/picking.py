"""Which names a star's LIKE and COLUMNS(...) pick: patterns, lists and lambdas over a name.

Must not know columns; it answers for names alone.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlglot import exp

Pick: TypeAlias = Callable[[str], bool]

_LIKES = (exp.Like, exp.ILike, exp.SimilarTo, exp.Glob)
_CONNECTORS = (exp.And, exp.Or)
_TESTS = (
    *_LIKES,
    *(exp.EQ, exp.NEQ, exp.RegexpLike, exp.StartsWith, exp.EndsWith, exp.Contains),
)
# A repeated group that repeats within takes time without bound where it does not match.
_UNBOUNDED = re.compile(r"[*+}][^()]*\)\s*[*+{]")


def picks(node: exp.Expr) -> Pick | None:
    """What ``COLUMNS(node)`` picks: a pattern, a list or a lambda; None for anything else."""
    if isinstance(node, exp.Literal):
        return matching(node.name)
    if isinstance(node, exp.Array):
        wanted = {each.name.lower() for each in node.expressions}
        return lambda name: name.lower() in wanted
    if isinstance(node, exp.Lambda) and len(node.expressions) == 1:
        return _predicate(node.this, node.expressions[0].name.lower())
    return None


def picked_names(columns: exp.Expr, names: Sequence[str]) -> list[str]:
    """Those of ``names`` that ``COLUMNS(...)`` stands for."""
    this = columns.args["this"]
    if this.__class__ is exp.Star:
        without = {each.name.lower() for each in this.args.get("except_") or ()}
        return [name for name in names if name.lower() not in without]
    pick = picks(this)
    return [name for name in names if pick is not None and pick(name)]


def star_like(node: exp.Expr) -> Pick | None:
    """What ``* LIKE 'a%'`` and its kin pick; None for what is no such star."""
    if not isinstance(node, _LIKES) or node.this.__class__ is not exp.Star:
        return None
    test = _test(node, node.expression.name)
    return (lambda name: not test(name)) if test and node.args.get("negate") else test


def like(pattern: str, ignore_case: bool = True) -> Pick:
    """SQL's LIKE over a whole name."""
    text = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    compiled = re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
    return lambda name: compiled.fullmatch(name) is not None


def matching(pattern: str) -> Pick | None:
    """A regular expression anywhere in a name; None for one that Python does not read."""
    compiled = compiled_pattern(pattern)
    return None if compiled is None else lambda name: compiled.search(name) is not None


def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """``pattern``, if it is one and cannot take for ever."""
    if len(pattern) > 1_000 or _UNBOUNDED.search(pattern):
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None


def _test(node: exp.Expr, value: str) -> Pick | None:
    """A comparison of a name with the string ``value``."""
    if isinstance(node, (exp.Like, exp.ILike)):
        return like(value, isinstance(node, exp.ILike))
    if isinstance(node, exp.SimilarTo):
        compiled = compiled_pattern(value)
        return None if compiled is None else lambda name: compiled.fullmatch(name) is not None
    if isinstance(node, exp.Glob):
        return lambda name: fnmatch.fnmatchcase(name, value)
    if isinstance(node, exp.RegexpLike):
        return matching(value)
    if isinstance(node, exp.StartsWith):
        return lambda name: name.startswith(value)
    if isinstance(node, exp.EndsWith):
        return lambda name: name.endswith(value)
    if isinstance(node, exp.Contains):
        return lambda name: value in name
    equal = isinstance(node, exp.EQ)
    return lambda name: (name == value) is equal


def _predicate(body: exp.Expr, parameter: str) -> Pick | None:
    """A condition over one name, as a list of steps for a stack; None where a part is not read."""
    steps: list[Pick | type] = []
    todo = [body]
    while todo:
        node = todo.pop()
        if isinstance(node, exp.Paren):
            todo.append(node.this)
        elif isinstance(node, (*_CONNECTORS, exp.Not)):
            steps.append(type(node))
            todo += [node.this] if isinstance(node, exp.Not) else [node.this, node.expression]
        else:
            test = _leaf(node, parameter)
            if test is None:
                return None
            steps.append(test)
    steps.reverse()
    return lambda name: _evaluated(steps, name)


def _leaf(node: exp.Expr, parameter: str) -> Pick | None:
    if not isinstance(node, (*_TESTS, exp.In)) or node.this.name.lower() != parameter:
        return None
    if isinstance(node, exp.In):
        wanted = {each.name for each in node.expressions}
        return lambda name: name in wanted
    value = node.expression
    test = _test(node, value.name) if isinstance(value, exp.Literal) else None
    return (lambda name: not test(name)) if test and node.args.get("negate") else test


def _evaluated(steps: list[Pick | type], name: str) -> bool:
    values: list[bool] = []
    for step in steps:
        if step is exp.Not:
            values.append(not values.pop())
        elif step is exp.And or step is exp.Or:
            one, other = values.pop(), values.pop()
            values.append((one and other) if step is exp.And else (one or other))
        else:
            values.append(bool(step(name)))
    return values[0]
