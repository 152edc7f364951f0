"""What the SQL front end answers with: statements, their columns, influences and gaps.

Plain values, light to import; must not import sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

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

    def __hash__(self) -> int:
        return hash(self.parts)

    @property
    def last(self) -> str:
        """The table's own name; "" where the parser found none."""
        return self.parts[-1] if self.parts else ""


INFERRED = 0.9
GUESSED = 0.5
"""How sure it is that a table has a column which neither its schema nor the statement gives it."""


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A place in the text that was read.

    Attributes:
        start: The first character, from 0.
        end: One past the last.
        line: The line of the first character, from 1.
        column: Its place in that line, from 1.
    """

    start: int
    end: int
    line: int
    column: int


MAX_TEXT = 1_000
"""Characters of an expression that are kept: each of its columns repeats it."""


class ExpressionText:
    """The text of an expression in its own dialect, written only when somebody asks for it.

    What is longer than `MAX_TEXT` ends in an ellipsis.
    """

    __slots__ = ("_place", "_span", "_text", "_write")

    def __init__(
        self, write: Callable[[], str], place: Callable[[], TextSpan | None] | None = None
    ) -> None:
        """Keep ``write`` and ``place`` for later; each is called once at most."""
        self._write: Callable[[], str] | None = write
        self._place = place
        self._text = ""
        self._span: TextSpan | None = None

    @property
    def span(self) -> TextSpan | None:
        """Where it stands in the text, if that was to be found (``lineage(..., spans=True)``)."""
        if self._place is not None:
            self._span, self._place = self._place(), None
        return self._span

    def defer(self, write: Callable[[], str]) -> None:
        """Let go of what it would be written from: if anybody asks, ``write`` gives the same."""
        if self._write is not None:
            self._write = write

    def __repr__(self) -> str:
        return f"ExpressionText({str(self)!r})"

    def __str__(self) -> str:
        write = self._write
        if write is not None:
            text = write()
            self._text = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
            # With it goes the syntax tree that it was written from.
            self._write = None
        return self._text


class SourceColumn(NamedTuple):
    """A column that an output column depends on, and how.

    Attributes:
        expression: The expression that last changed the value, or None where it came unchanged;
            it takes no part in comparisons.
        confidence: That the dataset has the column: 1.0 where its schema or the statement says
            so, `INFERRED` where only this one of the tables in sight can have it, because the
            schemas of all others are known and lack it, `GUESSED` where a query around also has
            a column, or may have one, of that name.
    """

    # An answer has thousands of these: a tuple is made in a quarter of a frozen dataclass's time.
    dataset: TableName
    column: str
    type: TransformationType
    subtype: Subtype
    masking: bool = False
    expression: ExpressionText | None = None
    confidence: float = 1.0

    @property
    def span(self) -> TextSpan | None:
        """Where the expression stands in the text; see `ExpressionText.span`."""
        return None if self.expression is None else self.expression.span

    @property
    def description(self) -> str:
        """The expression's text in its own dialect, or "" where it is the bare column."""
        return "" if self.expression is None else str(self.expression)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SourceColumn) and self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return (*self[:5], self.confidence)


@dataclass(frozen=True, slots=True)
class Derivation:
    """A column on the way from its sources to an output: a source, or something computed.

    Attributes:
        name: ``cte.column`` of a computed one, as far as the statement names it, or
            ``table.column`` of a source.
        text: What computes it; None for a source, and where it is one of several columns (the
            branches of a UNION, the key of an outer join's USING).
        inputs: What it is computed from; () for a source and for a constant.
        dataset: The table of a source, None for what is computed.
        column: The column of a source, None for what is computed.
    """

    name: str
    text: ExpressionText | None = None
    inputs: tuple[Derivation, ...] = ()
    dataset: TableName | None = None
    column: str | None = None

    @property
    def expression(self) -> str:
        """The text of the expression, or "" where there is none."""
        return "" if self.text is None else str(self.text)


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """A column that a statement writes or returns.

    Attributes:
        dataset: The table written, or None for a query.
        column: Its name; ``*`` stands for the columns of a table that is not known.
        inputs: Its source columns, sorted.
        type: Its type, in the dialect's spelling, where that is certain.
        derivation: How it came about, where that was asked for.
    """

    dataset: TableName | None
    column: str
    inputs: tuple[SourceColumn, ...] = ()
    type: str | None = None
    derivation: Derivation | None = field(default=None, compare=False, repr=False)


class Indirect(NamedTuple):
    """A column that bears on every row of what a statement writes or returns.

    Attributes:
        output: The table written, or None for a query.
        subtype: JOIN, FILTER, GROUP_BY or SORT; WINDOW and CONDITIONAL where such an expression
            stands within one of these clauses.
        confidence: That the dataset has the column, as for `SourceColumn`.
    """

    output: TableName | None
    dataset: TableName
    column: str
    subtype: IndirectSubtype
    confidence: float = 1.0


Change = Literal["ALTER", "CREATE", "DROP", "OVERWRITE", "RENAME", "TRUNCATE"]
"""What can happen to a table as a whole, in the words of OpenLineage's lifecycleStateChange."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """A table that a statement makes, drops, empties, replaces or renames.

    Attributes:
        previous: The old name where it is renamed.
    """

    table: TableName
    change: Change
    previous: TableName | None = None


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
        lifecycle: Tables that come, go, or change as a whole.
    """

    kind: str
    inputs: tuple[TableName, ...] = ()
    outputs: tuple[TableName, ...] = ()
    columns: tuple[OutputColumn, ...] = ()
    indirect: tuple[Indirect, ...] = ()
    gaps: tuple[Gap, ...] = ()
    confidence: float = 1.0
    lifecycle: tuple[TableChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ScriptLineage:
    """What a text of any number of statements reads and writes.

    Attributes:
        statements: In the order of the text.
        inputs: Tables that the script reads and did not make itself.
        outputs: Tables that stay when the script has run.
        dialect: What the text was read as: sqlglot's name, "" for generic SQL.
    """

    statements: tuple[StatementLineage, ...] = ()
    inputs: tuple[TableName, ...] = ()
    outputs: tuple[TableName, ...] = ()
    dialect: str = ""

    def as_one(self) -> StatementLineage:
        """The script as one step: its outputs' columns, composed down to its own inputs.

        What the script made between, temporary or not, is resolved away; `statements` tell of
        each step.
        """
        from whence.sql.composing import composed

        return composed(self)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be resolved in any statement, each once."""
        return tuple(dict.fromkeys(gap for each in self.statements for gap in each.gaps))

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, as ``whence sql --json`` writes it."""
        from whence.sql.document import document

        return document(self)
