"""Where a statement ends: at its semicolon, at the end of its block, or where the next one begins.

Must not know what surrounds a statement.
"""

from __future__ import annotations

from whence.sql.blocks.words import Words
from whence.sql.words import words

T_SQL = frozenset({"tsql", "fabric"})
"""Dialects that need no semicolons between statements."""

_VERBS = words("select insert update delete merge create drop truncate with")
_T_SQL_VERBS = _VERBS | words(
    """
    set exec execute print declare if while begin return commit rollback save use open fetch close
    deallocate throw raiserror waitfor alter grant revoke deny goto break continue bulk
    """
)
_UNITES = words("union all except intersect minus distinct name corresponding")
_BEFORE_CHANGE = words("then for do on key of conflict after before or , for each instead")
_NO_TABLE_EXPRESSION = words("check no data ties header ur cs rs rr schema")

# What may follow in the same statement, by its first word.
_QUERY = words("select with")
_AWAITED = {
    "insert": _QUERY | words("exec execute"),
    "replace": _QUERY,
    "with": _VERBS,
    "from": words("select insert"),
    "update": frozenset({"set"}),
    "merge": words("insert update delete set select with"),
    "create": _QUERY | words("set"),
    "declare": _QUERY,
    "explain": _VERBS | {"set"},
    "prepare": _VERBS,
    "alter": words("drop alter set truncate create with"),
    "export": _QUERY,
    "copy": _QUERY | words("truncate"),
    "unload": _QUERY,
    "cache": _QUERY,
    "grant": _T_SQL_VERBS,
    "revoke": _T_SQL_VERBS,
    "deny": _T_SQL_VERBS,
    "bulk": frozenset({"insert"}),
    "set": frozenset(),
}
# First words after which any number of the awaited ones may come.
_OFTEN = words("merge from alter grant revoke deny")


class Ends:
    """Finds ends of statements in one text."""

    def __init__(self, text: Words, dialect: str) -> None:
        """Read ``text`` with the rules of ``dialect``."""
        self._text = text
        self._t_sql = dialect in T_SQL
        self._slash = dialect == "oracle"
        self._verbs = _T_SQL_VERBS if self._t_sql else _VERBS

    def end(self, start: int, limit: int) -> int:
        """Where the statement that begins at ``start`` ends: the place after its last word."""
        folded = self._text.folded
        first = folded[start]
        variables = first == "declare" and folded[start + 1 : start + 2] == ["@"]
        awaited = frozenset() if variables else _AWAITED.get(first, frozenset())
        at, cases = start + 1, int(first == "case")
        while at < limit:
            word = folded[at]
            if word in ("(", "["):
                at = self._text.closing(at, limit, statements=False) + 1
                continue
            if cases == 0 and (self._stops(at) or self._begins(at, first, awaited)):
                return at
            cases += (word == "case") - (word == "end")
            if cases == 0 and word in awaited and first not in _OFTEN:
                awaited = _AWAITED.get(word, frozenset())
            at += 1
        return limit

    def _stops(self, at: int) -> bool:
        """True for what ends any statement."""
        return self._text.folded[at] in (";", "end", "else") or self.separates(at)

    def separates(self, at: int) -> bool:
        """True for T-SQL's GO and Oracle's / on a line of their own."""
        word = self._text.folded[at]
        if word == "go":
            return self._text.starts_line(at)
        if word != "/" or not self._slash or not self._text.starts_line(at):
            return False
        return at + 1 == len(self._text) or self._text.starts_line(at + 1)

    def verb(self, at: int, limit: int) -> int:
        """The place of the first verb from ``at`` on that begins a statement."""
        folded = self._text.folded
        cases = 0
        while at < limit:
            word = folded[at]
            if word in ("(", "["):
                at = self._text.closing(at, limit)
            elif word == "case":
                cases += 1
            elif word == "end":
                cases -= 1
            elif word == ";" or (cases == 0 and word in self._verbs and folded[at - 1] != "."):
                return at
            at += 1
        return limit

    def _begins(self, at: int, first: str, awaited: frozenset[str]) -> bool:
        """True where the verb at ``at`` begins a statement of its own."""
        text = self._text
        word, before = text.folded[at], text.folded[at - 1]
        if word not in self._verbs or before in (".", "as") or word in awaited:
            return False
        if not self._t_sql and not text.starts_line(at):
            return False
        if word == "select":
            return before not in _UNITES
        if word == "with":
            return self._names_a_table(at)
        if word in ("insert", "update", "delete", "truncate"):
            return before not in _BEFORE_CHANGE
        if word == "if":
            return text.word(at + 1) not in ("exists", "not") or first not in _DDL
        if word == "fetch":
            return before not in ("row", "rows")
        if word == "merge":
            return before not in _JOINS
        if word == "set":
            return before not in ("update", "then")
        return True

    def _names_a_table(self, at: int) -> bool:
        """True for the WITH of common table expressions, not of hints and options."""
        text = self._text
        if text.word(at + 1) == "recursive":
            return True
        if not text.name(at + 1) or text.word(at + 1) in _NO_TABLE_EXPRESSION:
            return False
        after = text.word(at + 2)
        if after == "(":
            after = text.word(text.closing(at + 2, len(text)) + 1)
        return after == "as"


_DDL = words("create drop alter")
_JOINS = words("inner left right full cross outer option (")
