"""What databases make of names that occur again among the columns of a subquery or a table.

Must not know queries: names alone.
"""

from __future__ import annotations

from collections.abc import Sequence

_SEPARATORS = {"duckdb": "_", "sqlite": ":"}
"""What stands between a name and its number; other databases keep the name or refuse it."""


def distinct(names: Sequence[str], dialect: str) -> Sequence[str]:
    """``a, b, a`` as ``a, b, a_1`` where the database does so; else ``names`` themselves."""
    separator = _SEPARATORS.get(dialect)
    if separator is None:
        return names
    taken = {name.lower() for name in names}
    if len(taken) == len(names):
        return names
    taken.clear()
    found: list[str] = []
    for name in names:
        new, count = name, 0
        while new.lower() in taken:
            count += 1
            new = f"{name}{separator}{count}"
        taken.add(new.lower())
        found.append(new)
    return found
