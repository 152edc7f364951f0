"""The scanner: goes over the words of a statement once and notes what stands where tables stand.

Must not know what columns or expressions are.
"""

from __future__ import annotations

from whence.sql.results import TableName
from whence.sql.scan import vocabulary as vocab
from whence.sql.scan.lexing import Lexeme, name_of
from whence.sql.scan.state import READ, WRITE, State
from whence.sql.words import words


class Scanner(State):
    """Takes one word after the other."""

    def read(self, lexeme: Lexeme) -> None:
        """Take one step."""
        if self.pending is not None:
            self._settle(lexeme)
        elif self.hinted is not None:
            if lexeme.word in vocab.HINTS:
                self._record(self.hinted, READ)
            self.hinted = None
        if lexeme.mark:
            self._mark(lexeme)
        elif lexeme.word:
            self._word(lexeme)
        else:
            self._name(lexeme)
        self.before = lexeme

    def finish(self) -> None:
        """The text is over."""
        if self.pending is not None:
            self._settle(Lexeme("", "", ";"))
        self.level = self.levels[0] if self.levels else self.level

    def _name(self, lexeme: Lexeme) -> None:
        """A quoted or dotted name."""
        before = self.before
        if self.assigning and not self.levels and (before.word == "set" or before.mark == ","):
            self.assigned.add(lexeme.text.partition(".")[0].strip('"`[]').lower())
        self._candidate(lexeme)

    def _candidate(self, lexeme: Lexeme) -> None:
        """Something that may be a table, an alias or anything else."""
        level = self.level
        if level.cte == "name":
            level.named, level.cte = lexeme.text.strip('"`[]').lower(), "as"
            return
        if level.expects:
            mode, level.expects = level.expects, ""
            if lexeme.text[0] != "@" or self.rules.name in _STAGES:
                self.pending = (name_of(lexeme.text, self.rules), mode)
            return
        if self.last is not None and not lexeme.word.isdigit():
            level.alias(lexeme.text.strip('"`[]'), self.last)
            self.last = None

    def _mark(self, lexeme: Lexeme) -> None:
        mark = lexeme.mark
        if mark == "=" and not self.kind and self.before.mark == ":":
            self.kind = self.verb = "SET"
        if mark == "(":
            self._open()
        elif mark == ")":
            self._close()
        elif mark == ",":
            self._comma()
        elif mark == ";":
            self._end()
        elif mark == "'":
            self._string(lexeme)
        elif mark not in "<>":
            self.level.expects = ""
        if mark not in "()":
            self.last = None
        if mark not in "(),":
            self.level.cte = ""

    def _string(self, lexeme: Lexeme) -> None:
        """A path, where files are read or written."""
        level = self.level
        mode = level.expects
        level.expects = ""
        path = lexeme.text.strip("'\"")
        if self.verb == "load" and self.before.word in ("infile", "inpath"):
            mode = READ
        if self.verb in ("copy", "insert", "load") and mode and path:
            self._record(TableName((path,), (True,)), mode)
        elif mode and lexeme.text[0] == '"':
            self.pending = (TableName((path,), (True,)), mode)

    def _word(self, lexeme: Lexeme) -> None:
        word, level = lexeme.word, self.level
        if level.cte and self._within_with(word):
            return
        event_table = word == "table" and self.before.word == "event"
        if (self.making or event_table) and self._makes(word):
            return
        if self._begins(word):
            self._verb(word)
            return
        if level.expects:
            if self._between(word):
                return
            if word not in vocab.RESERVED:
                self._candidate(lexeme)
                return
        if word in vocab.ENDS_LIST:
            self.missed = self.missed or (level.expects == READ and word not in _QUERIES)
            level.listing = ""
        action = _ACTIONS.get(word)
        if action is not None:
            action(self, word)
        elif word in vocab.CLAUSES:
            level.expects = ""
        else:
            self._candidate(lexeme)

    def _between(self, word: str) -> bool:
        """Words that stand between a verb and its table, where the table has not come yet."""
        before = self.before.word
        if self.level.expects == READ and self.verb not in vocab.READING:
            return word in vocab.BEFORE_READ and before != "only"
        return word in vocab.BETWEEN and (
            before in vocab.BETWEEN or before in (self.verb, self.object, "from", "into")
        )

    def _within_with(self, word: str) -> bool:
        """The words of a WITH itself."""
        level = self.level
        if level.cte == "name" and word == "recursive":
            self.recursive = True
            return True
        if level.cte == "as":
            level.cte = "body" if word == "as" else ""
            return True
        if level.cte == "body" and word in ("not", "materialized"):
            return True
        if level.cte != "name":
            level.cte = ""
        return False

    def _begins(self, word: str) -> bool:
        """True where ``word`` is the verb of a statement."""
        if word not in _VERBS:
            return False
        if self.before.mark == ";" or not self.kind:
            return True
        if self.from_first and word == "insert" and not self.levels:
            return True
        return word not in vocab.OTHER and self.level.body and self._begins_within(word)

    def _begins_within(self, word: str) -> bool:
        """True where a statement within another one begins with ``word``."""
        before = self.before
        if before.mark == ")":
            return self.verb == "with"
        if before.mark == "(":
            return word in vocab.WRITING or word in vocab.QUERYING
        if before.word == "as":
            return self.verb in vocab.DEFINING and word in vocab.WRITING
        if self.level.query or (before.word in ("then", "do") and self.verb in _BRANCHING):
            return False
        return before.word in vocab.OPENS

    def _verb(self, word: str) -> None:
        level = self.level
        if self.kind in ("", "WITH", "FROM") and (not self.levels or not self.kind):
            self.from_first = self.from_first or word == "from"
            self.kind = word.upper()
        if self.levels and word in vocab.QUERYING:
            _ACTIONS.get(word, _nothing)(self, word)
            return
        self.verb, self.making, self.object = word, False, ""
        level.expects = level.listing = ""
        level.query = False
        if word in vocab.DEFINING:
            self.making = True
        elif word in vocab.WRITING:
            level.expects = level.listing = WRITE
            if word in ("insert", "merge", "copy", "upsert"):
                level.listing = ""
        elif word in vocab.READING:
            level.expects = READ
        else:
            _ACTIONS.get(word, _nothing)(self, word)

    def _makes(self, word: str) -> bool:
        """The words from CREATE to what it makes."""
        if word in ("temp", "temporary", "volatile", "private"):
            self.temporary = True
        if word in vocab.RELATIONS:
            self.object, self.making = word, False
            if self.kind in _MADE and not self.outputs:
                self.kind = f"{self.kind.partition(' ')[0]} {word.upper()}"
            self.level.expects = WRITE
            self.level.listing = WRITE if self.verb in ("drop", "undrop") else ""
            return True
        if word in vocab.OBJECTS and self.before.word != "sql":
            self.making = False
            if self.kind in _MADE:
                self.kind = f"{self.kind} {word.upper()}"
        return True

    def rename(self, _word: str) -> None:
        """RENAME: if TO follows at once, of the table itself."""
        self.renaming = self.verb == "alter" and bool(self.object) and not self.levels

    def select(self, _word: str) -> None:
        """SELECT: from here on, FROM means tables; of a GRANT it is a privilege."""
        level = self.level
        if self.verb in _PRIVILEGES or self.kind == "ALTER DEFAULT":
            return
        level.query, level.expects, level.listing = True, "", ""
        level.aliases = {}

    def from_(self, _word: str) -> None:
        """FROM: of a query, of a DELETE, or of a function such as EXTRACT."""
        level, before = self.level, self.before
        if before.word == "distinct" and level.query:
            return
        outside = not level.query and not self.levels
        if outside and self.verb == "delete" and (not self.outputs or before.word == "delete"):
            level.expects = level.listing = WRITE
        elif outside and self.verb in ("copy", "delete"):
            level.expects = level.listing = READ
        elif self._reads_from():
            level.query = True
            level.expects = level.listing = READ

    def _reads_from(self) -> bool:
        """True where FROM stands before tables, and not within a function's brackets."""
        mark = self.before.mark
        if self.level.query or mark == ";" or (mark == "(" and self.level.body):
            return True
        return mark != "(" and self.verb in _FROM_VERBS and not self.levels

    def join(self, _word: str) -> None:
        """JOIN and APPLY: one more table."""
        level = self.level
        if self.before.word == "array":
            level.expects = level.listing = ""
        elif level.query or self.verb in ("update", "delete", "merge"):
            level.expects = READ

    def using(self, _word: str) -> None:
        """USING of a MERGE or a DELETE, or of a join, whose columns may stand without brackets."""
        level = self.level
        if not self.levels and self.verb in ("merge", "delete") and not level.query:
            level.expects = READ
            level.listing = READ if self.verb == "delete" else ""
        else:
            level.held, level.listing = level.listing, ""
            level.expects = ""

    def into(self, _word: str) -> None:
        """INTO: the target of an INSERT, a MERGE, a COPY, a LOAD or of SELECT ... INTO."""
        level = self.level
        if level.query and (self.rules.name not in _SELECT_INTO or self.levels):
            return
        if self.verb not in ("fetch", "execute", "update", "delete", "call"):
            level.expects = WRITE

    def with_(self, _word: str) -> None:
        """WITH: common table expressions, if it begins a query."""
        before = self.before
        if before.mark in (";", "(") or before.word in vocab.OPENS or self.level.body:
            self.level.cte = "name"
        self.level.expects = ""

    def table(self, _word: str) -> None:
        """TABLE t as a query of its own, and the table of a statement that takes many words."""
        if self.before.mark == "(" or self.before.word in ("as", "union", "all", "except"):
            self.level.expects = READ if self.level.body else ""
        elif self.verb in ("lock", "cache", "uncache", "truncate"):
            self.level.expects = WRITE if self.verb == "truncate" else READ

    def to(self, _word: str) -> None:
        """COPY t TO: the table was read after all; RENAME TO; a view's rows TO a table."""
        level = self.level
        if self.verb == "copy" and not self.levels:
            self.reads.update(((0, name, False), None) for name in self.outputs)
            self.outputs.clear()
            level.expects = WRITE
        elif self.renaming and self.before.word == "rename":
            level.expects = WRITE
        else:
            self.renaming = False
            view = self.verb == "create" and self.object == "view" and not level.query
            level.expects = WRITE if view and self.rules.name == "clickhouse" else ""

    def clone(self, _word: str) -> None:
        """CLONE and COPY of CREATE TABLE: the table copied."""
        if self.verb == "create" and self.outputs and not self.level.query:
            self.level.expects = READ

    def on(self, _word: str) -> None:
        """ON: the table that a stream follows."""
        self.level.expects = READ if self.object == "stream" else ""

    def set(self, _word: str) -> None:
        """SET: the end of what an UPDATE changes."""
        self.level.expects = ""
        self.assigning = self.verb == "update" and len(self.outputs) > 1


# Elsewhere a name after @ is a variable.
_STAGES = frozenset(["snowflake", "databricks"])
_FROM_VERBS = frozenset(["update", "from", "insert"])
_PRIVILEGES = frozenset(["grant", "revoke", "deny", "comment"])
_MADE = frozenset(["CREATE", "ALTER", "DROP", "UNDROP", "CREATE EVENT", "ALTER EVENT"])
_BRANCHING = frozenset(["merge", "insert"])
_QUERIES = frozenset(["select", "values"])


def _nothing(_scanner: Scanner, _word: str) -> None:
    """Words that change nothing."""


_ACTIONS = {
    "select": Scanner.select,
    "from": Scanner.from_,
    "join": Scanner.join,
    "straight_join": Scanner.join,
    "apply": Scanner.join,
    "using": Scanner.using,
    "into": Scanner.into,
    "with": Scanner.with_,
    "table": Scanner.table,
    "to": Scanner.to,
    "clone": Scanner.clone,
    "copy": Scanner.clone,
    "rename": Scanner.rename,
    "on": Scanner.on,
    "set": Scanner.set,
}
_VERBS = vocab.WRITING | vocab.READING | vocab.DEFINING | vocab.QUERYING | vocab.OTHER
# Elsewhere SELECT ... INTO fills variables.
_SELECT_INTO = words(
    "tsql fabric postgres redshift duckdb teradata exasol materialize risingwave"
) | {""}
