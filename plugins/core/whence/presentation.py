"""What of a text may be shown: the last step before an event is built, for all texts alike.

Must not decide whether literals are masked; the integration's settings say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from whence.model import ColumnEdge, Gap, Influence, Lineage, Transformation
from whence.redact import mask_literals, mask_message, redact

_Edge = TypeVar("_Edge", ColumnEdge, Influence)


@dataclass(frozen=True, slots=True)
class Presentation:
    """How the texts of one run are shown.

    Attributes:
        masked: Whether literals of SQL, expressions and messages are masked.
        dialect: sqlglot's name of the SQL's dialect; None for generic SQL.
    """

    masked: bool
    dialect: str | None

    def sql(self, text: str) -> str:
        """SQL or an expression of it, without secrets and, if so set, without literals."""
        if not text:
            return text
        return mask_literals(redact(text), self.dialect) if self.masked else redact(text)

    def message(self, text: str) -> str:
        """A message for people, likewise."""
        return mask_message(redact(text)) if self.masked else redact(text)

    def lineage(self, lineage: Lineage) -> Lineage:
        """``lineage`` with its expressions and the reasons of its gaps as they may be shown."""
        return replace(
            lineage,
            edges=tuple(sorted(self._edge(edge) for edge in lineage.edges)),
            influences=tuple(sorted(self._edge(each) for each in lineage.influences)),
            gaps=tuple(self._gap(gap) for gap in lineage.gaps),
        )

    def _edge(self, edge: _Edge) -> _Edge:
        how: Transformation = edge.transformation
        if not how.description:
            return edge
        return replace(edge, transformation=replace(how, description=self.sql(how.description)))

    def _gap(self, gap: Gap) -> Gap:
        return replace(gap, reason=self.message(gap.reason))
