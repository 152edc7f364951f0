"""Names of nodes and the edges between them, before the store has numbered them.

Must not hold what only the store knows (ids, intervals).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from whence.model import Dataset
from whence_backend.ingest.reading import dict_of, text_of


class NodeKind(IntEnum):
    """What a node is; the numbers are stored."""

    TABLE = 1
    COLUMN = 2
    JOB = 3


class EdgeKind(IntEnum):
    """What an edge joins; the numbers are stored.

    COLUMN and INFLUENCE end at a column and at a whole table (or job). TABLE stands beside
    them, once a pair of tables; COARSE is such a pair of which no columns are known.
    CONSUMED and GENERATED join tables with the jobs that read and write them.
    """

    COLUMN = 1
    INFLUENCE = 2
    TABLE = 3
    COARSE = 4
    CONSUMED = 5
    GENERATED = 6


class Ref(NamedTuple):
    """A node by name.

    Attributes:
        kind: TABLE, COLUMN or JOB.
        namespace: Of the table or job.
        name: Of the table or job.
        field: Of the column, "" for others.
    """

    kind: NodeKind
    namespace: str
    name: str
    field: str = ""

    @classmethod
    def of(cls, dataset: Dataset) -> Ref:
        """The node of ``dataset``."""
        return cls(NodeKind.TABLE, dataset.namespace, dataset.name)

    @classmethod
    def table_named(cls, namespace: str, name: str) -> Ref:
        """The node of the dataset ``name`` in ``namespace``."""
        return cls(NodeKind.TABLE, namespace, name)

    @classmethod
    def job(cls, namespace: str, name: str) -> Ref:
        """The node of the job ``name`` in ``namespace``."""
        return cls(NodeKind.JOB, namespace, name)

    def column(self, field: str) -> Ref:
        """The node of this table's column ``field``."""
        return Ref(NodeKind.COLUMN, self.namespace, self.name, field)

    def table(self) -> Ref:
        """The node of a column's table; any other node itself."""
        if self.kind != NodeKind.COLUMN:
            return self
        return Ref(NodeKind.TABLE, self.namespace, self.name)


class How(NamedTuple):
    """A transformation, as stored on an edge; see `whence.model.Transformation`."""

    type: str = "DIRECT"
    subtype: str = ""
    masking: bool = False
    description: str = ""


class Edge(NamedTuple):
    """``src`` bears on ``dst``; one edge for each way it does."""

    kind: EdgeKind
    src: Ref
    dst: Ref
    how: How


_INDIRECT = {"JOIN", "FILTER", "GROUP_BY", "SORT", "WINDOW", "CONDITIONAL"}


def how_of(value: Any) -> How:
    """A transformation of either facet; an unknown type is judged by its subtype."""
    given = dict_of(value)
    kind = text_of(given.get("type")).upper()
    subtype = text_of(given.get("subtype")).upper()
    if kind not in ("DIRECT", "INDIRECT"):
        kind = "INDIRECT" if subtype in _INDIRECT else "DIRECT"
    return How(kind, subtype, given.get("masking") is True, text_of(given.get("description")))
