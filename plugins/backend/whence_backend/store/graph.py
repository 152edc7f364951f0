"""Keeps the edge table equal to the fold of each job's events.

Must not decide what an edge's life is; see `whence_backend.ingest.fold`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from whence_backend.ingest.fold import (
    DECLARED,
    FAILED,
    SEVERAL,
    Claim,
    Drop,
    Folded,
    Step,
    fold,
)
from whence_backend.ingest.reading import RANKS
from whence_backend.store.intern import read_claim
from whence_backend.times import FOREVER

JOB_EVENT, DATASET_EVENT = 6, 7
TYPES = {rank: name for name, rank in RANKS.items()} | {
    JOB_EVENT: DECLARED,
    DATASET_EVENT: DECLARED,
}
"""The stored number of each event type; it also orders the events of one instant."""

_FAILED_TYPES = tuple(number for number, name in TYPES.items() if name in FAILED)
_NOTHING = Claim(frozenset(), None, False)

Order = tuple[int, int, bytes]


class Arrived(NamedTuple):
    """One event of a job that came in this transaction."""

    order: Order
    run: int
    claim: int | None


@dataclass(slots=True)
class _Settled:
    """What is known of a job's last fold.

    Attributes:
        order: Of its last event or drop.
        settled: See `whence_backend.ingest.fold.Folded`.
        version: Of the code that asserts all open edges.
        open: How many edges are open.
        covered: Claims whose edges are all open, with their version.
        exact: Those of them that claim every open edge.
        holder: See `whence_backend.ingest.fold.Folded`.
    """

    order: Order
    settled: bool
    version: str | None
    open: int
    covered: dict[int, str | None]
    exact: set[int]
    holder: int | None


class Graph:
    """Collects what a transaction brings, and folds the jobs it changes at its end."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._arrived: dict[int, list[Arrived]] = defaultdict(list)
        self._emptied: set[int] = set()

    def add(self, subject: int, arrived: Arrived) -> None:
        """An event of ``subject`` (a job, or the dataset of a dataset event)."""
        self._arrived[subject].append(arrived)

    def emptied(self, table: int) -> None:
        """``table`` was dropped or truncated, at an instant the lifecycle table tells."""
        self._emptied.add(table)

    def settle(self, tx: int) -> None:
        """Bring the edges up to date, known from ``tx`` on."""
        changed = self._writers_of(self._emptied)
        for subject, arrived in self._arrived.items():
            if subject not in changed and not self._is_repeat(subject, sorted(arrived)):
                changed.add(subject)
        for subject in sorted(changed):
            _Refold(self._connection, subject).run(tx)
        self.forget()

    def forget(self) -> None:
        """Drop what was collected: the transaction is over."""
        self._arrived.clear()
        self._emptied.clear()

    def _writers_of(self, tables: set[int]) -> set[int]:
        statement = (
            "SELECT DISTINCT job FROM edge WHERE tt = ? AND dst IN"
            " (SELECT ?2 UNION ALL SELECT id FROM node WHERE parent = ?2)"
        )
        return {
            job
            for table in tables
            for (job,) in self._connection.execute(statement, (FOREVER, table))
        }

    def _is_repeat(self, subject: int, arrived: list[Arrived]) -> bool:
        """True where these events change nothing: the fold's outcome stays as it is."""
        if all(event.claim is None and not _fails(event) for event in arrived):
            return True
        known = self._load(subject)
        if known is None or arrived[0].order <= known.order:
            return False
        if not all(self._changes_nothing(subject, known, event) for event in arrived):
            return False
        self._connection.execute(
            "UPDATE folded SET instant = ?, type = ?, sha = ? WHERE subject = ?",
            (*arrived[-1].order, subject),
        )
        return True

    def _load(self, subject: int) -> _Settled | None:
        row = self._connection.execute(
            "SELECT instant, type, sha, settled, version, open, covered, exact, holder"
            " FROM folded WHERE subject = ?",
            (subject,),
        ).fetchone()
        if row is None:
            return None
        covered = {int(number): version for number, version in json.loads(row[6]).items()}
        return _Settled(
            tuple(row[:3]), bool(row[3]), row[4], row[5], covered, set(json.loads(row[7])), row[8]
        )

    def _changes_nothing(self, subject: int, known: _Settled, event: Arrived) -> bool:
        if _fails(event):
            return known.holder not in (event.run, SEVERAL)
        if event.claim is None:
            return True
        kind = TYPES[event.order[1]]
        if kind == DECLARED:
            return False
        said = self._said(subject, event)
        if not known.open and known.exact.issuperset(said):
            return True  # nothing is open, and nothing was claimed
        if not known.settled or not known.covered.keys() >= set(said):
            return False
        if known.holder is not None and (known.holder != event.run or kind == "COMPLETE"):
            return False
        versions = [known.covered[claim] for claim in said]
        version = next(filter(None, reversed(versions)), None)
        if version not in (None, known.version):
            return False
        return known.version is not None or kind != "COMPLETE" or event.claim in known.exact

    def _said(self, subject: int, event: Arrived) -> list[int]:
        """The claims of the event's run up to the event, in order."""
        rows = self._connection.execute(
            "SELECT claim FROM event"
            " WHERE run = ? AND run <> 0 AND subject = ? AND claim IS NOT NULL"
            " AND (instant, type, sha) <= (?, ?, ?) ORDER BY instant, type, sha",
            (event.run, subject, *event.order),
        )
        return [claim for (claim,) in rows]


def _fails(event: Arrived) -> bool:
    return event.order[1] in _FAILED_TYPES


class _Refold:
    """One job folded again from all its events."""

    def __init__(self, connection: sqlite3.Connection, subject: int) -> None:
        self._connection = connection
        self._subject = subject
        self._rows = connection.execute(
            "SELECT instant, type, sha, run, claim FROM event"
            " WHERE subject = ? AND (claim IS NOT NULL OR type IN (?, ?))",
            (subject, *_FAILED_TYPES),
        ).fetchall()
        numbers = {row[4] for row in self._rows} - {None}
        self._claims = {number: self._claim(number) for number in numbers}
        self._ends = {edge[1] for claim in self._claims.values() for edge in claim.edges}

    def run(self, tx: int) -> None:
        table_of = self._tables()
        steps = [
            Step((instant, kind, sha), TYPES[kind], run, self._claims.get(claim, _NOTHING))
            for instant, kind, sha, run, claim in self._rows
        ]
        drops = self._drops({table_of.get(end, end) for end in self._ends})
        folded = fold(steps, drops, table_of)
        self._reconcile(folded, tx)
        orders = [step.order for step in steps]
        orders += [(drop.instant, -1, b"") for drop in drops]
        if orders:
            self._save(folded, max(orders))

    def _claim(self, number: int) -> Claim:
        statement = "SELECT edges, version, speaks FROM claim WHERE id = ?"
        return read_claim(self._connection.execute(statement, (number,)).fetchone())

    def _tables(self) -> dict[int, int]:
        statement = "SELECT parent FROM node WHERE id = ? AND parent <> 0"
        rows = ((end, self._connection.execute(statement, (end,)).fetchone()) for end in self._ends)
        return {end: row[0] for end, row in rows if row is not None}

    def _drops(self, tables: set[int]) -> list[Drop]:
        statement = (
            "SELECT DISTINCT instant FROM lifecycle WHERE ds = ? AND change IN ('DROP', 'TRUNCATE')"
        )
        return [
            Drop(instant, table)
            for table in sorted(tables)
            for (instant,) in self._connection.execute(statement, (table,))
        ]

    def _reconcile(self, folded: Folded, tx: int) -> None:
        wanted = {(*interval.edge, interval.since, interval.until) for interval in folded.intervals}
        stored = self._stored()
        for row in stored.keys() - wanted:
            self._end(row, stored[row], tx)
        self._connection.executemany(
            "INSERT INTO edge (src, dst, kind, how, vf, vt, job, tf, tt)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*row, self._subject, tx, FOREVER) for row in sorted(wanted - stored.keys())],
        )

    def _stored(self) -> dict[tuple[int, ...], int]:
        statement = (
            "SELECT src, dst, kind, how, vf, vt, tf FROM edge WHERE dst = ? AND job = ? AND tt = ?"
        )
        return {
            row[:6]: row[6]
            for end in self._ends
            for row in self._connection.execute(statement, (end, self._subject, FOREVER))
        }

    def _end(self, row: tuple[int, ...], tf: int, tx: int) -> None:
        where = (
            "src = ? AND dst = ? AND kind = ? AND how = ? AND vf = ? AND vt = ?"
            " AND job = ? AND tf = ?"
        )
        values = (*row, self._subject, tf)
        if tf == tx:  # never seen by anybody
            self._connection.execute(f"DELETE FROM edge WHERE {where}", values)
        else:
            self._connection.execute(f"UPDATE edge SET tt = ? WHERE {where}", (tx, *values))

    def _save(self, folded: Folded, last: Order) -> None:
        covered = {n: c for n, c in self._claims.items() if c.edges <= folded.active}
        exact = [n for n, c in covered.items() if c.edges == folded.active]
        self._connection.execute(
            "INSERT OR REPLACE INTO folded"
            " (subject, instant, type, sha, settled, version, open, covered, exact, holder)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                self._subject,
                *last,
                folded.settled,
                folded.version,
                len(folded.active),
                json.dumps({number: claim.version for number, claim in covered.items()}),
                json.dumps(exact),
                folded.holder,
            ),
        )
