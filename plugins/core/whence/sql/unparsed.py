"""Statements of which only the words are known: what the scan found, in the names of the script.

Must not look at a syntax tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from whence.columns.algebra import Relation
from whence.model import Gap
from whence.sql.plan import Plan, Rows
from whence.sql.results import StatementLineage, TableName
from whence.sql.statements.write import Answer, target_of

if TYPE_CHECKING:
    from whence.sql.scan import Scanned

SCANNED = 0.4
"""The confidence in tables that were found by scanning, where the verb's own was among them."""

GUESSED = 0.2
"""The same where the verb is not known, or the table that it must name was not found."""


class Unparsed:
    """Answers for the statements of one script that are read by their words alone."""

    def __init__(self, plan: Plan, answer: Answer) -> None:
        """Answers in the names of ``plan``."""
        self._plan = plan
        self._answer = answer

    def statement(
        self, found: Scanned, gap: Gap | None, confidence: float = SCANNED
    ) -> StatementLineage:
        """The statement that ``found`` was read from.

        Args:
            found: Its kind and its tables as they are written.
            gap: Why it is not read better.
            confidence: Where ``found`` is sure of itself.
        """
        outputs = [self._qualified(name) for name in found.outputs]
        inputs: dict[TableName, None] = {}
        for name in found.inputs:
            inputs.update(dict.fromkeys(self._behind(self._qualified(name))))
        if found.temporary and outputs:
            self._remember(outputs[0], list(inputs))
        return StatementLineage(
            found.kind,
            tuple(inputs),
            tuple(outputs),
            gaps=() if gap is None else (gap,),
            confidence=confidence if found.sure else min(confidence, GUESSED),
        )

    def _qualified(self, name: TableName) -> TableName:
        """``name`` with the defaults in front, unless it is a path."""
        path = len(name.parts) == 1 and any(mark in name.parts[0] for mark in "/@:")
        return name if path else self._plan.qualify(name)

    def _behind(self, name: TableName) -> list[TableName]:
        """The stored tables behind a temporary one, or just ``name``."""
        if not self._plan.is_made(name):
            return [name]
        rows = self._plan.rows_of(name)
        return self._answer.columns(target_of(self._plan, name, rows, list(rows.names)))[2]

    def _remember(self, name: TableName, inputs: list[TableName]) -> None:
        """A temporary table whose columns nobody knows, over the tables it was made from."""
        scans = [self._plan.scan(self._plan.table(each)).node for each in inputs]
        self._plan.make(name, Rows(Relation(scans), (), (), (), True))
