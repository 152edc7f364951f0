"""What an extractor may ask: the datasets of names, and what is known of their columns.

Must not learn by itself: the translator tells it what runs have shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dbt_whence.facts import InvocationFacts, NodeFacts
from dbt_whence.naming import Relations
from whence.model import Dataset, Field
from whence.schema.memory import SchemaMemory
from whence.sql import Limits, TableName


@dataclass(frozen=True, slots=True)
class NodeCapture:
    """A node as far as it was captured.

    Attributes:
        facts: Of the manifest.
        sql: Its compiled SQL; None where dbt compiled none.
    """

    facts: NodeFacts
    sql: str | None = None


def stored(facts: NodeFacts, relations: Relations) -> NodeFacts:
    """``facts`` with the names of columns as the system stores them.

    dbt quotes a seed's columns unless told otherwise; of all adapters, Snowflake's does not.
    """
    if relations.fold is None:
        return facts
    quoted = (facts.config or {}).get("quote_columns")
    if not isinstance(quoted, bool):
        quoted = relations.dialect != "snowflake"
    header = facts.header or ()
    test = facts.test
    if test is not None and test.get("column"):
        test = {**test, "column": relations.column(test["column"])}
    return replace(
        facts,
        header=facts.header if quoted else tuple(map(relations.column, header)),
        columns=tuple(replace(each, name=relations.column(each.name)) for each in facts.columns),
        test=test,
    )


class Scope:
    """One invocation's names and columns.

    Attributes:
        command: dbt's command.
        relations: Names of datasets.
        limits: What is parsed at most.
        masking: Functions that mask beside those that are known to.
    """

    def __init__(
        self,
        facts: InvocationFacts,
        memory: SchemaMemory,
        sql_max_bytes: int,
        masking: tuple[str, ...] = (),
    ) -> None:
        """Begin with what the memory knows of earlier runs."""
        self.masking = masking
        self.command = facts.command
        self.relations = Relations(facts)
        self.limits = Limits(max_bytes=sql_max_bytes)
        self._memory = memory
        self._nodes: dict[str, NodeFacts] = {}
        self._known: dict[Dataset, tuple[Field, ...]] = {}
        self._described: dict[Dataset, tuple[Field, ...]] = {}
        self._by_dataset: dict[Dataset, NodeFacts] = {}

    @property
    def nodes(self) -> Mapping[str, NodeFacts]:
        """Every node seen so far, by unique id."""
        return self._nodes

    def add_node(self, facts: NodeFacts) -> None:
        """Remember a node's facts, and the columns of its CSV header or its YAML."""
        facts = stored(facts, self.relations)
        self._nodes[facts.unique_id] = facts
        dataset = self.relations.of_node(facts)
        if dataset is None:
            return
        self._by_dataset[dataset] = facts
        if facts.header:
            types = {column.name: column.type for column in facts.columns}
            self._described[dataset] = tuple(Field(name, types.get(name)) for name in facts.header)
        elif facts.columns:
            self._described[dataset] = tuple(
                Field(column.name, column.type) for column in facts.columns
            )

    def node_of(self, dataset: Dataset) -> NodeFacts | None:
        """The node whose relation a dataset is; None for tables outside the project."""
        return self._by_dataset.get(dataset)

    def learn(self, dataset: Dataset, fields: tuple[Field, ...]) -> None:
        """Take ``fields`` as the columns of ``dataset`` from now on."""
        self._known[dataset] = fields

    def fields(self, dataset: Dataset) -> tuple[Field, ...] | None:
        """The columns of a dataset: of this invocation, of earlier ones, of the project's files."""
        found = self._known.get(dataset) or self._memory.get(dataset)
        return found or self._described.get(dataset)

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        """The columns of a table that SQL names: what the SQL front end asks for."""
        return self.fields(self.relations.of_table(table))

    def parents(self, facts: NodeFacts, sql: str | None = None) -> tuple[Dataset, ...]:
        """The datasets a node depends on by dbt's own graph, sorted; ephemeral ones opened.

        Args:
            facts: The node's.
            sql: Its compiled text, which alone tells where ``--defer`` reads a parent.
        """
        found: set[Dataset] = set()
        for parent in self._tables(facts):
            own, other = self.relations.of_node(parent), parent.deferred_relation
            if other is not None and sql is not None and facts.language == "sql":
                if other != parent.relation_name and _names(sql, other):
                    found.add(self.relations.of_relation(other))
                if not _names(sql, parent.relation_name or ""):
                    continue
            if own is not None:
                found.add(own)
        return tuple(sorted(found))

    def may_defer(self, facts: NodeFacts) -> bool:
        """Whether only a node's compiled text tells which tables its parents are."""
        if self.command == "clone" or facts.language != "sql":
            return False
        return any(parent.deferred_relation is not None for parent in self._tables(facts))

    def _tables(self, facts: NodeFacts) -> Iterator[NodeFacts]:
        waiting, seen = list(facts.depends_on), {facts.unique_id}
        while waiting:
            parent = self._nodes.get(waiting.pop())
            if parent is None or parent.unique_id in seen:
                continue
            seen.add(parent.unique_id)
            if parent.materialized == "ephemeral":
                waiting.extend(parent.depends_on)
            elif parent.resource_type not in ("test", "exposure", "unit_test"):
                yield parent


def _names(sql: str, relation_name: str) -> bool:
    """Whether a text names a relation, as dbt prints it."""
    return re.search(rf"(?<![\w$]){re.escape(relation_name)}(?![\w$])", sql) is not None
