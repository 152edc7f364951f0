"""One invocation as the hook hears it: dbt's events in, captures into the process's own file.

Must not wait: an event costs one write, and only a question to the database (`dbt_whence.ask`)
takes longer, in bounded time. What it raises is caught in `hook`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from dbt_whence import capture, compat, compiled, ledger, secrets
from dbt_whence.facts import FinishedFacts, InvocationFacts, NodeFacts, to_payload
from whence import relay
from whence.config import Config
from whence.guard import attempt, guard
from whence.spool import CaptureWriter
from whence.spool.writer import utc_now

if TYPE_CHECKING:
    from dbt_whence.ask import Asker

WAKING = frozenset(("invocation", "start", "finished", "completed"))
"""The captures that become events; of the others the relay need not know at once."""

WAKE_S = 0.05
"""The relay is not woken more often; what it misses it finds within a second by itself."""

Handler = Callable[[Any], None]


class Session:
    """Listens to one invocation and appends what it learns.

    Attributes:
        handlers: What to do for each kind of dbt event, by the event's name.
    """

    def __init__(
        self,
        writer: CaptureWriter,
        sidecar: relay.Sidecar | None,
        facts: InvocationFacts,
        context: Mapping[str, Any],
        config: Config,
    ) -> None:
        """Begin with an open captures file; `open` is the usual way."""
        self._writer = writer
        self._sidecar = sidecar
        self._facts = facts
        self._context = context
        self._config = config
        self._secrets = secrets.known(os.environ, *capture.variables(context))
        self._offered: Any = None
        self._asker_made: Asker | None = None
        self._woken = 0.0
        # Re-entrant: a node's parents are captured within it.
        self._lock = threading.RLock()
        self._captured: dict[str, NodeFacts] = {}
        self._depth: dict[str, int] = {}
        self._coded: set[str] = set()
        self._readable: set[str] = set()
        self._hooked: dict[str, str] = {}
        self._failed: dict[str, tuple[FinishedFacts, str | None]] = {}
        self.handlers: dict[str, Handler] = {
            "NodeStart": self._node_start,
            "NodeExecuting": self._node_executing,
            "NodeFinished": self._node_finished,
            "LogHookStartLine": self._hook_start,
            "LogHookEndLine": self._hook_end,
            "SQLQuery": self._statement,
            "RunResultError": self._reason,
            "MainEncounteredError": self._error,
            "SkippingDetails": self._skipped,
            "CommandCompleted": self._completed,
        }

    @classmethod
    def open(cls, config: Config, facts: InvocationFacts, context: Mapping[str, Any]) -> Session:
        """Open this invocation's captures file, spawn its relay, and say that it began."""
        writer = CaptureWriter.open(config, "dbt")
        sidecar = None
        if writer.active and config.relay:
            sidecar, _ = attempt("dbt.relay", relay.spawn, config, writer.path)
        session = cls(writer, sidecar, facts, context, config)
        session._append("invocation", to_payload(facts), facts.started_at)
        return session

    def offer_manifest(self, manifest: Any) -> None:
        """Use ``manifest`` where the command's context has none."""
        self._offered = manifest

    @property
    def _manifest(self) -> Any:
        return self._context.get("manifest") or self._offered

    @property
    def _host(self) -> dict[str, Any]:
        """The command's flags and runtime config, with the manifest wherever it came from."""
        return {**self._context, "manifest": self._manifest}

    @property
    def active(self) -> bool:
        """Whether captures reach the disk; if not, listening is not worth its cost."""
        return self._writer.active

    @property
    def _asker(self) -> Asker:
        """Made, and its modules loaded, when there is something to ask."""
        with self._lock:
            if self._asker_made is None:
                from dbt_whence.ask import Asker
                from whence.schema.memory import SchemaMemory

                memory = SchemaMemory(self._config.home / "schemas.sqlite")
                self._asker_made = Asker(self._facts, memory)
            return self._asker_made

    def _append(self, kind: str, payload: dict[str, Any], time: str | None = None) -> None:
        self._writer.append(kind, secrets.without(payload, self._secrets), time or utc_now())
        now = monotonic()
        if self._sidecar is not None and kind in WAKING and now - self._woken > WAKE_S:
            self._woken = now
            self._sidecar.wake()

    def _node_start(self, message: Any) -> None:
        info = message.data.node_info
        with self._lock:
            depth = self._depth.get(info.unique_id, 0)
            self._depth[info.unique_id] = depth + 1
        if depth == 0:
            self._capture_node(info.unique_id)
            self._append("start", {"unique_id": info.unique_id}, _time(info.node_started_at))

    def _capture_node(self, unique_id: str) -> NodeFacts | None:
        """Append the facts of a node and of all it reads, each once in an invocation.

        Under the lock: whoever finds a node captured may rely on its line standing above.
        """
        with self._lock:
            waiting: list[tuple[str, NodeFacts | None]] = [(unique_id, None)]
            while waiting:
                name, facts = waiting.pop()
                if facts is not None:
                    self._append("node", to_payload(facts))
                elif name not in self._captured and (found := self._facts_of(name)) is not None:
                    self._captured[name] = found
                    waiting.append((name, found))
                    waiting += [(parent, None) for parent in reversed(found.depends_on)]
            return self._captured.get(unique_id)

    def _facts_of(self, unique_id: str) -> NodeFacts | None:
        if self._manifest is None:
            return None
        found = capture.find_node(self._manifest, unique_id)
        return found and capture.node(found, self._facts.project_root)

    def _node_executing(self, message: Any) -> None:
        unique_id = message.data.node_info.unique_id
        facts = self._captured.get(unique_id)
        code = self._capture_code(unique_id)
        if capture.hooks(capture.find_node(self._manifest, unique_id)):
            self._hooked[unique_id] = code or ""
        if facts is None or code is None or not compiled.has_star(code):
            return
        with guard("dbt.columns"):
            asked = self._asker.before(
                facts, code, self._captured, self._readable.__contains__, self._host
            )
            for columns in asked:
                self._append("columns", columns)

    def _capture_code(self, unique_id: str, *, batches: bool = False) -> str | None:
        """Append a node's compiled SQL once; None where dbt has none (yet) or it is known."""
        if unique_id in self._coded or self._manifest is None:
            return None
        found = capture.find_node(self._manifest, unique_id)
        limit = self._config.sql_max_bytes
        code = compiled.code(found, limit)
        if code is None and batches:
            config = self._context["runtime_config"]
            code = compiled.batch_code(found, Path(config.project_target_path), limit)
        if code is not None:
            self._coded.add(unique_id)
            if compiled.is_readable(code):
                self._readable.add(unique_id)
            self._append("code", {"unique_id": unique_id, "sql": code})
        return code

    def _node_finished(self, message: Any) -> None:
        info, result = message.data.node_info, message.data.run_result
        with self._lock:
            depth = self._depth.get(info.unique_id, 1) - 1
            self._depth[info.unique_id] = depth
        self._capture_code(info.unique_id, batches=True)
        if depth > 0:
            return
        self._hooked.pop(info.unique_id, None)
        with guard("dbt.columns"):
            node = self._captured.get(info.unique_id)
            readable = info.unique_id in self._readable or _has_no_columns(node)
            if not readable:
                for columns in self._asker.after(node, result.status, self._host):
                    self._append("columns", columns)
        response = compat.plain_message(result.adapter_response)
        ended = capture.finished(info.unique_id, result, response)
        self._append("finished", to_payload(ended), _time(info.node_finished_at))

    def _statement(self, message: Any) -> None:
        """A statement that dbt sends: of hooks nothing else tells the rendered SQL."""
        unique_id = message.data.node_info.unique_id
        code, sql = self._hooked.get(unique_id), message.data.sql
        # The model's own statement holds its code.
        if code is None or (code and code in sql) or not compiled.is_change(sql):
            return
        text = compiled.bounded(compiled.without_comment(sql), self._config.sql_max_bytes)
        self._append("statement", {"unique_id": unique_id, "sql": text})

    def _hook_start(self, message: Any) -> None:
        info = message.data.node_info
        self._capture_node(info.unique_id)
        self._hooked[info.unique_id] = ""
        self._append("start", {"unique_id": info.unique_id}, _time(info.node_started_at))

    def _hook_end(self, message: Any) -> None:
        info = message.data.node_info
        self._hooked.pop(info.unique_id, None)
        status, time = compat.hook_status(message.data.status), _time(info.node_finished_at)
        ended = capture.hook_finished(info.unique_id, status, message.data)
        if status == "error":
            self._failed[info.unique_id] = ended, time
        else:
            self._append("finished", to_payload(ended), time)

    def _reason(self, message: Any) -> None:
        """Why a hook failed, which dbt says only at the end."""
        self._fail(message.data.node_info.unique_id, message.data.msg)

    def _fail(self, unique_id: str, reason: str | None) -> None:
        ended, time = self._failed.pop(unique_id, (None, None))
        if ended is not None:
            self._append("finished", to_payload(replace(ended, message=reason)), time)

    def _error(self, message: Any) -> None:
        self._append("error", {"message": message.data.exc})

    def _skipped(self, message: Any) -> None:
        """A node that dbt skips without starting it (a failed on-run-start hook)."""
        unique_id = message.data.node_info.unique_id
        if self._depth.get(unique_id, 0) == 0:
            self._capture_node(unique_id)
            self._append("start", {"unique_id": unique_id})
            self._append("finished", {"unique_id": unique_id, "status": "skipped"})

    def _completed(self, message: Any) -> None:
        data = message.data
        for unique_id in list(self._failed):
            self._fail(unique_id, None)
        try:
            self._append(
                "completed",
                {"success": data.success, "elapsed": data.elapsed},
                capture.stamp(data.completed_at),
            )
        finally:
            # The lock says that the run goes on, also in a process that lives on.
            self._writer.close()
            if self._sidecar is not None:
                self._sidecar.release()
            if self._asker_made is not None:
                self._asker_made.close()
        with guard("dbt.ledger"):
            ledger.add(self._config.home, self._facts.invocation_id)


def _has_no_columns(node: NodeFacts | None) -> bool:
    """Whether there is nothing to ask for: seeds and snapshots tell their columns otherwise."""
    return node is None or node.resource_type != "model" or node.materialized == "ephemeral"


def _time(text: str) -> str | None:
    return capture.text_instant(text) if text else None
