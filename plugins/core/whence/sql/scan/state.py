"""What a scanner keeps: parentheses, common table expressions, aliases, the tables found.

Must not know words of SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from whence.sql.dialects import Rules
from whence.sql.results import TableName
from whence.sql.scan.lexing import Lexeme
from whence.sql.scan.vocabulary import NO_TABLES

READ, WRITE = "read", "write"
_BEFORE_BODY = frozenset(["as", "copy", "unload", "explain"])


class Level:
    """What is known within one pair of parentheses, or outside all of them.

    Attributes:
        query: A SELECT stands here, so that FROM means tables.
        expects: READ or WRITE where a table's name must come next, "" elsewhere.
        listing: The same while commas separate tables.
        body: The parentheses hold a whole statement.
        cte: How far a WITH has come: ``name``, ``as``, ``body``, ``next``; "" outside.
        ctes: The names that a WITH has given here, with their numbers.
        held: What ``listing`` was before a USING, which may have a list of its own.
        owner: The number of the common table expression around these parentheses.
        aliases: Of the tables here.
    """

    # Most brackets are those of expressions: what few need is made when they do.
    query = False
    expects = listing = held = cte = named = ""
    ctes: Sequence[tuple[str, int]] = ()
    aliases: Mapping[str, TableName] = MappingProxyType({})

    def __init__(self, body: bool, owner: int) -> None:
        self.body = body
        self.owner = owner

    def alias(self, name: str, table: TableName, replacing: bool = True) -> None:
        """Call ``table`` ``name`` from here on."""
        folded = name.lower()
        if not isinstance(self.aliases, dict):
            self.aliases = {}
        if replacing or folded not in self.aliases:
            self.aliases[folded] = table

    def give(self, name: str, number: int) -> None:
        """One more common table expression of a WITH here."""
        if not isinstance(self.ctes, list):
            self.ctes = []
        self.ctes.append((name, number))


class State:
    """One text while it is scanned: where in it, and what was found so far."""

    def __init__(self, known: Rules) -> None:
        """Begin at the first word."""
        self.rules = known
        self.kind = ""
        self.verb = ""
        self.making = False
        self.object = ""
        self.temporary = False
        self.reads: dict[tuple[int, TableName, bool], None] = {}
        self.uses: dict[int, list[int]] = {}
        self.owner = 0
        self.ctes = 0
        self.recursive = False
        self.renaming = False
        self.from_first = False
        self.assigning = False
        self.assigned: set[str] = set()
        self.outputs: dict[TableName, None] = {}
        self.level = Level(True, 0)
        self.levels: list[Level] = []
        self.visible: dict[str, list[int]] = {}
        self.before = Lexeme("", "", ";")
        self.pending: tuple[TableName, str] | None = None
        self.hinted: TableName | None = None
        self.missed = False
        self.last: TableName | None = None

    def _settle(self, following: Lexeme) -> None:
        """Decide over a name once it is known what follows: an argument list makes a function."""
        assert self.pending is not None
        name, mode = self.pending
        self.pending = None
        if following.mark == "(" and (mode == READ or name.parts[0].lower() in NO_TABLES):
            self.hinted = name
            return
        self._record(name, mode)

    def _record(self, name: TableName, mode: str) -> None:
        level = self.level
        first = name.parts[0].lower()
        alone = len(name.parts) == 1
        if mode == WRITE:
            self._write(name)
        elif alone and self.visible.get(first):
            self.uses.setdefault(self.owner, []).append(self.visible[first][-1])
        elif alone or first not in level.aliases:
            self.reads[self.owner, name, not self.levels] = None
        self.last = name
        level.alias(name.parts[-1], name, replacing=False)

    def _write(self, name: TableName) -> None:
        if self.renaming:
            self.renaming = False
            old = next(iter(self.outputs), name)
            self.outputs.clear()
            self.reads[0, old, False] = None
            missing = len(old.parts) - len(name.parts)
            if missing > 0:
                parts = (*old.parts[:missing], *name.parts)
                name = TableName(parts, (*old.quoted[:missing], *name.quoted))
        self.outputs[name] = None

    def _open(self) -> None:
        level, before = self.level, self.before.word
        self.levels.append(level)
        expects, level.expects = level.expects, ""
        body = level.cte == "body"
        if level.cte == "name":
            level.cte = ""
        if before == "using":
            level.listing = level.held
        self.level = Level(body or before in _BEFORE_BODY, self.owner)
        if body:
            self.ctes += 1
            level.give(level.named, self.ctes)
            self.owner = self.ctes
            if self.recursive or self.rules.implicit_recursion:
                self._see(level.named, self.ctes)
        elif expects == READ and before not in ("table", "using"):
            self.level.query = self.level.body = True
            self.level.expects = self.level.listing = READ

    def _close(self) -> None:
        if not self.levels:
            return
        for name, number in self.level.ctes:
            if number in self.visible.get(name, ()):
                self.visible[name].remove(number)
        self.owner = self.level.owner
        self.level = self.levels.pop()
        level = self.level
        if level.cte == "body":
            level.cte = "next"
            if not (self.recursive or self.rules.implicit_recursion):
                self._see(*level.ctes[-1])

    def _see(self, name: str, number: int) -> None:
        self.visible.setdefault(name, []).append(number)

    def _comma(self) -> None:
        level = self.level
        if level.cte == "next":
            level.cte = "name"
        level.expects = level.listing

    def _end(self) -> None:
        """A semicolon inside: what follows is a statement of its own."""
        self.level = Level(True, 0)
        self.levels.clear()
        self.verb, self.making = "", False
