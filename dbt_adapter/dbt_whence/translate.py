"""Turns the captures of one dbt invocation into OpenLineage events, in order.

Must not ask for time, ids or the database; the one thing it runs is ``git``, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dbt_whence import git, outcome
from dbt_whence.events import EventBuilder
from dbt_whence.extractors import NodeCapture, Scope, extract, hooks, tables
from dbt_whence.facts import FinishedFacts, InvocationFacts, NodeFacts, from_payload
from whence.captures import END, GONE, Capture
from whence.config import Config
from whence.events import EventType, RunEvent, canonical
from whence.guard import attempt
from whence.model import Field, Lineage
from whence.schema.memory import SchemaMemory
from whence.sql import extract as read_sql

__all__ = ["DbtTranslator", "translator"]


def translator(config: Config, memory: SchemaMemory) -> DbtTranslator:
    """The entry point ``whence.translators: dbt``."""
    return DbtTranslator(config, memory)


@dataclass(slots=True)
class _Open:
    """The invocation being translated: what is known, and which runs have not ended.

    Attributes:
        waiting: Nodes whose START waits for their compiled text, and when they began.
        statements: What the hooks of a node, or a hook itself, sent to the database.
        unread: Nodes with hooks whose SQL is not known.
    """

    facts: InvocationFacts
    scope: Scope
    builder: EventBuilder
    sql: dict[str, str]
    running: dict[str, str]
    statuses: dict[str, str]
    waiting: dict[str, str]
    statements: dict[str, list[str]]
    unread: set[str]
    error: str | None = None


class DbtTranslator:
    """Translates one captures file; a file holds one invocation."""

    def __init__(self, config: Config, memory: SchemaMemory) -> None:
        """Begin with nothing captured."""
        self._config = config
        self._memory = memory
        self._open: _Open | None = None
        self._handlers: dict[str, Callable[[_Open, Capture], Iterator[RunEvent]]] = {
            "node": self._node,
            "code": self._code,
            "columns": self._columns,
            "statement": self._statement,
            "unread": self._unread,
            "start": self._start,
            "finished": self._finished,
            "error": self._error,
            "completed": self._completed,
            END: self._abandoned,
            GONE: self._abandoned,
        }

    def feed(self, capture: Capture) -> Iterable[bytes]:
        """The canonical events that ``capture`` completes."""
        if capture.kind == "invocation":
            return [canonical(event) for event in self._invocation(capture)]
        handler = self._handlers.get(capture.kind)
        if self._open is None or handler is None:
            return []
        return [canonical(event) for event in handler(self._open, capture)]

    def _invocation(self, capture: Capture) -> Iterator[RunEvent]:
        facts = from_payload(InvocationFacts, capture.payload)
        if facts.git is None:
            facts = replace(facts, git=git.read(facts.project_root, facts.started_at))
        config = self._config
        scope = Scope(facts, self._memory, config.sql_max_bytes, config.masking_functions)
        builder = EventBuilder(facts, scope, self._config)
        self._open = _Open(facts, scope, builder, {}, {}, {}, {}, {}, set())
        yield builder.invocation("START", capture.time)
        # The parser is loaded while dbt reads its project, and not when models want every core.
        read_sql("select 1", dialect=scope.relations.dialect)

    def _node(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        run.scope.add_node(from_payload(NodeFacts, capture.payload))
        yield from ()

    def _code(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        unique_id = capture.payload["unique_id"]
        run.sql[unique_id] = capture.payload["sql"]
        yield from self._begin(run, unique_id)

    def _statement(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        sent = run.statements.setdefault(capture.payload["unique_id"], [])
        sent.append(capture.payload["sql"])
        yield from ()

    def _unread(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        run.unread.add(capture.payload["unique_id"])
        yield from ()

    def _columns(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        dataset = run.scope.relations.of_relation(capture.payload["relation"])
        fields = tuple(Field(name, kind) for name, kind in capture.payload["columns"])
        run.scope.learn(dataset, fields)
        self._memory.put(dataset, fields, "observed", capture.time)
        yield from ()

    def _start(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        unique_id = capture.payload["unique_id"]
        node = self._capture(run, unique_id)
        if node.facts.materialized == "ephemeral":
            return
        run.running[unique_id] = run.waiting[unique_id] = capture.time
        if unique_id in run.sql or not run.scope.may_defer(node.facts):
            yield from self._begin(run, unique_id)

    def _begin(self, run: _Open, unique_id: str) -> Iterator[RunEvent]:
        """The START of a node that waited for what it reads to be known."""
        time = run.waiting.pop(unique_id, None)
        if time is not None:
            yield run.builder.start(self._capture(run, unique_id), time)

    def _finished(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        finished = from_payload(FinishedFacts, capture.payload)
        unique_id = finished.unique_id
        run.statuses[unique_id] = finished.status
        node = self._capture(run, unique_id)
        if run.running.pop(unique_id, None) is None:
            return
        yield from self._begin(run, unique_id)
        cause = _cause(run, node.facts) if finished.status == "skipped" else None
        ended = outcome.of_node(node.facts, finished, capture.time, cause)
        lineage, error = attempt("dbt.extract", extract, node, run.scope)
        if lineage is None:
            lineage = tables(node, run.scope)
        if unique_id in run.unread:
            lineage = replace(lineage, gaps=(*lineage.gaps, hooks.unread(node)))
        if ended.type == "COMPLETE":
            self._learn(run, lineage, ended.time)
        yield run.builder.end(node, ended, finished, lineage, error)
        if node.facts.resource_type != "operation":
            yield from self._hooks(run, node, ended, capture.time)

    def _hooks(
        self, run: _Open, node: NodeCapture, ended: outcome.Outcome, time: str
    ) -> Iterator[RunEvent]:
        """The run of a node's hooks, where they wrote anything but the node's own table."""
        sent = run.statements.pop(node.facts.unique_id, [])
        made, error = attempt("dbt.hooks", hooks.extract, node, sent, run.scope)
        if made is None or error is not None:
            return
        own, lineage = made
        if not lineage.outputs:
            return
        if ended.type == "COMPLETE":
            self._learn(run, lineage, ended.time)
        finished = FinishedFacts(own.facts.unique_id, "success")
        yield run.builder.start(own, min(time, ended.time))
        yield run.builder.end(own, replace(ended, check=None), finished, lineage, None)

    def _learn(self, run: _Open, lineage: Lineage, time: str) -> None:
        for dataset in lineage.outputs:
            fields = lineage.schemas.get(dataset)
            if fields:
                run.scope.learn(dataset, fields)
                self._memory.put(dataset, fields, "inferred", time)

    def _error(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        run.error = str(capture.payload["message"])
        yield from ()

    def _completed(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        yield from self._abort_nodes(run, capture.time, "dbt ended before this node did")
        success = bool(capture.payload["success"])
        # dbt reports Ctrl-C as an error without a text.
        interrupted = run.error == ""
        kind: EventType = "COMPLETE" if success else "ABORT" if interrupted else "FAIL"
        yield run.builder.invocation(kind, capture.time, None if success else _failure(run))
        self._open = None

    def _abandoned(self, run: _Open, capture: Capture) -> Iterator[RunEvent]:
        message = "dbt's process ended without finishing"
        yield from self._abort_nodes(run, capture.time, message)
        yield run.builder.invocation("ABORT", capture.time, message)
        self._open = None

    def _abort_nodes(self, run: _Open, time: str, message: str) -> Iterator[RunEvent]:
        for unique_id in list(run.running):
            del run.running[unique_id]
            yield from self._begin(run, unique_id)
            yield run.builder.abort(self._capture(run, unique_id), time, message)

    def _capture(self, run: _Open, unique_id: str) -> NodeCapture:
        facts = run.scope.nodes.get(unique_id)
        if facts is None:
            facts = NodeFacts(unique_id, unique_id.partition(".")[0], unique_id.rpartition(".")[2])
        sql = run.sql.get(unique_id)
        if facts.resource_type == "operation" and unique_id in run.statements:
            sql = ";\n".join(run.statements[unique_id])
        if sql is None and facts.language == "sql":
            sql = facts.raw_code
        return NodeCapture(facts, sql)


def _cause(run: _Open, facts: NodeFacts) -> str | None:
    """The failed node that a skipped one depends on, through others that were skipped."""
    waiting, seen = list(facts.depends_on), set[str]()
    while waiting:
        unique_id = waiting.pop(0)
        if unique_id in seen:
            continue
        seen.add(unique_id)
        if outcome.EVENT_TYPES.get(run.statuses.get(unique_id, "")) == "FAIL":
            return unique_id
        parent = run.scope.nodes.get(unique_id)
        waiting.extend(parent.depends_on if parent is not None else ())
    return None


def _failure(run: _Open) -> str:
    if run.error is not None:
        return run.error or "interrupted"
    ends: dict[str, Any] = {uid: outcome.EVENT_TYPES.get(s) for uid, s in run.statuses.items()}
    failed = sorted(uid for uid, kind in ends.items() if kind == "FAIL")
    named = ", ".join(failed[:5]) + (" and more" if len(failed) > 5 else "")
    return f"{len(failed)} of {len(ends)} nodes failed: {named}"
