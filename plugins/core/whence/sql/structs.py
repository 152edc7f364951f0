"""Struct types as databases spell them, and the expressions that build structs: their fields.

Must not know columns; it reads the text of one type, or one node of the syntax tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

from whence.sql.dialects import Rules
from whence.sql.text import text_of

MAX_TYPE = 100_000
"""Longer texts of types are not read."""


@lru_cache(maxsize=1024)
def parsed(type_: str | None, rules: Rules) -> exp.DataType | None:
    """The type that ``type_`` spells, or None where the dialect cannot read it."""
    if not type_ or len(type_) > MAX_TYPE:
        return None
    try:
        return exp.DataType.build(type_, dialect=rules.dialect)
    except (SqlglotError, ValueError, RecursionError):
        return None


def members(type_: exp.DataType | None) -> list[tuple[str, exp.DataType | None]]:
    """The fields of a struct type such as ``struct<city string, zip string>``, in order."""
    if type_ is None or type_.this in (exp.DataType.Type.ARRAY, exp.DataType.Type.MAP):
        return []
    return [
        (each.name, each.args.get("kind"))
        for each in type_.expressions
        if isinstance(each, exp.ColumnDef)
    ]


def element(type_: exp.DataType | None) -> exp.DataType | None:
    """The type of an array's elements; None for what is no array."""
    if type_ is None or type_.this != exp.DataType.Type.ARRAY or not type_.expressions:
        return None
    inner = type_.expressions[0]
    return inner if isinstance(inner, exp.DataType) else None


def is_map(type_: exp.DataType | None) -> bool:
    """True for a map type."""
    return type_ is not None and type_.this == exp.DataType.Type.MAP


def within(type_: exp.DataType | None, path: Sequence[str]) -> exp.DataType | None:
    """The type of the field at ``path``; a field of an array's elements counts as the array's."""
    for name in path:
        found = {each.lower(): inner for each, inner in members(element(type_) or type_)}
        type_ = found.get(name.lower())
    return type_


def struct_type(fields: Sequence[tuple[str, str]], rules: Rules) -> str | None:
    """The type of a struct of ``fields``, names with their types, as the dialect spells it."""
    kinds = [(name, parsed(type_, rules)) for name, type_ in fields]
    columns = [
        exp.ColumnDef(this=exp.to_identifier(name), kind=kind) for name, kind in kinds if kind
    ]
    if len(columns) < len(fields):
        return None
    whole = exp.DataType(this=exp.DataType.Type.STRUCT, expressions=columns, nested=True)
    return text_of(whole.copy(), rules) or None


def constructed(node: exp.Expr) -> list[tuple[str, exp.Expr]]:
    """The fields that ``STRUCT(a AS x)``, ``{'x': a}`` or ``CAST(ROW(a) AS ROW(x INT))`` build."""
    names: list[str] = []
    if isinstance(node, exp.Cast):
        names = [name for name, _ in members(node.args["to"])]
        node = node.args["this"]
    if node.__class__ is not exp.Struct:
        return []
    fields: list[tuple[str, exp.Expr]] = []
    for position, each in enumerate(node.args["expressions"]):
        value = each.args["expression"] if isinstance(each, exp.PropertyEQ) else each
        if position < len(names):
            name = names[position]
        elif isinstance(each, exp.PropertyEQ):
            name = each.this.name
        else:
            name = each.alias or each.output_name
        fields.append((name, value.unalias()))
    return fields
