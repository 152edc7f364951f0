"""Asks the database for columns through dbt's adapter, only where a star cannot be read without.

Must not touch the connection or the transaction of the node that runs, nor wait for long.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import copy_context
from datetime import datetime, timezone
from typing import Any

from dbt_whence import compat, compiled
from dbt_whence.capture import find_node
from dbt_whence.facts import InvocationFacts, NodeFacts
from dbt_whence.naming import Relations, is_external
from whence.guard import guard
from whence.schema.memory import SchemaMemory

logger = logging.getLogger("whence.dbt")

STALE_S = 86_400.0
"""A source's columns are asked again when they were seen longer ago than this."""

TIMEOUT_S = 5.0
"""After one answer that took longer, nothing more is asked in this invocation."""

PATIENCE_S = 1.0
"""How long an interrupted question may take to end."""

Payload = dict[str, Any]


class Asker:
    """Knows which relations of this invocation are unknown, and asks each once."""

    def __init__(self, facts: InvocationFacts, memory: SchemaMemory) -> None:
        """Ask for the invocation's adapter where ``memory`` has no answer."""
        self._relations = Relations(facts)
        self._memory = memory
        self._lock = threading.Lock()
        self._asked: set[str] = set()
        self._given_up = False

    def before(
        self,
        node: NodeFacts,
        code: str,
        known: Mapping[str, NodeFacts],
        built: Callable[[str], bool],
        context: Mapping[str, Any],
    ) -> list[Payload]:
        """Columns of the parents that ``code`` reads, where it `dbt_whence.compiled.has_star`.

        Args:
            node: Whose compiled text it is.
            code: The text; the files that it reads are asked for too.
            known: Facts by unique id.
            built: Whether a node's columns follow from its SQL, captured in this invocation.
            context: The command's click context: flags, runtime_config, manifest.
        """
        if not _may_ask(context):
            return []
        questions = []
        for parent in _tables(node, known):
            if built(parent.unique_id) or parent.header:
                continue
            # With --defer the text reads the other state's relation.
            for name in (parent.relation_name, parent.deferred_relation):
                if not name or name not in code or is_external(name):
                    continue
                if self._due(name, parent.resource_type == "source"):
                    questions.append((parent.unique_id, name))
        if self._relations.dialect == "duckdb":
            found = (name for name in compiled.files(code) if self._due(name, True))
            questions += [("", name) for name in found]
        return self._ask(questions, context) if questions else []

    def after(
        self, node: NodeFacts | None, status: str, context: Mapping[str, Any]
    ) -> list[Payload]:
        """Columns of a model that was just built and whose own text does not tell them.

        Args:
            node: The model.
            status: How it ended.
            context: As for `before`.
        """
        if node is None or status != "success":
            return []
        if not node.relation_name or not _may_ask(context):
            return []
        with self._lock:
            self._asked.add(node.relation_name)
        return self._ask([(node.unique_id, node.relation_name)], context)

    def close(self) -> None:
        """Let go of the memory's file."""
        self._memory.close()

    def _due(self, name: str, others_write: bool) -> bool:
        """Whether a relation's columns are unknown, or old where others than dbt write it."""
        with self._lock:
            if name in self._asked:
                return False
            self._asked.add(name)
        known = self._memory.get_known(self._relations.of_relation(name))
        if known is None:
            return True
        return others_write and known.age_s(datetime.now(timezone.utc)) > STALE_S

    def _ask(self, questions: list[tuple[str, str]], context: Mapping[str, Any]) -> list[Payload]:
        """The answers, asked on a connection and in a thread of their own.

        A query that fails leaves some databases' transactions unusable, and the node's own
        connection is the model's: dbt-duckdb 1.8 cannot even roll back.
        """
        answers: list[Payload] = []
        if self._given_up:
            return answers
        call = copy_context().run
        asking = threading.Thread(
            target=call, args=(_query, questions, context, answers), daemon=True, name="whence-ask"
        )
        asking.start()
        asking.join(TIMEOUT_S)
        if asking.is_alive():
            self._given_up = True
            with guard("dbt.ask"):
                compat.abandon(compat.adapter(context["runtime_config"]), asking, PATIENCE_S)
        return list(answers)


def _query(
    questions: list[tuple[str, str]], context: Mapping[str, Any], answers: list[Payload]
) -> None:
    """Append each answer as it comes; a thread's entry, so nothing may be raised out of it."""
    with guard("dbt.ask"):
        adapter = compat.adapter(context["runtime_config"])
        with adapter.connection_named("whence_columns"):
            for unique_id, name in questions:
                try:
                    columns = _columns(adapter, unique_id, name, context)
                except compat.Refused as refused:
                    # The model will fail of the same, or the text only looks like a file's.
                    logger.debug("the database does not describe %s: %s", name, refused)
                    continue
                if columns:
                    answers.append({"relation": name, "columns": columns})


def _columns(
    adapter: Any, unique_id: str, name: str, context: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """The columns of a node's own relation, of the one it is deferred to, or of a file."""
    if is_external(name):
        _, table = adapter.execute(f"describe select * from {name}", fetch=True)
        return [(str(row["column_name"]), str(row["column_type"])) for row in table.rows]
    found = find_node(context["manifest"], unique_id)
    if getattr(found, "relation_name", None) != name:
        found = getattr(found, "defer_relation", None)
    relation = adapter.Relation.create_from(context["runtime_config"], found)
    columns = adapter.get_columns_in_relation(relation)
    return [(column.name, _type(column)) for column in columns]


def _may_ask(context: Mapping[str, Any]) -> bool:
    """Whether a question leaves dbt's output as it is: at debug level dbt prints every query."""
    flags = context["flags"]
    quiet = not flags.DEBUG and str(flags.LOG_LEVEL) != "debug"
    return bool(quiet and flags.INTROSPECT and context.get("manifest") is not None)


def _tables(node: NodeFacts, known: Mapping[str, NodeFacts]) -> Iterator[NodeFacts]:
    """The parents with a table of their own, those of ephemeral parents included."""
    waiting, seen = list(node.depends_on), set()
    while waiting:
        unique_id = waiting.pop()
        parent = known.get(unique_id)
        if parent is None or unique_id in seen:
            continue
        seen.add(unique_id)
        if parent.materialized == "ephemeral":
            waiting.extend(parent.depends_on)
        elif parent.relation_name:
            yield parent


def _type(column: Any) -> str:
    """The type as the database spells it; dbt adds a length of its own to texts without one."""
    if column.is_string() and not column.char_size:
        return str(column.dtype)
    return str(column.data_type)
