"""How an expression uses a column, as small integers: the resolver's inner loop lives on them.

Must not know relations; only how two uses combine, in series and side by side.

A *direct* mode is ``kind * 2 + clear``: kind 0 IDENTITY, 1 TRANSFORMATION, 2 AGGREGATION, and the
lowest bit set where the value can still be read (clear) in the result.
An *indirect* mode is a bit set of influences, each bit at or above `INDIRECT`; RANK is a WINDOW of
which only the order shows in the result, not the value.
"""

from __future__ import annotations

from whence.model import DirectSubtype, IndirectSubtype

IDENTITY = 1
TRANSFORMATION = 3
AGGREGATION = 5
MASKED_TRANSFORMATION = 2
MASKED_AGGREGATION = 4

INDIRECT = 8
JOIN = 8
FILTER = 16
GROUP_BY = 32
SORT = 64
WINDOW = 128
CONDITIONAL = 256
RANK = 512

DIRECT_SUBTYPES: tuple[DirectSubtype, ...] = ("IDENTITY", "TRANSFORMATION", "AGGREGATION")
INDIRECT_SUBTYPES: tuple[tuple[int, IndirectSubtype], ...] = (
    (JOIN, "JOIN"),
    (FILTER, "FILTER"),
    (GROUP_BY, "GROUP_BY"),
    (SORT, "SORT"),
    (WINDOW | RANK, "WINDOW"),
    (CONDITIONAL, "CONDITIONAL"),
)


def _series(outer: int, inner: int) -> int:
    return max(outer >> 1, inner >> 1) << 1 | (outer & inner & 1)


def _parallel(one: int, other: int) -> int:
    return max(one >> 1, other >> 1) << 1 | ((one | other) & 1)


SERIES = tuple(tuple(_series(outer, inner) for inner in range(6)) for outer in range(6))
"""``SERIES[outer][inner]``: the direct mode of a use of a use. Masking anywhere masks the whole."""

PARALLEL = tuple(tuple(_parallel(one, other) for other in range(6)) for one in range(6))
"""``PARALLEL[one][other]``: two uses of one column by one expression; the stronger kind stands."""


_SUBTYPES = tuple(
    tuple((name, bits == RANK) for bit, name in INDIRECT_SUBTYPES if (bits := mode & bit))
    for mode in range(0, 2 * RANK, INDIRECT)
)


def subtype(mode: int) -> DirectSubtype:
    """The OpenLineage subtype of a direct ``mode``."""
    return DIRECT_SUBTYPES[mode >> 1]


def subtypes(mode: int) -> tuple[tuple[IndirectSubtype, bool], ...]:
    """The OpenLineage subtypes of an indirect ``mode``, in a fixed order, each with its masking."""
    return _SUBTYPES[mode // INDIRECT]


def masked(mode: int) -> bool:
    """True where the value of a direct ``mode`` cannot be read back from the result."""
    return not mode & 1
