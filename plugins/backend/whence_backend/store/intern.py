"""Numbers for what is stored once and referred to often: nodes, facets, transformations, runs.

Must not delete: a number once given stays, so the caches may outlive a transaction.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import zlib
from array import array
from collections.abc import Iterable
from typing import TypeVar

from whence_backend.ingest.fold import Claim, EdgeKey
from whence_backend.ingest.refs import Edge, How, NodeKind, Ref

Key = TypeVar("Key")

CACHE_SIZE = 200_000

_LAST_SEGMENT = re.compile(r"[^./:]*$")


def leaf(name: str) -> str:
    """What follows the last dot, slash or colon of ``name``, caseless: the key of name search."""
    match = _LAST_SEGMENT.search(name.rstrip("./:"))
    return match.group().casefold() if match else ""


def digest(*parts: bytes) -> bytes:
    """20 bytes that stand for ``parts``."""
    hashed = hashlib.blake2b(digest_size=20)
    for part in parts:
        hashed.update(b"%d:" % len(part))
        hashed.update(part)
    return hashed.digest()


class Interner:
    """Looks up numbers, giving new ones; to be used inside a writing transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._nodes: dict[Ref, int] = {}
        self._blobs: dict[bytes, int] = {}
        self._hows: dict[How, int] = {}
        self._runs: dict[tuple[str, int], int] = {}

    def forget(self) -> None:
        """Drop the caches: numbers given in a transaction that was rolled back are void."""
        for cache in (self._nodes, self._blobs, self._hows, self._runs):
            cache.clear()

    def node(self, ref: Ref) -> int:
        """The number of the node named by ``ref``."""
        known = self._nodes.get(ref)
        if known is not None:
            return known
        if ref.kind == NodeKind.COLUMN:
            row = (int(ref.kind), self.node(ref.table()), "", ref.field)
        else:
            row = (int(ref.kind), 0, ref.namespace, ref.name)
        where = "kind = ? AND parent = ? AND ns = ? AND name = ?"
        found = self._one(f"SELECT id FROM node WHERE {where}", row)
        if found is None:
            found = self._insert(
                "INSERT INTO node (kind, parent, ns, name, leaf) VALUES (?, ?, ?, ?, ?)",
                (*row, leaf(ref.name) if ref.kind != NodeKind.COLUMN else ""),
            )
        _remember(self._nodes, ref, found)
        return found

    def blob(self, content: bytes, *, personal: bool = False) -> int:
        """The number of ``content``, stored compressed."""
        key = digest(b"personal" if personal else b"", content)
        known = self._blobs.get(key)
        if known is None:
            known = self._one("SELECT id FROM blob WHERE digest = ?", (key,))
        if known is None:
            known = self._insert(
                "INSERT INTO blob (digest, z, personal) VALUES (?, ?, ?)",
                (key, zlib.compress(content, 6), personal),
            )
        if not personal:  # it may be erased, and then is another blob when it comes again
            _remember(self._blobs, key, known)
        return known

    def how(self, how: How) -> int:
        """The number of a transformation."""
        known = self._hows.get(how)
        if known is not None:
            return known
        key = digest(*(str(part).encode() for part in how))
        found = self._one("SELECT id FROM how WHERE digest = ?", (key,))
        if found is None:
            found = self._insert(
                "INSERT INTO how (digest, type, subtype, masking, description)"
                " VALUES (?, ?, ?, ?, ?)",
                (key, *how),
            )
        _remember(self._hows, how, found)
        return found

    def run(self, run_id: str, job: int, instant: int) -> int:
        """The number of a run of ``job``."""
        known = self._runs.get((run_id, job))
        if known is None:
            row = (run_id, job)
            known = self._one("SELECT id FROM run WHERE run_id = ? AND job = ?", row)
        if known is None:
            known = self._insert(
                "INSERT INTO run (run_id, job, state, state_rank, state_instant, started)"
                " VALUES (?, ?, 'OTHER', -1, ?, ?)",
                (run_id, job, instant, instant),
            )
        _remember(self._runs, (run_id, job), known)
        return known

    def claim(self, edges: Iterable[Edge], version: str | None, speaks: bool) -> int:
        """The number of a claim."""
        keys = sorted(
            (self.node(edge.src), self.node(edge.dst), int(edge.kind), self.how(edge.how))
            for edge in edges
        )
        packed = array("q", [number for key in keys for number in key]).tobytes()
        key = digest(packed, (version or "").encode(), b"%d" % speaks)
        found = self._one("SELECT id FROM claim WHERE digest = ?", (key,))
        if found is not None:
            return found
        return self._insert(
            "INSERT INTO claim (digest, version, speaks, edges) VALUES (?, ?, ?, ?)",
            (key, version, speaks, zlib.compress(packed, 6)),
        )

    def profile(self, states: Iterable[tuple[int, str, int]]) -> int:
        """The number of a set of (node, key, blob) that one event states."""
        rows = sorted(set(states))
        key = digest(*(f"{node}|{name}|{blob}".encode() for node, name, blob in rows))
        found = self._one("SELECT id FROM profile WHERE digest = ?", (key,))
        if found is not None:
            return found
        found = self._insert("INSERT INTO profile (digest) VALUES (?)", (key,))
        self._connection.executemany(
            "INSERT OR REPLACE INTO profile_state (node, key, blob, profile) VALUES (?, ?, ?, ?)",
            [(*row, found) for row in rows],
        )
        return found

    def _one(self, statement: str, values: tuple[object, ...]) -> int | None:
        row = self._connection.execute(statement, values).fetchone()
        return None if row is None else int(row[0])

    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        return int(self._connection.execute(statement, values).lastrowid or 0)


def read_claim(row: tuple[bytes, str | None, int]) -> Claim:
    """A claim from its stored (edges, version, speaks)."""
    numbers = array("q")
    numbers.frombytes(zlib.decompress(row[0]))
    fours = iter(numbers)
    edges: frozenset[EdgeKey] = frozenset(zip(fours, fours, fours, fours, strict=True))
    return Claim(edges, row[1], bool(row[2]))


def _remember(cache: dict[Key, int], key: Key, number: int) -> None:
    if len(cache) >= CACHE_SIZE:
        cache.clear()
    cache[key] = number
