"""Runs, events and the making of a column, read from the store.

Must not traverse; see `whence_backend.store.trace`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator

from whence.errors import BadInput
from whence.graph import Edge, Node
from whence_backend.ingest.reading import RANKS, dict_of, text_of
from whence_backend.ingest.refs import NodeKind
from whence_backend.model import EventFilter, Run, RunFilter, Step, StoredEvent, TraceQuery
from whence_backend.store.graph import DATASET_EVENT, JOB_EVENT
from whence_backend.store.record import Rebuilder
from whence_backend.store.trace import Instants, node_of, trace

_NAMES = {rank: name for name, rank in RANKS.items()} | {
    JOB_EVENT: "JOB",
    DATASET_EVENT: "DATASET",
}
_PAGE = 500


def runs(connection: sqlite3.Connection, wanted: RunFilter) -> tuple[Run, ...]:
    """Runs, the newest first."""
    rows = connection.execute(
        "SELECT r.run_id, n.ns, n.name, r.state, r.started, r.ended, r.parent,"
        f" iif(r.state IN ('FAIL', 'ABORT'), r.error, NULL), {_CHILDREN}"
        " FROM run r JOIN node n ON n.id = r.job"
        f" WHERE (:job IS NULL OR {_ends('n.name', ':job')})"
        " AND (:state IS NULL OR r.state = :state)"
        f" AND (:parent IS NULL OR r.parent = {_PARENT})"
        " AND (NOT :top OR NOT EXISTS (SELECT 1 FROM run p"
        " WHERE p.run_id = r.parent AND p.run_id <> r.run_id))"
        " ORDER BY r.started DESC, r.id DESC LIMIT :limit",
        {
            "job": wanted.job,
            "state": None if wanted.state is None else _known_type(wanted.state),
            "limit": -1 if wanted.limit is None else wanted.limit,
            "parent": wanted.parent,
            "top": wanted.top,
        },
    )
    return tuple(Run(*(*row[:8], json.loads(row[8]))) for row in rows)


def _ends(name: str, end: str) -> str:
    """The SQL condition that ``name`` is ``end``, or has it from a dot on; as text, no pattern."""
    return f"({name} = {end} OR substr({name}, -length({end}) - 1) = '.' || {end})"


_CHILDREN = (
    "(SELECT json_group_object(c.state, c.n) FROM (SELECT state, count(*) AS n FROM run"
    " WHERE parent = r.run_id AND run_id <> r.run_id GROUP BY state ORDER BY state) c)"
)
_PARENT = (
    "(SELECT p.run_id FROM run p JOIN node j ON j.id = p.job"
    f" WHERE p.run_id = :parent OR {_ends('j.name', ':parent')}"
    " ORDER BY p.run_id = :parent DESC, p.started DESC, p.id DESC LIMIT 1)"
)


def events(connection: sqlite3.Connection, wanted: EventFilter) -> Iterator[StoredEvent]:
    """Events in the order stored; ``limit`` keeps the last ones."""
    rebuilder = Rebuilder(connection)
    after = _first_of_last(connection, wanted)
    while True:
        rows = connection.execute(f"{_EVENTS} ORDER BY e.seq LIMIT {_PAGE}", _values(wanted, after))
        page = rows.fetchall()
        for seq, instant, kind, subject, run_id, template, refs, inline in page:
            body = rebuilder.event(template, refs, inline)
            yield StoredEvent(instant, _NAMES[kind], subject, run_id, body)
            after = seq
        if len(page) < _PAGE:
            return


_CONDITIONS = (
    " FROM event e JOIN node n ON n.id = e.subject LEFT JOIN run r ON r.id = e.run"
    f" WHERE e.seq > :after AND (:job IS NULL OR {_ends('n.name', ':job')})"
    " AND (:type IS NULL OR e.type = :type) AND (:since IS NULL OR e.instant >= :since)"
)
_EVENTS = (
    "SELECT e.seq, e.instant, e.type, n.name, r.run_id, e.template, e.refs, e.inline" + _CONDITIONS
)


def _first_of_last(connection: sqlite3.Connection, wanted: EventFilter) -> int:
    if wanted.limit is None:
        return 0
    rows = connection.execute(
        f"SELECT e.seq {_CONDITIONS} ORDER BY e.seq DESC LIMIT 1 OFFSET :limit",
        _values(wanted, 0) | {"limit": wanted.limit},
    )
    row = rows.fetchone()
    return 0 if row is None else int(row[0])


def _values(wanted: EventFilter, after: int) -> dict[str, object]:
    numbers = {name: rank for rank, name in _NAMES.items()}
    kind = None if wanted.type is None else numbers[_known_type(wanted.type)]
    return {"job": wanted.job, "type": kind, "since": wanted.since, "after": after}


def _known_type(text: str) -> str:
    if text.upper() not in _NAMES.values():
        raise BadInput(f"{text!r} is none of {', '.join(sorted(_NAMES.values()))}")
    return text.upper()


def explain(connection: sqlite3.Connection, root: int, query: TraceQuery) -> tuple[Step, ...]:
    """How a column is made: a step for each column on the way and each job that makes it.

    The column itself comes first, then what it is made of, the nearest first.
    """
    kind = connection.execute("SELECT kind FROM node WHERE id = ?", (root,)).fetchone()[0]
    if kind != NodeKind.COLUMN:
        raise BadInput(f"{node_of(connection, root).label()!r} is no column; give TABLE.COLUMN")
    answer = trace(connection, root, query)
    nodes = {node.id: node for node in answer.nodes}
    made: dict[str, list[Edge]] = defaultdict(list)
    for edge in answer.edges:
        made[edge.target].append(edge)
    steps: list[Step] = []
    waiting, seen = [answer.root.id], {answer.root.id}
    while waiting:
        node = nodes[waiting.pop(0)]
        edges = made[node.id] + _on_the_table(nodes, made, node)
        for job in sorted({edge.job for edge in edges}, key=lambda name: name or ""):
            inputs = tuple((nodes[edge.source], edge) for edge in edges if edge.job == job)
            steps.append(Step(node, job, inputs, _sql(connection, job, node, query)))
        for edge in edges:
            if edge.source not in seen:
                seen.add(edge.source)
                waiting.append(edge.source)
    return tuple(steps)


def _on_the_table(nodes: dict[str, Node], made: dict[str, list[Edge]], node: Node) -> list[Edge]:
    """What bears on every row of a column's table."""
    tables = [
        other.id
        for other in nodes.values()
        if other.kind == "table"
        and node.column is not None
        and (other.namespace, other.name) == (node.namespace, node.name)
    ]
    return [edge for table in tables for edge in made[table]]


def _sql(
    connection: sqlite3.Connection, job: str | None, node: Node, query: TraceQuery
) -> str | None:
    """The SQL of the job of that name that writes the table of ``node``."""
    instants = Instants.of(query)
    row = connection.execute(
        "SELECT s.blob FROM node n JOIN node_state s ON s.node = n.id AND s.key = 'sql'"
        f" WHERE n.kind = 3 AND n.parent = 0 AND n.name = :job AND {instants.holds('s')}"
        " AND EXISTS (SELECT 1 FROM node t LEFT JOIN node c ON c.parent = t.id"
        " JOIN edge e ON e.dst IN (t.id, c.id) WHERE t.kind = 1 AND t.parent = 0"
        f" AND t.ns = :ns AND t.name = :name AND e.job = n.id AND {instants.holds('e')})"
        " ORDER BY s.vf DESC LIMIT 1",
        {
            "job": job,
            "ns": node.namespace,
            "name": node.name,
            "as_of": instants.as_of,
            "known_at": instants.known_at,
        },
    ).fetchone()
    if row is None or not row[0]:
        return None
    return text_of(dict_of(json.loads(Rebuilder(connection).blob(row[0]))).get("query")) or None
