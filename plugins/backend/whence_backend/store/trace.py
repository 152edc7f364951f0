"""The lineage of a node at an instant, as it was known at another, by recursive queries.

Must not draw; the answer is `whence_backend.model.Trace`.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from whence.graph import Edge, Node
from whence_backend.ingest.facts import GAPS, field_names
from whence_backend.ingest.reading import dict_of, list_of, text_of
from whence_backend.ingest.refs import EdgeKind, NodeKind
from whence_backend.model import Trace, TraceQuery
from whence_backend.store.record import Rebuilder
from whence_backend.times import FOREVER

_TABLES = (int(EdgeKind.TABLE), int(EdgeKind.COARSE))
_COLUMNS = (int(EdgeKind.COLUMN), int(EdgeKind.INFLUENCE), int(EdgeKind.COARSE))
_JOBS = (int(EdgeKind.CONSUMED), int(EdgeKind.GENERATED))

Row = tuple[int, int, int, int, int]
"""(src, dst, kind, job, how) of a stored edge; an alias has kind 0 and its name for ``how``."""


@dataclass(frozen=True, slots=True)
class Instants:
    """When the answer is true, and when it was known."""

    as_of: int
    known_at: int

    def holds(self, table: str) -> str:
        """The SQL condition on a bitemporal ``table``."""
        return (
            f"{table}.vt > :as_of AND {table}.vf <= :as_of"
            f" AND {table}.tt > :known_at AND {table}.tf <= :known_at"
        )

    def finest(self, edge: str) -> str:
        """The SQL condition that ``edge`` holds and its job says nothing finer of the pair.

        A run that starts may name its datasets alone; their columns come when it completes.
        """
        return (
            f"{self.holds(edge)} AND ({edge}.kind <> {int(EdgeKind.COARSE)} OR NOT EXISTS"
            f" (SELECT 1 FROM edge f WHERE f.src = {edge}.src AND f.dst = {edge}.dst"
            f" AND f.kind = {int(EdgeKind.TABLE)} AND f.job = {edge}.job AND {self.holds('f')}))"
        )

    @classmethod
    def of(cls, query: TraceQuery) -> Instants:
        """Those of ``query``; now is just before the end of all open intervals."""
        return cls(
            FOREVER - 1 if query.as_of is None else query.as_of,
            FOREVER - 1 if query.known_at is None else query.known_at,
        )


def trace(connection: sqlite3.Connection, root: int, query: TraceQuery) -> Trace:
    """The lineage of the node ``root``."""
    kind = connection.execute("SELECT kind FROM node WHERE id = ?", (root,)).fetchone()[0]
    walk = _Walk(connection, query, Instants.of(query))
    rows: set[Row] = set()
    for up in (True, False):
        if query.direction != ("downstream" if up else "upstream"):
            if kind == NodeKind.COLUMN or query.columns:
                rows |= walk.edges(root, up, _COLUMNS)
            if kind != NodeKind.COLUMN:
                rows |= walk.edges(root, up, _TABLES)
    if kind == NodeKind.JOB:
        rows |= walk.around_job(root)
    if query.jobs:
        rows = walk.with_jobs(rows)
    answer = _Answer(connection, walk.instants)
    own = answer.columns(root) if kind == NodeKind.TABLE and query.columns else []
    gone = answer.gone(root) if kind == NodeKind.COLUMN else None
    return answer.trace(root, rows, own, gone)


class _Walk:
    def __init__(
        self, connection: sqlite3.Connection, query: TraceQuery, instants: Instants
    ) -> None:
        self._connection = connection
        self._query = query
        self.instants = instants
        found = connection.execute("SELECT EXISTS (SELECT 1 FROM alias)")
        self._aliases = bool(found.fetchone()[0])

    def edges(self, root: int, up: bool, kinds: tuple[int, ...]) -> set[Row]:
        """The edges on every way from ``root`` through edges of ``kinds``."""
        reach, limit = self._reach(up, kinds)
        near, far = ("dst", "src") if up else ("src", "dst")
        own = f"e.{near} = r.id AND e.kind IN {kinds}"
        statements = [self._found(f"JOIN edge e ON {own}", limit)]
        if kinds == _COLUMNS:
            statements.append(
                self._found(
                    f"JOIN node n ON n.id = r.id AND n.parent <> 0"
                    f" JOIN edge e ON e.{near} = n.parent AND {_by_table('e', up)}",
                    limit,
                )
            )
        rows = set(self._run(f"{reach} " + " UNION ".join(statements), root))
        if self._aliases:
            rows |= self._alias_rows(reach, near, far, root)
        return rows

    def around_job(self, job: int) -> set[Row]:
        """What the job itself reads and writes."""
        condition = f"kind IN {_JOBS} AND {self.instants.holds('edge')}"
        rows = set()
        if self._query.direction != "downstream":
            rows |= set(self._run(_SELECT + f" FROM edge WHERE dst = :root AND {condition}", job))
        if self._query.direction != "upstream":
            rows |= set(self._run(_SELECT + f" FROM edge WHERE src = :root AND {condition}", job))
        return rows

    def with_jobs(self, rows: set[Row]) -> set[Row]:
        """``rows`` with each edge between tables led through its job."""
        led: set[Row] = set()
        jobs = {number for (number,) in self._run("SELECT id FROM node WHERE kind = 3", 0)}
        for src, dst, kind, job, how in rows:
            if kind in _TABLES and job in jobs and job not in (src, dst):
                led.add((src, job, int(EdgeKind.CONSUMED), job, how))
                led.add((job, dst, int(EdgeKind.GENERATED), job, how))
            else:
                led.add((src, dst, kind, job, how))
        return led

    def _reach(self, up: bool, kinds: tuple[int, ...]) -> tuple[str, str]:
        """The recursive query of all nodes on the way, and the condition that ends it.

        Without a depth a node is visited once; with one, once at each distance.
        """
        near, far = ("dst", "src") if up else ("src", "dst")
        deep = self._query.depth is not None
        step, same = (", r.d + 1", ", r.d") if deep else ("", "")
        limit = "AND r.d < :depth" if deep else ""
        holds = f"{self.instants.finest('e')} {self._values('e')}"
        terms = [
            f"SELECT e.{far}{step} FROM reach r"
            f" JOIN edge e ON e.{near} = r.id AND e.kind IN {kinds} AND {holds} {limit}"
        ]
        if kinds == _COLUMNS:
            terms += [
                f"SELECT e.{far}{step} FROM reach r"
                " JOIN node n ON n.id = r.id AND n.parent <> 0"
                f" JOIN edge e ON e.{near} = n.parent AND {_by_table('e', up)} AND {holds} {limit}",
                # A table reached as a whole is reached in each of its columns.
                f"SELECT c.id{same} FROM reach r JOIN node c ON c.parent = r.id",
            ]
        if self._aliases:
            terms += self._alias_terms(near, far, same)
        columns, start = ("id, d", ":root, 0") if deep else ("id", ":root")
        return f"WITH RECURSIVE reach({columns}) AS (SELECT {start} UNION " + " UNION ".join(
            terms
        ) + ")", limit

    def _alias_terms(self, near: str, far: str, same: str) -> list[str]:
        holds = self.instants.holds("a")
        return [
            f"SELECT a.{far}{same} FROM reach r JOIN alias a ON a.{near} = r.id AND {holds}",
            f"SELECT d.id{same} FROM reach r JOIN node c ON c.id = r.id AND c.parent <> 0"
            f" JOIN alias a ON a.{near} = c.parent AND {holds}"
            f" JOIN node d ON d.parent = a.{far} AND d.kind = 2 AND d.ns = '' AND d.name = c.name",
        ]

    def _alias_rows(self, reach: str, near: str, far: str, root: int) -> set[Row]:
        holds = self.instants.holds("a")
        return set(
            self._run(
                f"{reach} SELECT a.src, a.dst, 0, 0, a.kind FROM reach r"
                f" JOIN alias a ON a.{near} = r.id AND {holds}"
                " UNION SELECT s.id, t.id, 0, 0, a.kind FROM reach r"
                " JOIN node c ON c.id = r.id AND c.parent <> 0"
                f" JOIN alias a ON a.{near} = c.parent AND {holds}"
                " JOIN node s ON s.parent = a.src AND s.kind = 2 AND s.ns = '' AND s.name = c.name"
                " JOIN node t ON t.parent = a.dst AND t.kind = 2 AND t.ns = '' AND t.name = c.name",
                root,
            )
        )

    def _found(self, join: str, limit: str) -> str:
        holds = f"{self.instants.finest('e')} {self._values('e')}"
        return f"{_SELECT_E} FROM reach r {join} AND {holds} {limit}"

    def _values(self, table: str) -> str:
        if not self._query.direct:
            return ""
        return f"AND {table}.how IN (SELECT id FROM how WHERE type = 'DIRECT')"

    def _run(self, statement: str, root: int) -> Iterable[Any]:
        values = {
            "root": root,
            "as_of": self.instants.as_of,
            "known_at": self.instants.known_at,
            "depth": self._query.depth,
        }
        return self._connection.execute(statement, values)


_SELECT = "SELECT src, dst, kind, job, how"
_SELECT_E = "SELECT e.src, e.dst, e.kind, e.job, e.how"


def _by_table(edge: str, up: bool) -> str:
    """Which edges at a column's table also concern the column."""
    kinds = (EdgeKind.INFLUENCE, EdgeKind.COARSE) if up else (EdgeKind.COLUMN, EdgeKind.COARSE)
    return f"{edge}.kind IN {tuple(int(kind) for kind in kinds)}"


class _Answer:
    """Turns numbers into names."""

    def __init__(self, connection: sqlite3.Connection, instants: Instants) -> None:
        self._connection = connection
        self._instants = instants

    def columns(self, table: int) -> list[int]:
        """The columns of the schema that ``table`` had, in its order."""
        names, _ = self._schema(table)
        known = dict(
            self._connection.execute("SELECT name, id FROM node WHERE parent = ?", (table,))
        )
        return [known[name] for name in names if name in known]

    def gone(self, column: int) -> int | None:
        """Since when the table's schema is without ``column``; None where it has it, or none."""
        table, name = self._connection.execute(
            "SELECT parent, name FROM node WHERE id = ?", (column,)
        ).fetchone()
        names, since = self._schema(table)
        known = {each.lower() for each in names}
        own = name.lower()
        nested = any(own.startswith(f"{each}.") for each in known)
        return since if known and own not in known and not nested else None

    def _schema(self, table: int) -> tuple[list[str], int]:
        """The columns of the schema that ``table`` had, and since when; none where unknown."""
        row = self._connection.execute(
            "SELECT blob, vf FROM node_state WHERE node = :table AND key = 'schema' AND blob <> 0"
            f" AND {self._instants.holds('node_state')}",
            self._values(table=table),
        ).fetchone()
        if row is None:
            return [], 0
        facet = dict_of(json.loads(Rebuilder(self._connection).blob(row[0])))
        return list(field_names(facet)), row[1]

    def trace(self, root: int, rows: set[Row], own: list[int], gone: int | None) -> Trace:
        """The answer of ``rows``, with the columns ``own`` of the root, or its end."""
        ends = {root} | {end for row in rows for end in row[:2]}
        named = self._named(ends | set(own))
        jobs = dict(self._jobs({row[3] for row in rows}))
        hows = self._hows({row[4] for row in rows})
        edges = {
            Edge(
                named[src].id,
                named[dst].id,
                *_kind_of(kind, hows[how]),
                jobs.get(job),
                *hows[how][2:],
            )
            for src, dst, kind, job, how in rows
        }
        return Trace(
            root=named[root],
            nodes=tuple(sorted(named.values(), key=_by_name)),
            edges=tuple(sorted(edges, key=_by_ends)),
            gaps=tuple(self._gaps(set(jobs), ends)),
            columns=tuple(named[column] for column in own),
            gone_since=gone,
        )

    def _named(self, numbers: set[int]) -> dict[int, Node]:
        rows = self._connection.execute(f"{_NODES} WHERE n.id IN {_GIVEN}", _given(numbers))
        return {row[0]: _node(*row[1:]) for row in rows}

    def _jobs(self, numbers: set[int]) -> Iterable[tuple[int, str]]:
        statement = f"SELECT id, name FROM node WHERE kind = 3 AND id IN {_GIVEN}"
        return self._connection.execute(statement, _given(numbers))

    def _hows(self, hows: set[int | str]) -> dict[int | str, _How]:
        """What each edge says; an alias says its own name."""
        rows = self._connection.execute(
            f"SELECT id, type, subtype, masking, description FROM how WHERE id IN {_GIVEN}",
            _given(how for how in hows if isinstance(how, int)),
        )
        found: dict[int | str, _How] = {
            row[0]: (row[1], row[2] or None, bool(row[3]), row[4]) for row in rows
        }
        return found | {how: ("DIRECT", how, False, "") for how in hows if isinstance(how, str)}

    def _gaps(self, jobs: set[int], ends: set[int]) -> list[dict[str, str]]:
        """The gaps of the last finished run of each job on the way, and of each table's writers."""
        blobs = Rebuilder(self._connection)
        found = set()
        rows = self._connection.execute(
            "SELECT n.name, s.blob FROM node_state s JOIN node n ON n.id = s.node"
            f" WHERE s.key = :key AND s.blob <> 0 AND s.node IN {_GIVEN}"
            f" AND {self._instants.holds('s')}",
            self._values(**_given(jobs | self._writers(ends)), key=GAPS),
        )
        for job, blob in rows:
            facet = dict_of(json.loads(blobs.blob(blob)))
            found |= {(job, *gap) for gap in _gaps_in(facet)}
        keys = ("job", "code", "reason", "where")
        return [dict(zip(keys, gap, strict=True)) for gap in sorted(found)]

    def _writers(self, ends: set[int]) -> set[int]:
        statement = (
            "SELECT DISTINCT src FROM edge WHERE kind = 6 AND dst IN"
            f" (SELECT iif(parent = 0, id, parent) FROM node WHERE id IN {_GIVEN})"
            f" AND {self._instants.holds('edge')}"
        )
        rows = self._connection.execute(statement, self._values(**_given(ends)))
        return {job for (job,) in rows}

    def _values(self, **values: object) -> dict[str, object]:
        return values | {"as_of": self._instants.as_of, "known_at": self._instants.known_at}


_How = tuple[str, str | None, bool, str]
"""(type, subtype, masking, description)."""

_GIVEN = "(SELECT value FROM json_each(:given))"
_NODES = (
    "SELECT n.id, n.kind, n.ns, n.name, p.ns, p.name FROM node n"
    " LEFT JOIN node p ON p.id = n.parent"
)


def _given(numbers: Iterable[int]) -> dict[str, str]:
    """The value of ``_GIVEN``: as many numbers as there are, in one statement."""
    return {"given": json.dumps(sorted(numbers))}


def node_of(connection: sqlite3.Connection, number: int) -> Node:
    """The node with this number."""
    row = connection.execute(f"{_NODES} WHERE n.id = ?", (number,)).fetchone()
    return _node(*row[1:])


def _node(kind: int, ns: str, name: str, table_ns: str, table: str) -> Node:
    word = NodeKind(kind).name.lower()
    if kind == NodeKind.COLUMN:
        return Node(_id(word, table_ns, table, name), word, table_ns, table, name)
    return Node(_id(word, ns, name), word, ns, name)


def _id(kind: str, *names: str) -> str:
    hashed = hashlib.blake2b("\0".join(names).encode(), digest_size=8).hexdigest()
    return f"{kind}-{hashed}"


def _by_name(node: Node) -> tuple[str, ...]:
    return node.namespace, node.name, node.kind, node.column or ""


def _by_ends(edge: Edge) -> tuple[str, ...]:
    how = f"{edge.masking:d}{edge.description}"
    return edge.source, edge.target, edge.type, edge.subtype or "", edge.job or "", how


def _kind_of(kind: int, how: _How) -> tuple[str, str | None]:
    """The edge's type and subtype; between tables the type alone."""
    return how[0], None if kind in _TABLES else how[1]


def _gaps_in(facet: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (text_of(gap.get("code")), text_of(gap.get("reason")), text_of(gap.get("where")))
        for gap in map(dict_of, list_of(facet.get("gaps")))
    }
