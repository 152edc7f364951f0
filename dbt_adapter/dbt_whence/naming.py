"""dbt's relations, and the tables its SQL names, as OpenLineage datasets.

Must not import openlineage-python or a parser: the hook names datasets too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

from dbt_whence.facts import InvocationFacts, NodeFacts
from whence.model import Dataset
from whence.naming import column_fold, is_file, stored, system, uri

PART = re.compile(r'"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|([^.\s"`\[\]]+)')
"""One part of a relation name as dbt's adapters print it: quoted in one of three ways, or bare."""

FILE = re.compile(
    r"\s*(?:(?:read_\w+|(?:parquet|delta|iceberg)_scan)\s*\(\s*\[?\s*)?'((?:[^']|'')*)'",
    re.IGNORECASE,
)
"""What dbt-duckdb prints for a source outside the database: a path, or a call that reads it."""

CALL = re.compile(r"\s*(?:'|\w+\s*\()")

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


def is_external(relation_name: str) -> bool:
    """Whether a relation is no name of a table: a path in quotes, or a function's call."""
    return CALL.match(relation_name) is not None


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
        self._folder = facts.folder or facts.project_root
        self._database = str(given.get("database") or "")
        self._schema = str(given.get("schema") or "")
        attach = given.get("attach") or ()
        self._attached = frozenset(str(each.get("alias")) for each in attach)

    def column(self, name: str) -> str:
        """A column's name as the system stores it where dbt does not quote it."""
        return name if self.fold is None else self.fold(name)

    def of_node(self, node: NodeFacts) -> Dataset | None:
        """The dataset of a node's own relation; None for nodes without one.

        A call that reads no file (``postgres_scan(...)``) is none: only the SQL can be asked.
        """
        name = node.relation_name
        if name is None or (is_external(name) and not FILE.match(name)):
            return None
        return self.of_relation(name)

    def of_relation(self, relation_name: str) -> Dataset:
        """The dataset of a relation as ``ref()`` and ``source()`` print it."""
        file = FILE.match(relation_name)
        if file is not None:
            return uri(file[1].replace("''", "'"), self._folder)
        return self._named(*split(relation_name))

    def of_table(self, table: TableLike) -> Dataset:
        """The dataset of a table or file that SQL names.

        The connection's defaults are put in front of a table's name.
        """
        if self.dialect == "duckdb" and len(table.parts) == 1 and is_file(table.parts[0]):
            return uri(table.parts[0], self._folder)
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
