"""dbt's relations, and the tables its SQL names, as OpenLineage datasets.

Must not import openlineage-python or a parser: the hook names datasets too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from dbt_whence.facts import InvocationFacts, NodeFacts
from whence.model import Dataset
from whence.naming import column_fold, stored, system

PART = re.compile(r'"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|([^.\s"`\[\]]+)')
"""One part of a relation name as dbt's adapters print it: quoted in one of three ways, or bare."""

DIALECTS = {
    "alloydb": "postgres",
    "fabricspark": "spark",
    "glue": "spark",
    "greenplum": "postgres",
    "motherduck": "duckdb",
    "sqlserver": "tsql",
    "starburst": "trino",
    "synapse": "tsql",
}


class TableLike(Protocol):
    """A table's name in parts, and which of them were quoted."""

    @property
    def parts(self) -> tuple[str, ...]: ...

    @property
    def quoted(self) -> tuple[bool, ...]: ...


def dialect(adapter: str) -> str:
    """The parser's name for the SQL of a dbt adapter."""
    return DIALECTS.get(adapter, adapter)


def split(relation_name: str) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """The parts of a relation name, without quotes, and whether each was quoted."""
    found = [match for match in PART.finditer(relation_name) if match.group(0)]
    parts = tuple(next(group for group in each.groups() if group is not None) for each in found)
    return parts, tuple(each.group(4) is None for each in found)


class Relations:
    """The datasets of one invocation's connection.

    Attributes:
        dialect: The parser's name for the connection's SQL.
        fold: What the system does to column names without quotes; None where nothing.
    """

    def __init__(self, facts: InvocationFacts) -> None:
        """Name relations as the invocation's credentials say."""
        given: Mapping[str, Any] = facts.credentials or {}
        self.dialect = dialect(facts.adapter)
        self.fold = column_fold(facts.adapter)
        self._adapter = facts.adapter
        self._system = system(facts.adapter, given, facts.project_root)
        self._database = str(given.get("database") or "")
        self._schema = str(given.get("schema") or "")
        attach = given.get("attach") or ()
        self._attached = frozenset(str(each.get("alias")) for each in attach)

    def column(self, name: str) -> str:
        """A column's name as the system stores it where dbt does not quote it."""
        return name if self.fold is None else self.fold(name)

    def of_node(self, node: NodeFacts) -> Dataset | None:
        """The dataset of a node's own relation; None for nodes without one."""
        return None if node.relation_name is None else self.of_relation(node.relation_name)

    def of_relation(self, relation_name: str) -> Dataset:
        """The dataset of a relation as ``ref()`` prints it."""
        return self._named(*split(relation_name))

    def of_table(self, table: TableLike) -> Dataset:
        """The dataset of a table that SQL names, with the connection's defaults put in front."""
        quoted = table.quoted or (False,) * len(table.parts)
        return self._named(table.parts, quoted)

    def _named(self, parts: tuple[str, ...], quoted: tuple[bool, ...]) -> Dataset:
        stored_parts = [
            stored(self._adapter, part, is_quoted)
            for part, is_quoted in zip(parts, quoted, strict=True)
        ]
        table = stored_parts.pop()
        schema = stored_parts.pop() if stored_parts else None
        database = ".".join(stored_parts) or None
        if database is None and schema in self._attached:
            # DuckDB reads `alias.table` as a table of the attached database's main schema.
            schema, database = "main", schema
        return self._system.dataset(
            database or self._database or None, self._schema if schema is None else schema, table
        )
