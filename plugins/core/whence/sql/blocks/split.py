"""Scripts cut into leaves: blocks, loops, branches, procedures and missing semicolons.

Must not parse expressions. One pass without recursion: what a block holds is read like the rest,
and the words around it are passed over.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokenizer_core import Token

from whence.sql.blocks import running
from whence.sql.blocks.ends import T_SQL, Ends
from whence.sql.blocks.headers import DECLARES, header, kind_at
from whence.sql.blocks.leaves import CHANGED_ROWS, Leaf, Role
from whence.sql.blocks.texts import Texts
from whence.sql.blocks.words import Words
from whence.sql.dialects import FILLS_VARIABLES, Rules
from whence.sql.words import words

_BLOCK_ENDS = words("if loop while for case repeat try catch")
_TRANSACTIONS = words(
    "tran transaction work distributed isolation read immediate deferred exclusive"
)
_TRIES = words("try catch atomic not")
_PASSED = words("else loop then repeat atomic exception transaction")
_IDLE = words(
    """
    exit leave iterate continue break raise raiserror throw signal resignal print goto null
    waitfor pragma close deallocate savepoint save assert next bt et
    """
)
_VALUE_MARKS = (":=", "default", "=")


def split(sql: str, tokens: list[Token], rules: Rules) -> list[Leaf]:
    """The leaves of ``sql``, in order."""
    splitter = Splitter(Words(sql, tokens, rules), rules.name)
    splitter.run()
    return splitter.leaves


class Splitter:
    """One text while it is cut."""

    def __init__(self, text: Words, dialect: str) -> None:
        """Start at the first word."""
        self.leaves: list[Leaf] = []
        self.text = text
        self._dialect = dialect
        self.t_sql = dialect in T_SQL
        self.ends = Ends(text, dialect)
        self.texts = Texts(text)
        self.at = 0
        self.limit = len(text)
        self._declaring = False
        self._branched = False
        self._inside = False
        self._wrapped: list[int] = []

    def run(self) -> None:
        """Read all."""
        while self.at < self.limit:
            before = self.at
            self._next()
            self.at = max(self.at, before + 1)

    def _next(self) -> None:
        """Read one statement, or one word of a block around statements."""
        at, text = self.at, self.text
        word = text.word(at)
        if word in (";", "$$") or self.ends.separates(at):
            self.at += 1 + (word == "go" and text.word(at + 1).isdigit())
        elif self._wrapped and at == self._wrapped[-1]:
            self._wrapped.pop()
        elif word == "<" and text.word(at + 1) == "<":
            self.at = self.after(at, (">",)) + 1
        elif text.word(at + 1) == ":" and text.name(at):
            self.at += 2
        elif self._declaring and word not in ("begin", "procedure", "function", "end", "create"):
            self._declaration(at)
        elif kind_at(text, at) >= 0 and self._routine(at, kind_at(text, at)):
            pass
        elif (reader := _READERS.get(word)) is not None:
            reader(self, at)
        elif word == "get" and "diagnostics" in (text.word(at + 1), text.word(at + 2)):
            self._idle(at)
        elif text.word(at + 1) == ":=" or self._assigns(at):
            self._assignment(at)
        else:
            self.statement(at)

    def end(self, start: int) -> int:
        """Where the statement that begins at ``start`` ends."""
        limit = self._wrapped[-1] if self._wrapped else self.limit
        return self.ends.end(start, limit)

    def after(self, at: int, marks: tuple[str, ...]) -> int:
        """The place after the first of ``marks``, or of the semicolon if none comes before it."""
        cases = 0
        while at < self.limit:
            word = self.text.word(at)
            if word == "(":
                at = self.text.closing(at, self.limit)
            elif word in marks and cases <= 0:
                return at + 1
            elif word == ";":
                return at
            else:
                cases += (word == "case") - (word == "end")
            at += 1
        return self.limit

    def add(self, role: Role, first: int, last: int, names: tuple[str, ...] = ()) -> None:
        """A leaf from ``first`` to before ``last``."""
        text = self.text.text(first, last)
        if text or role == "names":
            self.leaf(role, text, first, names)

    def leaf(self, role: Role, text: str, at: int, names: tuple[str, ...] = ()) -> None:
        """A leaf of ``text``, found at ``at``."""
        self.leaves.append(Leaf(role, text, names, self.text.line(at), self._branched))

    def asks(self, first: int, last: int) -> bool:
        """True where there is a query from ``first`` to ``last``."""
        return "select" in self.text.folded[first:last]

    def statement(self, at: int) -> None:
        """A plain statement, or a SELECT whose columns go to variables."""
        end = self.end(at)
        self.at = end
        names, first, last = self._targets(at, end)
        if not names:
            self.add("statement", at, end)
            return
        query = f"{self.text.text(at, first)} {self.text.text(last, end)}"
        self.leaf("into", query, at, names)

    def _targets(self, at: int, end: int) -> tuple[tuple[str, ...], int, int]:
        """The variables of SELECT ... INTO and the span of that clause, if ``at`` begins one."""
        text = self.text
        if text.word(at) not in ("select", "with") or not (
            self._inside or self._dialect in FILLS_VARIABLES
        ):
            return (), at, at
        place = at
        while place < end and text.word(place) != "into":
            place = text.closing(place, end) + 1 if text.word(place) == "(" else place + 1
        after = place + 1 + (text.word(place + 1) == "strict")
        names: list[str] = []
        while after < end:
            after += text.word(after) in (":", "@")
            if not text.name(after) or text.word(after) in ("table", "outfile", "dumpfile", "temp"):
                return (), at, at
            names.append(text.name(after))
            after += 1
            while text.word(after) == ".":
                after += 2
            if text.word(after) != ",":
                break
            after += 1
        if text.word(place - 1) == "collect":
            place -= 2
        return tuple(names), place, after

    def _declaration(self, at: int) -> None:
        """One item between IS, AS or DECLARE and BEGIN."""
        text, end = self.text, self.end(at)
        self.at = end
        if text.word(at) in ("type", "subtype", "pragma"):
            return
        cursor = text.word(at) == "cursor"
        name = text.name(at + cursor)
        first = self._value(at, end)
        if first >= end:
            self.add("names", at, at, (name,))
        elif cursor or text.word(at + 1) in ("cursor", "resultset"):
            self.add("row", first, end, (name,))
        else:
            self._assign((name,), first, end)

    def _value(self, at: int, end: int) -> int:
        """Where the value or query of a declaration begins, or ``end``."""
        text = self.text
        while at < end and text.word(at) not in (*_VALUE_MARKS, "select", "with", "for", "is"):
            at = text.closing(at, end) + 1 if text.word(at) == "(" else at + 1
        return at + (text.word(at) not in ("select", "with")) if at < end else end

    def _assign(self, names: tuple[str, ...], first: int, last: int) -> None:
        """``names`` take the value of an expression."""
        self.texts.assign(names[0], first, last)
        self.add("value", first, last, names)

    def _assigns(self, at: int) -> bool:
        """True for ``name = expression`` and ``a.b := expression`` as a statement."""
        text = self.text
        if not text.name(at) or self._dialect not in DECLARES:
            return False
        while text.word(at + 1) == "." and text.name(at + 2):
            at += 2
        return text.word(at + 1) in (":=", "=")

    def _assignment(self, at: int) -> None:
        end = self.end(at)
        self.at = end
        mark = self.after(at, (":=", "="))
        self._assign((self.text.name(at),), mark, end)

    def _routine(self, at: int, kind: int) -> bool:
        """The header of a procedure or the like; its body is read as what follows."""
        found = header(self.text, kind, self.limit, self._dialect)
        if found is None:
            return False
        if found.parameters:
            self.add("names", at, at, found.parameters)
        if found.table:
            self.leaf("row", f"SELECT * FROM {found.table}", at, CHANGED_ROWS)
        if found.wrapped >= 0:
            self._wrapped.append(self.text.closing(found.wrapped, self.limit))
        self._inside = not self.t_sql
        self._declaring = found.declares
        self.at = found.body
        return True

    def _begin(self, at: int) -> None:
        following = self.text.word(at + 1)
        self._declaring = False
        if following in _TRANSACTIONS or (following in (";", "") and not self._block_follows(at)):
            self.statement(at)
            return
        self._inside = not self.t_sql
        self.at += 1
        while self.text.word(self.at) in _TRIES:
            self.at += 1

    def _block_follows(self, at: int) -> bool:
        """False where ``BEGIN`` stands alone: it opens a transaction."""
        return self.text.word(at + 1) != ";" and at + 1 < self.limit

    def _block_end(self, at: int) -> None:
        text = self.text
        self._declaring = False
        at += 1
        while text.word(at) in _BLOCK_ENDS:
            at += 1
        if text.name(at) and text.word(at + 1) in (";", "", "/") and text.word(at) not in _READERS:
            at += 1
        self.at = at

    def _declare(self, at: int) -> None:
        text = self.text
        if self._dialect in DECLARES and text.word(at + 2) != "table":
            self._declaring = True
            self.at += 1
            return
        end = self.end(at)
        if text.word(at + 2) == "handler" or text.word(at + 3) == "handler":
            self.at = self.after(at, ("for",))
            self.at = self.ends.verb(self.at, self.limit)
        elif text.word(at + 1 + (text.word(at + 1) == "@")) and "cursor" in text.folded[at:end]:
            first = self._value(self.after(at, ("cursor",)), end)
            self.add("row", first, end, (text.name(at + 1 + (text.word(at + 1) == "@")),))
            self.at = end
        elif self.t_sql:
            mark = self.after(at, ("=",))
            if mark < end:
                self.texts.assign(text.name(at + 2), mark, end)
            self.statement(at)
        else:
            self._declared(at, end)

    def _declared(self, at: int, end: int) -> None:
        """``DECLARE a, b type [DEFAULT value]``."""
        self.at = end
        names = [self.text.name(at + 1)]
        while self.text.word(at + 2) == ",":
            at += 2
            names.append(self.text.name(at + 1))
        mark = self.after(at, ("default", "="))
        if mark < end:
            self._assign(tuple(names), mark, end)
        else:
            self.add("names", at, at, tuple(names))

    def _set(self, at: int) -> None:
        """SET of variables; anything else is a statement of its own."""
        text, end = self.text, self.end(at)
        name = at + 1 + (text.word(at + 1) == "@")
        if text.word(name + 1) not in ("=", "+") or (self._dialect in DECLARES):
            self.statement(at)
            return
        mark = self.after(name, ("=",))
        self.at = end
        self._assign((text.name(name),), mark, end)

    def _condition(self, at: int) -> None:
        """IF, ELSIF, WHILE, UNTIL: what decides, up to THEN, LOOP, DO or the first verb."""
        self._branched = True
        if self.t_sql:
            last = self.ends.verb(at + 1, self.limit)
            self.at = last
        else:
            self.at = self.after(at + 1, ("then", "loop", "do", "end"))
            last = self.at - 1
            self.at -= self.text.word(last) == "end"
        if self.asks(at, last):
            self.add("value", at + 1, last)

    def _for(self, at: int) -> None:
        """``FOR r IN query LOOP``."""
        text = self.text
        first = self.after(at, ("in",)) if text.word(at) == "for" else at
        first += text.word(first) in ("reverse", "array")
        self.at = self.after(first, ("loop", "do"))
        last = self.at - 1
        if text.word(first) == "execute":
            running.dynamic(self, first, last)
        elif self.asks(first, last) or last - first == 1:
            self.add("row", first, last, (text.name(at + 1),))

    def _forall(self, at: int) -> None:
        self.at = self.ends.verb(at + 1, self.limit)
        self.add("names", at, at, (self.text.name(at + 1),))

    def _passed(self, at: int) -> None:
        self.at += 1

    def _when(self, at: int) -> None:
        self._branched = True
        self.at = self.after(at + 1, ("then",))

    def _idle(self, at: int) -> None:
        self.at = self.end(at)

    def _let(self, at: int) -> None:
        self.at += 1
        self._declaration(at + 1)


_READERS: dict[str, Callable[[Splitter, int], None]] = {
    "begin": Splitter._begin,
    "end": Splitter._block_end,
    "declare": Splitter._declare,
    "set": Splitter._set,
    **dict.fromkeys(("if", "elsif", "elseif", "while", "until"), Splitter._condition),
    **dict.fromkeys(("for", "foreach"), Splitter._for),
    "forall": Splitter._forall,
    **dict.fromkeys(_PASSED, Splitter._passed),
    **dict.fromkeys(("when", "case"), Splitter._when),
    **dict.fromkeys(_IDLE, Splitter._idle),
    "return": running.return_,
    **dict.fromkeys(("explain", "describe", "desc"), running.explain),
    "open": running.open_,
    "fetch": running.fetch,
    "perform": running.perform,
    "let": Splitter._let,
    "prepare": running.prepare,
    **dict.fromkeys(("execute", "exec"), running.execute),
}
