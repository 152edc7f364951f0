"""Datasets, columns, edges and gaps: what every front end yields and every event is made of.

Plain values only; must not know SQL, hosts or OpenLineage's event classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TransformationType = Literal["DIRECT", "INDIRECT"]
DirectSubtype = Literal["IDENTITY", "TRANSFORMATION", "AGGREGATION"]
IndirectSubtype = Literal["JOIN", "FILTER", "GROUP_BY", "SORT", "WINDOW", "CONDITIONAL"]
Subtype = Literal[
    "IDENTITY",
    "TRANSFORMATION",
    "AGGREGATION",
    "JOIN",
    "FILTER",
    "GROUP_BY",
    "SORT",
    "WINDOW",
    "CONDITIONAL",
]


@dataclass(frozen=True, slots=True, order=True)
class Dataset:
    """A dataset under OpenLineage's naming.

    Attributes:
        namespace: The system, e.g. ``duckdb:///data/shop.duckdb`` or ``postgres://host:5432``.
        name: The name in it, e.g. ``shop.main.orders``.
    """

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """One column of a dataset, spelled as the system stores it."""

    dataset: Dataset
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Field:
    """One column of a schema; ``type`` is the system's own spelling, or None where unknown."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Transformation:
    """How an input column bears on an output (ColumnLineageDatasetFacet 1-2-0).

    Attributes:
        type: DIRECT where the value flows, INDIRECT where it only decides.
        subtype: The kind within the type.
        masking: True where the input cannot be read back from the output (count, hash, rank).
        description: The expression's text in its own dialect, or "" where it is the bare column.
    """

    type: TransformationType
    subtype: Subtype
    masking: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ColumnEdge:
    """An output column and one input column it depends on."""

    target: Column
    source: Column
    transformation: Transformation


@dataclass(frozen=True, slots=True, order=True)
class Influence:
    """An input column that bears on every row of an output (JOIN, FILTER, GROUP_BY, SORT)."""

    target: Dataset
    source: Column
    transformation: Transformation


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that could not be resolved, said instead of guessed.

    Attributes:
        code: One of `GAP_CODES`.
        reason: A sentence for people, naming the value.
        where: The place, e.g. ``line 3`` or ``model.shop.orders``; "" where there is none.
    """

    code: str
    reason: str
    where: str = ""


GAP_CODES: dict[str, str] = {
    "ambiguous-column": "an unqualified column that several relations could have",
    "dynamic-sql": "SQL that is only known at run time",
    "extraction-failed": "an extractor raised; the event carries the error",
    "no-compiled-sql": "the host gave no compiled SQL for this node",
    "opaque-code": "code that is not SQL: table-level lineage only",
    "opaque-statement": "a statement the parser accepts without understanding it",
    "parse-error": "text that does not parse; tables were found by scanning its tokens",
    "schema-conflict": "the known columns of a table contradict the statement",
    "schema-unavailable": "a schema provider failed, or did not answer in time or in form",
    "size-limit": "text above the size limit; tables were found by scanning its tokens",
    "star-unknown-table": "a star over a table whose columns are unknown",
    "time-limit": "resolving was stopped at the time limit",
    "too-deep": "nested deeper than the parser can follow in this process",
    "unknown-column": "a column that no relation in scope has",
    "unknown-dialect": "a dialect the parser does not know; read as generic SQL",
    "unsupported": "a construct whose columns are not resolved yet",
}
"""Every gap code and what it means; the documentation's table is checked against this."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """What one run read and wrote.

    Attributes:
        inputs: Datasets read, sorted, each once.
        outputs: Datasets written, sorted, each once.
        schemas: The known columns of inputs and outputs, in the table's order.
        edges: Column edges, sorted.
        influences: Dataset-wide INDIRECT inputs, sorted.
        gaps: What is missing and why.
    """

    inputs: tuple[Dataset, ...] = ()
    outputs: tuple[Dataset, ...] = ()
    schemas: dict[Dataset, tuple[Field, ...]] = field(default_factory=dict)
    edges: tuple[ColumnEdge, ...] = ()
    influences: tuple[Influence, ...] = ()
    gaps: tuple[Gap, ...] = ()
