"""Writes events, and all rows that follow from one event alone, inside one transaction.

Must not commit; what follows from many events is folded by `graph` and `states`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Iterator
from typing import NamedTuple

from whence_backend.ingest import facts
from whence_backend.ingest.lineage import derive
from whence_backend.ingest.reading import RANKS, Event, Mention, canonical, dict_of, read_event
from whence_backend.ingest.refs import Ref
from whence_backend.store.graph import DATASET_EVENT, JOB_EVENT, Arrived, Graph
from whence_backend.store.intern import CACHE_SIZE, Interner
from whence_backend.store.record import Cut, Rebuilder, cut
from whence_backend.store.states import States
from whence_backend.times import FOREVER

TERMINAL = frozenset({"COMPLETE", "FAIL", "ABORT"})
_STATE_RANKS = {"OTHER": 0, "START": 1, "RUNNING": 1, "COMPLETE": 2, "FAIL": 2, "ABORT": 2}


_ORDER = struct.Struct(">QB32s")
_TYPE = " ".join(f"WHEN '{name}' THEN {number}" for name, number in RANKS.items())
_STATE = f"state_rank, state_instant, CASE state {_TYPE} END"


class _Row(NamedTuple):
    """The numbers of one event's row.

    Attributes:
        told: (instant, type, digest) as bytes that sort so: of two events that say different
            things, the greater counts, whichever arrived first.
    """

    told: bytes
    seq: int
    type: int
    run: int
    subject: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class _Digests(NamedTuple):
    """SHA-256 of an event's canonical bytes, and of the received ones where they differ."""

    canonical: bytes
    received: bytes | None


class Writer:
    """Turns lines into rows; `settle` ends a transaction's work."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._intern = Interner(connection)
        self._graph = Graph(connection)
        self._states = States(connection, self._intern)
        self._claims: dict[object, int | None] = {}
        self._profiles: dict[object, int | None] = {}

    def add(self, line: bytes, tx: int) -> bool:
        """Store the event in ``line``; False where it is stored already, however formatted.

        Raises:
            BadInput: It is no event; nothing was written.
        """
        received = hashlib.sha256(line).digest()
        if self._is_known(received):
            return False
        event = read_event(line)
        sha = hashlib.sha256(canonical(event)).digest()
        if sha != received and self._is_known(sha):
            return False
        self._add(event, _Digests(sha, None if received == sha else received), tx)
        return True

    def _is_known(self, digest: bytes) -> bool:
        """True where an event has that digest, of its canonical or its received bytes."""
        statement = (
            "SELECT 1 FROM event WHERE sha = ?1"
            " UNION ALL SELECT 1 FROM event WHERE received = ?1 LIMIT 1"
        )
        return self._connection.execute(statement, (digest,)).fetchone() is not None

    def settle(self, tx: int) -> None:
        """Fold what the transaction brought."""
        self._states.settle(tx)
        self._graph.settle(tx)

    def forget(self) -> None:
        """The transaction was rolled back."""
        self._intern.forget()
        self._graph.forget()
        self._states.forget()
        self._claims.clear()
        self._profiles.clear()

    def _add(self, event: Event, digests: _Digests, tx: int) -> None:
        parts = cut(event, self._intern)
        inputs = tuple(self._intern.node(Ref.of(each.dataset)) for each in event.inputs)
        outputs = tuple(self._intern.node(Ref.of(each.dataset)) for each in event.outputs)
        subject = self._intern.node(Ref.job(*event.job)) if event.job else outputs[0]
        run = self._intern.run(event.run_id, subject, event.instant) if event.run_id else 0
        number = {"job": JOB_EVENT, "dataset": DATASET_EVENT}.get(event.kind)
        kind = RANKS[event.type] if number is None else number
        silent = event.type in ("FAIL", "ABORT")
        told = _ORDER.pack(event.instant + FOREVER, kind, digests.canonical)
        row = _Row(told, 0, kind, run, subject, inputs, outputs)
        claim = None if silent else self._claim(event, parts, row)
        profile = None if silent else self._profile(event, parts, row)
        seq = self._connection.execute(
            "INSERT INTO event (sha, received, instant, tx, type, run, subject, template, refs,"
            " inline, claim, profile) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*digests, event.instant, tx, kind, run, subject, parts.template, parts.refs,
             parts.inline, claim, profile),
        ).lastrowid  # fmt: skip
        row = row._replace(seq=int(seq or 0))
        self._graph.add(subject, Arrived((event.instant, kind, digests.canonical), run, claim))
        if profile is not None:
            self._states.add(profile, event.instant)
        self._datasets(event, parts, row, tx)
        if run:
            self._run(event, row)

    def _claim(self, event: Event, parts: Cut, row: _Row) -> int | None:
        telling = facts.LINEAGE | facts.CODE
        lineage = tuple(item for item in parts.blobs.items() if item[0][2] in telling)
        completes = event.type == "COMPLETE"
        key = (row.subject, row.inputs, row.outputs, event.kind, completes, lineage)
        if key not in self._claims:
            claimed = derive(event)
            version = facts.code_version(event)
            number = None
            # A run may complete by an event that says nothing else.
            if claimed.speaks or version is not None or completes:
                number = self._intern.claim(claimed.edges, version, claimed.speaks)
            if len(self._claims) >= CACHE_SIZE // 10:
                self._claims.clear()
            self._claims[key] = number
        return self._claims[key]

    def _profile(self, event: Event, parts: Cut, row: _Row) -> int | None:
        states = tuple(self._stated(event, parts, row))
        if states not in self._profiles:
            if len(self._profiles) >= CACHE_SIZE // 10:
                self._profiles.clear()
            self._profiles[states] = self._intern.profile(states) if states else None
            self._columns(states)
        return self._profiles[states]

    def _stated(self, event: Event, parts: Cut, row: _Row) -> Iterator[tuple[int, str, int]]:
        """(node, key, blob) of each state; blob 0 where a facet was taken back."""
        # What a run is going to write is not true yet when it starts.
        written = () if event.type == "START" else row.outputs
        nodes = {"inputs": row.inputs, "outputs": written, "dataset": row.outputs}
        for (owner, index, key), blob in parts.blobs.items():
            if owner == "job" and key in facts.JOB_STATES:
                node, facet = row.subject, event.job_facets.get(key)
            elif key in facts.DATASET_STATES and index < len(nodes.get(owner, ())):
                mentions = event.inputs if owner == "inputs" else event.outputs
                node, facet = nodes[owner][index], mentions[index].facets.get(key)
            else:
                continue
            if facet is not None:
                yield node, key, 0 if facet.get("_deleted") is True else blob
        if event.type == "COMPLETE":
            yield row.subject, facts.GAPS, parts.blobs.get(("run", 0, facts.GAPS), 0)

    def _columns(self, states: tuple[tuple[int, str, int], ...]) -> None:
        """Number the columns of every schema, so that they can be asked for by name."""
        blobs = Rebuilder(self._connection)
        for node, key, blob in states:
            if key != "schema" or not blob:
                continue
            statement = "SELECT ns, name FROM node WHERE id = ?"
            table = Ref.table_named(*self._connection.execute(statement, (node,)).fetchone())
            for field in facts.field_names(dict_of(json.loads(blobs.blob(blob)))):
                self._intern.node(table.column(field))

    def _datasets(self, event: Event, parts: Cut, row: _Row, tx: int) -> None:
        for mention, node in zip(event.outputs, row.outputs, strict=True):
            self._lifecycle(mention, node, event, row, tx)
            if event.type == "COMPLETE":
                self._version(mention, node, event, parts, row)
        both = zip((*event.inputs, *event.outputs), (*row.inputs, *row.outputs), strict=True)
        for mention, node in both:
            self._checks(mention, node, event, row)

    def _lifecycle(self, mention: Mention, node: int, event: Event, row: _Row, tx: int) -> None:
        change = facts.lifecycle(mention)
        if change is None or event.type in ("START", "FAIL", "ABORT"):
            return
        self._connection.execute(
            "INSERT OR IGNORE INTO lifecycle (ds, instant, change, seq) VALUES (?, ?, ?, ?)",
            (node, event.instant, change.change, row.seq),
        )
        if change.change in facts.EMPTYING:
            self._graph.emptied(node)
        if change.change == "RENAME" and change.previous is not None:
            before = self._intern.node(Ref.table_named(*change.previous))
            self._connection.execute(
                "INSERT OR IGNORE INTO alias (src, dst, kind, subject, vf, vt, tf, tt)"
                " VALUES (?, ?, 'RENAME', ?, ?, ?, ?, ?)",
                (before, node, row.seq, event.instant, FOREVER, tx, FOREVER),
            )

    def _version(self, mention: Mention, node: int, event: Event, parts: Cut, row: _Row) -> None:
        size = facts.sizes(mention)
        schema = parts.blobs.get(("outputs", row.outputs.index(node), "schema"))
        self._connection.execute(
            "INSERT INTO dataset_version (ds, run, instant, schema, rows, bytes, external, told)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (ds, run) DO UPDATE SET"
            " instant = excluded.instant, schema = excluded.schema, rows = excluded.rows,"
            " bytes = excluded.bytes, external = excluded.external, told = excluded.told"
            " WHERE (excluded.instant, excluded.told) >= (instant, coalesce(told, x''))",
            (node, row.run, event.instant, schema, *size, row.told),
        )

    def _checks(self, mention: Mention, node: int, event: Event, row: _Row) -> None:
        for check in facts.checks(mention):
            self._connection.execute(
                "INSERT OR REPLACE INTO check_result"
                " (ds, field, name, run, instant, ok, severity, value, threshold)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (node, check.field, check.name, row.run, event.instant, *check[2:]),
            )

    def _run(self, event: Event, row: _Row) -> None:
        self._connection.execute(
            "INSERT OR IGNORE INTO run_state (run, instant, type, seq) VALUES (?, ?, ?, ?)",
            (row.run, event.instant, row.type, row.seq),
        )
        rank = _STATE_RANKS[event.type]
        ended = event.instant if event.type in TERMINAL else None
        self._connection.execute(
            "UPDATE run SET started = min(started, ?1),"
            " ended = coalesce(max(ended, ?2), ended, ?2),"
            f" state = iif((?3, ?1, ?4) >= ({_STATE}), ?5, state),"
            f" state_instant = iif((?3, ?1, ?4) >= ({_STATE}), ?1, state_instant),"
            " state_rank = max(state_rank, ?3) WHERE id = ?6",
            (event.instant, ended, rank, row.type, event.type, row.run),
        )
        for column, said in (
            ("parent", facts.parent_run(event.run_facets)),
            ("error", facts.error_message(event.run_facets)),
        ):
            if said is not None:
                self._connection.execute(
                    f"UPDATE run SET {column} = ?1, {column}_told = ?2"
                    f" WHERE id = ?3 AND coalesce({column}_told, x'') <= ?2",
                    (said, row.told, row.run),
                )
        self._inputs_and_outputs(event, row)

    def _inputs_and_outputs(self, event: Event, row: _Row) -> None:
        for output, mentions, nodes in (
            (0, event.inputs, row.inputs),
            (1, event.outputs, row.outputs),
        ):
            self._connection.executemany(
                "INSERT INTO run_io (run, output, ds, version, told) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET version = excluded.version, told = excluded.told"
                " WHERE excluded.version IS NOT NULL"
                " AND (version IS NULL OR excluded.told >= coalesce(told, x''))",
                [
                    (row.run, output, node, facts.external_version(mention), row.told)
                    for mention, node in zip(mentions, nodes, strict=True)
                ],
            )
