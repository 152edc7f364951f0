"""Struct types as databases spell them: which fields they have.

Must not know columns; it reads the text of one type.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from whence.sql.dialects import Rules


def struct_fields(type_: str | None, rules: Rules) -> list[str]:
    """The field names of a struct type such as ``struct<city string, zip string>``."""
    if not type_ or len(type_) > 100_000:
        return []
    try:
        parsed = exp.DataType.build(type_, dialect=rules.dialect)
    except (SqlglotError, ValueError, RecursionError):
        return []
    return [each.name for each in parsed.args.get("expressions") or () if each.name]
