"""A text from its first character to the answer: size, dialect, ladder, statement by statement.

Must not know kinds of statements.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from whence.columns.algebra import Relation
from whence.guard import attempt
from whence.model import Field, Gap
from whence.schema.asking import Asker
from whence.schema.providers import SchemaProvider
from whence.sql.api import Limits
from whence.sql.dialects import Rules, rules
from whence.sql.ladder import Piece, pieces
from whence.sql.lifecycle import changes
from whence.sql.names import Env
from whence.sql.pause import paused_for
from whence.sql.plan import Ask, Plan, Rows, Step, run
from whence.sql.relations.ctes import common_table
from whence.sql.relations.query import query
from whence.sql.results import (
    ExpressionText,
    Indirect,
    OutputColumn,
    ScriptLineage,
    StatementLineage,
    TableChange,
    TableName,
)
from whence.sql.session import Session
from whence.sql.spans import Spans
from whence.sql.statements.dispatch import Reader, reader_of
from whence.sql.statements.nested import unpack
from whence.sql.statements.write import Answer, Effects
from whence.sql.tablenames import table_name
from whence.sql.text import text_of
from whence.sql.unparsed import GUESSED, SCANNED, Unparsed

if TYPE_CHECKING:
    from whence.sql.derivations import Derivations
    from whence.sql.scan import Scanned

OPAQUE = 0.5
MENDED = 0.8
MAX_INNER = 4
"""How deep text may hold text that holds text (EXEC in EXEC)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a text is to be read; see `whence.sql.extract`."""

    dialect: str
    schema: SchemaProvider | None
    default_catalog: str | None
    default_schema: str | None
    limits: Limits
    fold: Callable[[str], str] | None = None
    derivations: bool = False
    masking: frozenset[str] = frozenset()
    session: Session | None = None
    remember: bool = True
    struct_paths: bool = False
    spans: bool = False


@dataclass(slots=True, eq=False)
class Trail:
    """What reading a text went by.

    Attributes:
        asked: The tables that providers were asked for, and what they said.
        pieces: Its statements.
        texts: The expressions of its columns, by the column's id, which is the same every time.
    """

    asked: Sequence[tuple[TableName, tuple[Field, ...] | None]] = ()
    pieces: Sequence[Piece] = ()
    texts: Mapping[int, ExpressionText] = field(default_factory=dict)


class Script:
    """One text while it is read, statement by statement."""

    def __init__(self, known: Rules, settings: Settings) -> None:
        """Start with the defaults of ``settings``."""
        defaults = (settings.default_catalog or "", settings.default_schema or "")
        self._asker = Asker(settings.schema, settings.limits.schema_seconds)
        self._plan = Plan(known, self._asker, defaults)
        self._plan.exact = settings.fold is not None
        self._plan.masking = settings.masking
        self._plan.struct_paths = settings.struct_paths
        self._spans = settings.spans
        self._answer = Answer(self._plan)
        self._unparsed = Unparsed(self._plan, self._answer)
        self._rules = known
        self._fold = settings.fold
        self._derivations = _derivations(self._plan) if settings.derivations else None
        self._session = settings.session
        if settings.session is not None:
            from whence.sql.keeping import begin

            begin(self._plan, settings.session)
        self._until = time.monotonic() + settings.limits.max_seconds
        self.trail = Trail()
        self.statements: list[StatementLineage] = []
        self._inputs: dict[TableName, None] = {}
        self._aside: dict[TableName, None] = {}
        self._outputs: dict[TableName, None] = {}
        self._filled: set[TableName] = set()
        self._created: set[TableName] = set()

    def lineage(self) -> ScriptLineage:
        """The script as a whole; what only went into temporary tables nobody read is left out."""
        if self._session is not None:
            from whence.sql.keeping import keep

            attempt("sql.session", keep, self._plan, self._answer, self._session)
        inputs = self._inputs if self._inputs or self._outputs else self._aside
        return ScriptLineage(
            tuple(self.statements), tuple(inputs), tuple(self._outputs), self._rules.name
        )

    def read(self, sql: str) -> None:
        """Read all statements of ``sql``, and those that they hold."""
        self.trail.asked, self.trail.texts = self._asker.asked, self._answer.texts
        if self._spans:
            self._plan.spans = Spans(sql, self._rules)
        self.trail.pieces = pieces(sql, self._rules)
        todo = [(piece, 0) for piece in reversed(self.trail.pieces)]
        while todo:
            piece, depth = todo.pop()
            inner = None
            if piece.role == "names":
                self._plan.variables.declare(piece.names)
                continue
            if piece.role == "text" and depth < MAX_INNER:
                inner = self._inner(piece.text)
            elif piece.node is not None and depth < MAX_INNER:
                inner = unpack(piece.node, self._inner)
            if inner is None:
                self._add(piece)
            else:
                todo.extend((each, depth + 1) for each in reversed(inner))

    def scanned(self, sql: str, gap: Gap) -> StatementLineage:
        """A text as one statement of which only the words are read."""
        return self._unparsed.statement(_scan(sql, self._rules), gap)

    def _inner(self, sql: str) -> list[Piece]:
        return pieces(sql, self._rules)

    def _add(self, piece: Piece) -> None:
        statement = self._statement(piece)
        self.statements.append(statement)
        is_made = self._plan.is_made
        stay = [name for name in statement.outputs if not is_made(name)]
        read = self._inputs if stay or not statement.outputs else self._aside
        for name in statement.inputs:
            # A stored table that a temporary one of its name hides was read before, or just now.
            stored = name in self._aside or name in self._inputs or name in statement.outputs
            if name not in self._filled and (stored or not is_made(name)):
                read[name] = None
        self._outputs.update(dict.fromkeys(stay))
        verb = statement.kind.partition(" ")[0]
        if verb != "ALTER" or statement.inputs:
            self._filled.update(stay)
        if verb == "DROP" or (verb == "ALTER" and statement.columns):
            self._take_away(stay if verb == "DROP" else statement.inputs)
        if verb in ("CREATE", "ALTER", "SELECT") and statement.columns:
            self._created.update(stay)

    def _take_away(self, names: Iterable[TableName]) -> None:
        """Tables that are no more; those that the script itself made are none of its outputs."""
        for name in names:
            if name in self._created:
                self._created.discard(name)
                self._outputs.pop(name, None)

    def _statement(self, piece: Piece) -> StatementLineage:
        self._plan.gaps.clear()
        node = piece.node
        self._plan.text = piece.text
        if node is None:
            return self._unparsed.statement(_scan(piece.text, self._rules), piece.gap)
        if time.monotonic() > self._until:
            gap = Gap("time-limit", "the statements before this one took all the time there is")
            tables = [table_name(self._plan, each) for each in node.find_all(exp.Table)]
            inputs = tuple(dict.fromkeys(tables))
            return StatementLineage(node.key.upper(), inputs, gaps=(gap,), confidence=GUESSED)
        reader = _reader(piece, node)
        if reader is None:
            kind = str(node.args["this"]) if isinstance(node, exp.Command) else node.key
            gap = Gap("opaque-statement", f"{kind.upper()} is not read beyond its table names")
            return self._scanned(node, gap, OPAQUE)
        lineage, error = attempt("sql.statement", self._read, reader, piece)
        if lineage is not None:
            return _explained(lineage) if piece.role == "explained" else lineage
        gap = Gap("extraction-failed", f"{type(error).__name__}: {error}")
        return self._scanned(node, gap, SCANNED)

    def _scanned(self, node: exp.Expr, gap: Gap, confidence: float) -> StatementLineage:
        found = _scan(text_of(node, self._rules), self._rules)
        return self._unparsed.statement(found, gap, confidence)

    def _read(self, reader: Reader, piece: Piece) -> StatementLineage:
        assert piece.node is not None
        if self._fold is not None:
            _fold_names(piece.node, self._fold)
        if self._plan.spans is not None:
            self._plan.spans.add(piece.node, piece.text)
        effects = effects_of(self._plan, reader, piece.node)
        effects.kind = piece.kind or effects.kind
        if piece.gap is not None:
            self._plan.gaps[piece.gap] = None
            effects.confidence = MENDED
        return self._lineage(effects, changes(self._plan, piece.node, effects))

    def _lineage(self, effects: Effects, lifecycle: tuple[TableChange, ...]) -> StatementLineage:
        columns: list[OutputColumn] = []
        indirect: list[Indirect] = []
        inputs: dict[TableName, None] = dict.fromkeys(effects.inputs)
        for target in effects.targets:
            more, influences, tables = self._answer.columns(target)
            if self._derivations is not None:
                made = self._derivations.of(target.write)
                more = [replace(one, derivation=how) for one, how in zip(more, made, strict=False)]
            columns += more
            indirect += influences
            inputs.update((name, None) for name in tables if name != effects.own)
        return StatementLineage(
            effects.kind,
            tuple(inputs),
            tuple(dict.fromkeys(effects.outputs)),
            tuple(columns),
            tuple(indirect),
            tuple(self._plan.gaps),
            effects.confidence,
            lifecycle,
        )


def _explained(lineage: StatementLineage) -> StatementLineage:
    """What is explained reads its tables; it writes nothing."""
    columns = tuple(each for each in lineage.columns if each.dataset is None)
    indirect = tuple(each for each in lineage.indirect if each.output is None)
    return replace(
        lineage, kind="EXPLAIN", outputs=(), columns=columns, indirect=indirect, lifecycle=()
    )


def _fold_names(node: exp.Expr, fold: Callable[[str], str]) -> None:
    """Spell the names of ``node`` that have no quotes as the system stores them."""
    for name in node.find_all(exp.Identifier):
        if not name.args.get("quoted"):
            name.set("this", fold(name.this))


def _scan(text: str, rules: Rules) -> Scanned:
    """What the words of a text tell; most texts parse, and never need it."""
    from whence.sql.scan import scan

    return scan(text, rules)


def _derivations(plan: Plan) -> Derivations:
    from whence.sql.derivations import Derivations

    return Derivations(plan)


def _reader(piece: Piece, node: exp.Expr) -> Reader | None:
    """What reads ``node``: its kind's reader, or that of the role it has in a block."""
    if not piece.role:
        return reader_of(node)
    from whence.sql.statements.declare import filling

    return filling(piece) or reader_of(node)


def read_script(sql: str, settings: Settings, trail: Trail | None = None) -> ScriptLineage:
    """The lineage of every statement in ``sql``; ``trail`` is told what it went by."""
    known = rules(settings.dialect)
    if len(sql) > settings.limits.max_bytes:
        size = f"{len(sql):,} characters, above the limit of {settings.limits.max_bytes:,}"
        only = Script(known, settings).scanned(sql, Gap("size-limit", size))
        lineage = ScriptLineage((only,), only.inputs, only.outputs, known.name)
    else:
        script = Script(known, settings)
        if trail is not None:
            script.trail = trail
        with paused_for(sql):
            script.read(sql)
            lineage = script.lineage()
    if known.known:
        return lineage
    unknown = Gap("unknown-dialect", f"{settings.dialect!r} is unknown; read as generic SQL")
    statements = tuple(_with_gap(each, unknown) for each in lineage.statements)
    return ScriptLineage(statements, lineage.inputs, lineage.outputs)


def _with_gap(statement: StatementLineage, gap: Gap) -> StatementLineage:
    return StatementLineage(
        statement.kind,
        statement.inputs,
        statement.outputs,
        statement.columns,
        statement.indirect,
        (gap, *statement.gaps),
        min(statement.confidence, 0.8),
        statement.lifecycle,
    )


def effects_of(plan: Plan, reader: Reader, node: exp.Expr) -> Effects:
    """Drive ``reader`` over ``node``, and over the table expressions in it that change data."""
    effects: list[Effects] = []
    changes: list[Effects] = []

    def change(body: exp.Expr, env: Env) -> Step:
        inner, before = reader_of(body), plan.inside
        if inner is None:
            return Rows(Relation(), (), (), unknown=True)
        plan.inside = (body, env)
        changes.append((yield from inner(plan, body)))
        plan.inside = before
        return changes[-1].rows or Rows(Relation(), (), ())

    def step() -> Generator[Ask | Step, Rows, Rows]:
        effects.append((yield from reader(plan, node)))
        while plan.waiting:
            table = plan.waiting.pop(0)
            if table.rows is None and not table.building:
                yield common_table(plan, table)
        return Rows(Relation(), (), ())

    plan.waiting.clear()
    plan.change = change
    run(plan, step(), query)
    for each in changes:
        effects[0].targets += each.targets
        effects[0].outputs += each.outputs
        effects[0].inputs += each.inputs
    return effects[0]
