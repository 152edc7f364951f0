"""Where columns stand by their names: for any relation, and once for each known table.

Must not know what a relation is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from whence.model import Field
from whence.schema.providers import REST


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


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What follows from the answer of a schema provider.

    Attributes:
        answer: The answer itself, held so that no other one can have its identity.
        fields: The columns that it tells of.
        names: Their names.
        index: The positions of these.
        more: True where there are columns beside them.
    """

    answer: tuple[Field, ...]
    fields: tuple[Field, ...]
    names: tuple[str, ...]
    index: dict[str, int]
    more: bool


_LAYOUTS: dict[int, Layout] = {}
MAX_LAYOUTS = 4_096


def layout(answer: tuple[Field, ...]) -> Layout:
    """The layout of a table: a provider gives the same ``answer`` for every statement."""
    known = _LAYOUTS.get(id(answer))
    if known is not None:
        return known
    more = bool(answer) and answer[-1].name == REST
    fields = answer[:-1] if more else answer
    names = tuple([each.name for each in fields])
    if len(_LAYOUTS) >= MAX_LAYOUTS:
        _LAYOUTS.clear()
    made = _LAYOUTS[id(answer)] = Layout(answer, fields, names, index_names(names), more)
    return made
