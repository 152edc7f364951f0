"""Where columns stand by their names: for any relation, and once for each known table.

Must not know what a relation is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from whence.model import Field


def index_names(names: Sequence[str]) -> dict[str, int]:
    """Positions by lower-cased name; exact spellings too where two differ in case alone."""
    lookup: dict[str, int] = {}
    twins = False
    for position, name in enumerate(names):
        folded = name.lower()
        known = lookup.setdefault(folded, position)
        twins = twins or (known != position and names[known] != name)
    if twins:
        for position, name in enumerate(names):
            if names[lookup.get(name, position)] != name or name not in lookup:
                lookup[name] = position
    return lookup


Layout: TypeAlias = tuple[tuple[Field, ...], tuple[str, ...], dict[str, int]]
"""The columns of a table, their names, and the positions of these."""

_LAYOUTS: dict[int, Layout] = {}
MAX_LAYOUTS = 4_096


def layout(fields: tuple[Field, ...]) -> Layout:
    """What follows from ``fields``: a provider gives the same ones for every statement."""
    known = _LAYOUTS.get(id(fields))
    if known is not None:
        return known  # it holds the fields, so that no others can have their id
    names = tuple([each.name for each in fields])
    if len(_LAYOUTS) >= MAX_LAYOUTS:
        _LAYOUTS.clear()
    made = _LAYOUTS[id(fields)] = (fields, names, index_names(names))
    return made
