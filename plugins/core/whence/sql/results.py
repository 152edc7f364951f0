"""What the SQL front end answers with: statements, their columns, influences and gaps.

Plain values, light to import; must not import sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from whence.model import Gap, IndirectSubtype, Subtype, TransformationType


@dataclass(frozen=True, slots=True)
class TableName:
    """The name of a table as a statement has it.

    Attributes:
        parts: Catalogue, schema and table, as far as given, without quotes.
        quoted: For each part, whether it was quoted.
    """

    parts: tuple[str, ...]
    quoted: tuple[bool, ...] = ()

    def __str__(self) -> str:
        return ".".join(self.parts)


MAX_TEXT = 1_000
"""Characters of an expression that are kept: each of its columns repeats it."""


class ExpressionText:
    """The text of an expression in its own dialect, written only when somebody asks for it.

    What is longer than `MAX_TEXT` ends in an ellipsis.
    """

    __slots__ = ("_text", "_write")

    def __init__(self, write: Callable[[], str]) -> None:
        """Keep ``write`` for later; it is called once at most."""
        self._write = write
        self._text: str | None = None

    def __str__(self) -> str:
        if self._text is None:
            text = self._write()
            self._text = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
        return self._text


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that an output column depends on, and how.

    Attributes:
        expression: The expression that last changed the value, or None where it came unchanged.
    """

    dataset: TableName
    column: str
    type: TransformationType
    subtype: Subtype
    masking: bool = False
    expression: ExpressionText | None = field(default=None, compare=False, repr=False)

    @property
    def description(self) -> str:
        """The expression's text in its own dialect, or "" where it is the bare column."""
        return "" if self.expression is None else str(self.expression)


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column that a statement writes or returns.

    Attributes:
        dataset: The table written, or None for a query.
        column: Its name; ``*`` stands for the columns of a table that is not known.
        inputs: Its source columns, sorted.
        type: Its type, in the dialect's spelling, where that is certain.
    """

    dataset: TableName | None
    column: str
    inputs: tuple[SourceColumn, ...] = ()
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Indirect:
    """A column that bears on every row of what a statement writes or returns.

    Attributes:
        output: The table written, or None for a query.
        subtype: JOIN, FILTER, GROUP_BY or SORT; WINDOW and CONDITIONAL where such an expression
            stands within one of these clauses.
    """

    output: TableName | None
    dataset: TableName
    column: str
    subtype: IndirectSubtype


@dataclass(frozen=True, slots=True)
class StatementLineage:
    """What one statement reads and writes.

    Attributes:
        kind: ``SELECT``, ``INSERT``, ``CREATE TABLE``, ``MERGE`` ...
        inputs: Tables read, each once, in the order met.
        outputs: Tables written, each once.
        columns: In the order of the output, also those that depend on nothing.
        indirect: What bears on all rows, sorted.
        gaps: What could not be resolved.
        confidence: 1.0 for a statement fully understood, lower on each step of the ladder.
    """

    kind: str
    inputs: tuple[TableName, ...] = ()
    outputs: tuple[TableName, ...] = ()
    columns: tuple[OutputColumn, ...] = ()
    indirect: tuple[Indirect, ...] = ()
    gaps: tuple[Gap, ...] = ()
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class ScriptLineage:
    """What a text of any number of statements reads and writes.

    Attributes:
        statements: In the order of the text.
        inputs: Tables that the script reads and did not make itself.
        outputs: Tables that stay when the script has run.
    """

    statements: tuple[StatementLineage, ...] = ()
    inputs: tuple[TableName, ...] = ()
    outputs: tuple[TableName, ...] = ()
