"""Events as rows and back: cut at facet boundaries, so that not a byte is lost.

Must not interpret a facet; what names persons is kept by itself and may have been erased.
"""

from __future__ import annotations

import sqlite3
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from whence_backend import times
from whence_backend.ingest.facts import KEPT, PERSONAL
from whence_backend.ingest.reading import Event
from whence_backend.store.intern import Interner

INLINE_CHARS = 128
"""Facets shorter than this, and referred to by nothing, stay in the event's own row."""

_BETWEEN = "\0"  # JSON text never holds it

ERASED = (
    '{{"_producer":"https://github.com/whence-lineage/whence",'
    '"_schemaURL":"https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/BaseFacet",'
    '"_erased":"{when}"}}'
)
"""What stands in an event for a facet that was erased."""


@dataclass(frozen=True, slots=True)
class Cut:
    """An event as it is stored.

    Attributes:
        template: Blob of the text between the holes.
        refs: Number of each hole's blob, 0 where the value is in ``inline``; packed.
        inline: The other values, compressed.
        blobs: Blob of each facet that is kept as one: (owner, place, key) -> number.
    """

    template: int
    refs: bytes
    inline: bytes
    blobs: dict[tuple[str, int, str], int]


def cut(event: Event, intern: Interner) -> Cut:
    """The parts of ``event``'s text, its facets among them as blobs."""
    text, at = event.sliced.text, 0
    between: list[str] = []
    inline: list[str] = []
    refs = array("I")
    blobs: dict[tuple[str, int, str], int] = {}
    for hole in event.sliced.holes:
        between.append(text[at : hole.start])
        value = text[hole.start : hole.end]
        at = hole.end
        if hole.key and (hole.key in KEPT or len(value) >= INLINE_CHARS):
            blob = intern.blob(value.encode(), personal=hole.key in PERSONAL)
            blobs[hole.owner, hole.place, hole.key] = blob
            refs.append(blob)
        else:
            inline.append(value)
            refs.append(0)
    between.append(text[at:])
    template = intern.blob(_BETWEEN.join(between).encode())
    packed = zlib.compress(_BETWEEN.join(inline).encode(), 6)
    return Cut(template, refs.tobytes(), packed, blobs)


class Rebuilder:
    """Puts events together again from their rows."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._cache: dict[int, bytes] = {}

    def event(self, template: int, refs: bytes, inline: bytes) -> bytes:
        """The bytes as they were received."""
        numbers = array("I")
        numbers.frombytes(refs)
        between = self.blob(template).split(b"\0")
        values = iter(zlib.decompress(inline).split(b"\0"))
        return b"".join(self._pieces(between, numbers, values))

    def _pieces(
        self, between: list[bytes], numbers: array[int], inline: Iterator[bytes]
    ) -> Iterator[bytes]:
        for piece, number in zip(between[:-1], numbers, strict=True):
            yield piece
            yield self.blob(number) if number else next(inline)
        yield between[-1]

    def blob(self, number: int) -> bytes:
        """The content of a blob; of an erased one, a facet that says so."""
        known = self._cache.get(number)
        if known is not None:
            return known
        statement = "SELECT z, erased FROM blob WHERE id = ?"
        z, erased = self._connection.execute(statement, (number,)).fetchone()
        if z is None:
            return ERASED.format(when=times.show(erased)).encode()
        content = zlib.decompress(z)
        if len(self._cache) >= 4_096:
            self._cache.clear()
        self._cache[number] = content
        return content
