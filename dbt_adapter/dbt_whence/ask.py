"""Asks the database for columns through dbt's adapter, only where a star cannot be read without.

Must leave the thread's connection as it was: no transaction open that was not open before.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from dbt_whence import compat
from dbt_whence.capture import find_node
from dbt_whence.facts import InvocationFacts, NodeFacts
from dbt_whence.naming import Relations
from whence.schema.memory import SchemaMemory

STAR = re.compile(r"(?:\bselect|\bdistinct|\ball|,|\.)\s*\*|\bcolumns\s*\(|\bnatural\b", re.I)
"""A star in a select list, and what else cannot be read without knowing a table's columns."""

STALE_S = 86_400.0
"""A source's columns are asked again when they were seen longer ago than this."""

Payload = dict[str, Any]


class Asker:
    """Knows which relations of this invocation are unknown, and asks each once."""

    def __init__(self, facts: InvocationFacts, memory: SchemaMemory) -> None:
        """Ask for the invocation's adapter where ``memory`` has no answer."""
        self._relations = Relations(facts)
        self._memory = memory
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def before(
        self,
        node: NodeFacts,
        code: str,
        known: Mapping[str, NodeFacts],
        built: Callable[[str], bool],
        context: Mapping[str, Any],
    ) -> Iterator[Payload]:
        """Columns of the parents that a star in ``code`` reads, on the executing thread.

        Args:
            node: Whose compiled text it is.
            code: The text.
            known: Facts by unique id.
            built: Whether a node's own SQL was captured in this invocation.
            context: The command's click context: flags, runtime_config, manifest.
        """
        if not STAR.search(code) or not _may_ask(context):
            return
        for parent in _tables(node, known):
            if not built(parent.unique_id) and not parent.header and self._due(parent, code):
                yield from self._ask(parent, context, connected=True)

    def after(
        self, node: NodeFacts | None, status: str, context: Mapping[str, Any]
    ) -> Iterator[Payload]:
        """Columns of a Python model that was just built; nothing can infer them."""
        if node is None or node.language != "python" or status != "success":
            return
        if _may_ask(context):
            with self._lock:
                self._asked.add(node.unique_id)
            yield from self._ask(node, context, connected=False)

    def _due(self, parent: NodeFacts, code: str) -> bool:
        names = (parent.relation_name, parent.deferred_relation)
        if not any(name and name in code for name in names):
            return False
        with self._lock:
            if parent.unique_id in self._asked:
                return False
            self._asked.add(parent.unique_id)
        table = self._relations.of_node(parent)
        known = None if table is None else self._memory.get_known(table)
        if known is None:
            return True
        is_source = parent.resource_type == "source"
        return is_source and known.age_s(datetime.now(timezone.utc)) > STALE_S

    def _ask(
        self, node: NodeFacts, context: Mapping[str, Any], *, connected: bool
    ) -> Iterator[Payload]:
        config = context["runtime_config"]
        adapter = compat.adapter(config)
        found = find_node(context["manifest"], node.unique_id)
        relation = adapter.Relation.create_from(config, found)
        if connected:
            columns = _columns(adapter, relation)
        else:
            with adapter.connection_named(f"whence_{node.unique_id}"):
                columns = _columns(adapter, relation)
        if columns:
            yield {"unique_id": node.unique_id, "columns": columns}


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


def _columns(adapter: Any, relation: Any) -> list[tuple[str, str]]:
    """The relation's columns; none while somebody else's transaction is open."""
    connection = adapter.connections.get_if_exists()
    if connection is not None and connection.transaction_open:
        return []
    try:
        found = adapter.get_columns_in_relation(relation)
        return [(column.name, _type(column)) for column in found]
    finally:
        # The query began a transaction; a materialization must find none.
        adapter.connections.rollback_if_open()


def _type(column: Any) -> str:
    """The type as the database spells it; dbt adds a length of its own to texts without one."""
    if column.is_string() and not column.char_size:
        return str(column.dtype)
    return str(column.data_type)
