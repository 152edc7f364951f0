"""Keeps what nodes were like over time (schema, tags, owners ...) equal to what events stated.

Must not read a facet, but for the other names in a ``symlinks`` facet.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from whence_backend.ingest.facts import symlinks
from whence_backend.ingest.reading import dict_of
from whence_backend.ingest.refs import Ref
from whence_backend.store.intern import Interner
from whence_backend.store.record import Rebuilder
from whence_backend.times import FOREVER

Slot = tuple[int, str]
"""(node, key): what has one value at a time."""


class States:
    """Collects the profiles a transaction brings, and refolds what they change at its end."""

    def __init__(self, connection: sqlite3.Connection, intern: Interner) -> None:
        self._connection = connection
        self._intern = intern
        self._stated: dict[int, set[int]] = {}

    def add(self, profile: int, instant: int) -> None:
        """Some event stated ``profile`` at ``instant``."""
        self._stated.setdefault(profile, set()).add(instant)

    def settle(self, tx: int) -> None:
        """Bring the states up to date, known from ``tx`` on."""
        changed: set[Slot] = set()
        for profile, instants in self._stated.items():
            statement = "SELECT node, key, blob FROM profile_state WHERE profile = ?"
            for node, key, blob in self._connection.execute(statement, (profile,)):
                if not self._holds((node, key), blob, instants):
                    changed.add((node, key))
        for slot in sorted(changed):
            self._refold(slot, tx)
        self.forget()

    def forget(self) -> None:
        """Drop what was collected: the transaction is over."""
        self._stated.clear()

    def _holds(self, slot: Slot, blob: int, instants: set[int]) -> bool:
        """True where the slot is known to have that value at all of ``instants``."""
        row = self._connection.execute(
            "SELECT blob, vf FROM node_state WHERE node = ? AND key = ? AND vt = ? AND tt = ?",
            (*slot, FOREVER, FOREVER),
        ).fetchone()
        return row is not None and row[0] == blob and row[1] <= min(instants)

    def _refold(self, slot: Slot, tx: int) -> None:
        rows = self._connection.execute(
            "SELECT e.instant, s.blob FROM profile_state s JOIN event e ON e.profile = s.profile"
            " WHERE s.node = ? AND s.key = ? ORDER BY e.instant, e.type, e.sha",
            slot,
        )
        wanted = set(_intervals(rows))
        stored = {
            tuple(row[:3]): row[3]
            for row in self._connection.execute(
                "SELECT blob, vf, vt, tf FROM node_state WHERE node = ? AND key = ? AND tt = ?",
                (*slot, FOREVER),
            )
        }
        for blob, since, until in stored.keys() - wanted:
            self._end(slot, (since, until, stored[blob, since, until]), tx)
        self._connection.executemany(
            "INSERT INTO node_state (node, key, blob, vf, vt, tf, tt) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(*slot, *row, tx, FOREVER) for row in sorted(wanted - stored.keys())],
        )
        if slot[1] == "symlinks":
            self._rename(slot[0], wanted, tx)

    def _end(self, slot: Slot, row: tuple[int, int, int], tx: int) -> None:
        where = "node = ? AND key = ? AND vf = ? AND vt = ? AND tf = ?"
        if row[2] == tx:
            self._connection.execute(f"DELETE FROM node_state WHERE {where}", (*slot, *row))
        else:
            statement = f"UPDATE node_state SET tt = ? WHERE {where}"
            self._connection.execute(statement, (tx, *slot, *row))

    def _rename(self, node: int, intervals: Iterable[tuple[int, int, int]], tx: int) -> None:
        """Replace the aliases of ``node``; a symlink leads both ways."""
        blobs = Rebuilder(self._connection)
        wanted: set[tuple[int, int, int, int]] = set()
        for blob, since, until in intervals:
            facet = dict_of(json.loads(blobs.blob(blob))) if blob else {}
            for namespace, name in symlinks(facet):
                other = self._intern.node(Ref.table_named(namespace, name))
                if other != node:
                    wanted |= {(other, node, since, until), (node, other, since, until)}
        self._connection.execute(
            "DELETE FROM alias WHERE subject = ? AND kind = 'SYMLINK' AND tf = ?", (node, tx)
        )
        stored = set(
            self._connection.execute(
                "SELECT src, dst, vf, vt FROM alias"
                " WHERE subject = ? AND kind = 'SYMLINK' AND tt = ?",
                (node, FOREVER),
            )
        )
        self._connection.executemany(
            "UPDATE alias SET tt = ? WHERE src = ? AND dst = ? AND vf = ? AND vt = ?"
            " AND subject = ? AND kind = 'SYMLINK' AND tt = ?",
            [(tx, *row, node, FOREVER) for row in stored - wanted],
        )
        self._connection.executemany(
            "INSERT INTO alias (src, dst, vf, vt, kind, subject, tf, tt)"
            " VALUES (?, ?, ?, ?, 'SYMLINK', ?, ?, ?)",
            [(*row, node, tx, FOREVER) for row in sorted(wanted - stored)],
        )


def _intervals(rows: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(blob, since, until) of each value in ``rows`` of (instant, blob), the last at an instant."""
    changes: list[tuple[int, int]] = []
    for instant, blob in rows:
        if changes and changes[-1][0] == instant:
            changes.pop()
        if not changes or changes[-1][1] != blob:
            changes.append((instant, blob))
    ends = [instant for instant, _ in changes[1:]] + [FOREVER]
    return [(blob, since, until) for (since, blob), until in zip(changes, ends, strict=True)]
