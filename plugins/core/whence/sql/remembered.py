"""Answers kept for texts that come again, and for texts that differ in literals alone.

Must not give what reading the text again would not: providers are asked anew, and an answer
stands only where they say of every table what they said before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from operator import attrgetter

from whence.model import Field
from whence.schema.asking import Asker
from whence.sql.alike import Shape, free_literals, shape_of
from whence.sql.dialects import rules
from whence.sql.ladder import pieces
from whence.sql.results import ScriptLineage, TableName
from whence.sql.script import Settings, Trail, read_script

FRESH_CHARACTERS = 60_000
"""How much text is remembered with its syntax tree, which takes a hundred times as much memory."""

KEPT_WEIGHT = 4_000_000
"""What the answers without trees may weigh together, in about bytes."""

EMPTY_WEIGHT = 300
EDGE_WEIGHT = 150
"""What an answer weighs beside its text, and for each of its columns and edges."""

MAX_CHARACTERS = 30_000
"""Longer texts are not remembered."""

# What may be another answer the next time.
_PASSING = frozenset({"time-limit", "extraction-failed", "schema-unavailable"})


@dataclass(slots=True, eq=False)
class _Entry:
    """An answer with what it rests on.

    Attributes:
        key: The text, and how it was read.
        settings: How it was read.
        trail: What it went by; None once its syntax trees were let go.
        asked: The tables that providers were asked for, and what they said.
        free: Which literals the answer does not depend on; None where that was not asked yet.
    """

    key: Hashable
    sql: str
    settings: Settings
    lineage: ScriptLineage
    trail: Trail | None
    asked: Sequence[tuple[TableName, tuple[Field, ...] | None]]
    shape: Shape | None
    shape_key: Hashable
    free: frozenset[int] | None = None
    weight: int = 0


@dataclass(slots=True, eq=False)
class _Segment:
    """Entries in the order of their last use, up to a bound."""

    bound: int
    entries: OrderedDict[Hashable, _Entry] = field(default_factory=OrderedDict)
    weight: int = 0

    def get(self, key: Hashable) -> _Entry | None:
        entry = self.entries.get(key)
        if entry is not None:
            self.entries.move_to_end(key)
        return entry

    def add(self, entry: _Entry) -> list[_Entry]:
        """Keep ``entry``; what has to go for it."""
        self.remove(entry.key)
        self.entries[entry.key] = entry
        self.weight += entry.weight
        gone: list[_Entry] = []
        while self.weight > self.bound:
            _, oldest = self.entries.popitem(last=False)
            self.weight -= oldest.weight
            gone.append(oldest)
        return gone

    def remove(self, key: Hashable) -> None:
        entry = self.entries.pop(key, None)
        if entry is not None:
            self.weight -= entry.weight


class Answers:
    """Answers by text and by shape, for any number of threads.

    The newest ones are kept with their syntax trees, from which the texts of their expressions
    are written if somebody asks; the trees of older ones are made again for that.
    """

    def __init__(self, characters: int = FRESH_CHARACTERS, weight: int = KEPT_WEIGHT) -> None:
        """Start with nothing; see `FRESH_CHARACTERS` and `KEPT_WEIGHT` for the bounds."""
        self._lock = threading.Lock()
        self._fresh = _Segment(characters)
        self._kept = _Segment(weight)
        self._shapes: dict[Hashable, _Entry] = {}

    def lineage(self, sql: str, settings: Settings) -> ScriptLineage:
        """What `read_script` gives for the same arguments."""
        if not _can_be_remembered(sql, settings):
            return read_script(sql, settings)
        how = _how(settings)
        with self._lock:
            entry = self._fresh.get((sql, how)) or self._kept.get((sql, how))
        if entry is not None and _still(entry, settings):
            return entry.lineage
        shape = shape_of(sql)
        key = None if shape is None else (shape.between, how)
        if shape is not None and entry is None:
            entry = self._alike(key, shape)
            if entry is not None and _still(entry, settings):
                return entry.lineage
        trail = Trail()
        lineage = read_script(sql, settings, trail)
        codes = {gap.code for each in lineage.statements for gap in each.gaps}
        if not codes & _PASSING:
            # A gap quotes the text, literals and all.
            key = None if codes else key
            self._remember(
                _Entry((sql, how), sql, settings, lineage, trail, trail.asked, shape, key)
            )
        return lineage

    def forget(self) -> None:
        """Let go of all answers."""
        with self._lock:
            self._fresh = _Segment(self._fresh.bound)
            self._kept = _Segment(self._kept.bound)
            self._shapes.clear()

    def _alike(self, key: Hashable, shape: Shape) -> _Entry | None:
        """The answer for a text that differs from this one only in literals that are free."""
        with self._lock:
            entry = self._shapes.get(key)
        if entry is None or entry.shape is None:
            return None
        free = _free(entry)
        pairs = enumerate(zip(shape.literals, entry.shape.literals, strict=True))
        if all(one == other or number in free for number, (one, other) in pairs):
            return entry
        return None

    def _remember(self, entry: _Entry) -> None:
        entry.weight = len(entry.sql) + EMPTY_WEIGHT
        with self._lock:
            self._kept.remove(entry.key)
            if entry.shape_key is not None:
                self._shapes[entry.shape_key] = entry
            gone: list[_Entry] = []
            for older in self._fresh.add(entry):
                _let_trees_go(older)
                gone += self._kept.add(older)
            for each in gone:
                if self._shapes.get(each.shape_key) is each:
                    del self._shapes[each.shape_key]


def _can_be_remembered(sql: str, settings: Settings) -> bool:
    """True for a text by itself of no great size, if that is wanted."""
    if not settings.remember or settings.session is not None or settings.derivations:
        return False
    if settings.spans:  # a text that differs in literals has other places
        return False
    return len(sql) <= min(MAX_CHARACTERS, settings.limits.max_bytes)


_HOW = attrgetter(
    *(
        each.name
        for each in fields(Settings)
        if each.name not in ("schema", "fold", "session", "remember")
    )
)


def _how(settings: Settings) -> Hashable:
    """What a text's answer depends on beside the text and the schema."""
    # A function may have no hash; the entry holds it, so that no other can have its identity.
    return (_HOW(settings), id(settings.fold))


def _still(entry: _Entry, settings: Settings) -> bool:
    """True where providers say what they said when ``entry`` was made."""
    if not entry.asked:
        return True
    asker = Asker(settings.schema, settings.limits.schema_seconds)
    for table, answer in entry.asked:
        now = asker.ask(table)
        if now is not answer and now != answer:
            return False
    return not asker.problems


def _free(entry: _Entry) -> frozenset[int]:
    if entry.free is None:
        trail = entry.trail
        known = pieces(entry.sql, rules(entry.settings.dialect)) if trail is None else trail.pieces
        entry.free = free_literals(entry.sql, known)
    return entry.free


def _let_trees_go(entry: _Entry) -> None:
    """From now on nothing but the text is needed, from which everything can be made again."""
    trail = entry.trail
    assert trail is not None
    # The provider goes as well: it may hold a connection.
    entry.settings = replace(entry.settings, schema=_Said(dict(entry.asked)))
    again = _Again(entry.sql, entry.settings)
    for column, text in trail.texts.items():
        text.defer(partial(again.text, column))
    entry.trail = None
    size = sum(
        len(statement.indirect) + sum(2 + len(column.inputs) for column in statement.columns)
        for statement in entry.lineage.statements
    )
    entry.weight = 2 * len(entry.sql) + EMPTY_WEIGHT + EDGE_WEIGHT * size


class _Said:
    """A provider that says what was said before."""

    local = True

    def __init__(self, answers: Mapping[TableName, tuple[Field, ...] | None]) -> None:
        self._answers = answers

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        return self._answers.get(table)


class _Again:
    """The expressions of a text that was read before, from reading it once more."""

    def __init__(self, sql: str, settings: Settings) -> None:
        self._sql = sql
        self._settings = settings

    def text(self, column: int) -> str:
        """The expression of one column."""
        trail = Trail()
        read_script(self._sql, self._settings, trail)
        return str(trail.texts[column])


ANSWERS = Answers()
"""Those of this process."""
