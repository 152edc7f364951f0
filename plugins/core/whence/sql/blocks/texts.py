"""SQL in literals: what EXECUTE runs, given at once or by a variable that holds a literal.

Must not read that SQL.
"""

from __future__ import annotations

from whence.sql.blocks.words import Words

_AROUND = frozenset({"execute", "exec", "immediate", "(", "from", "sp_executesql", "sys", "."})
_JOINS = frozenset({"||", "+"})


class Texts:
    """The literals that variables of one script hold.

    Attributes:
        prepared: Statements that have a name (PREPARE).
    """

    def __init__(self, text: Words) -> None:
        """Know no variable yet."""
        self.prepared: set[str] = set()
        self._text = text
        self._held: dict[str, str] = {}

    def assign(self, name: str, first: int, last: int) -> None:
        """``name`` now holds what stands from ``first`` to ``last``, if that is a text."""
        found = self._joined(first, last)
        if found is None:
            self._held.pop(name.lower(), None)
        else:
            self._held[name.lower()] = found

    def executed(self, first: int, last: int) -> str | None:
        """What the statement from ``first`` to ``last`` runs, or None where nobody can tell."""
        text = self._text
        at = first
        while at < last and text.word(at) in _AROUND:
            at += 1
        end = at
        while end < last and text.word(end) not in (")", ",", "using", "into", "as"):
            end += 1
        return self._joined(at, end)

    def _joined(self, at: int, end: int) -> str | None:
        """Literals and variables that hold literals, one after the other."""
        text, parts = self._text, []
        while at < end:
            at += text.word(at) == "@"
            literal = text.literal(at)
            part = self._held.get(text.word(at)) if literal is None else literal
            if part is None:
                return None
            parts.append(part)
            at += 1
            if at < end and text.word(at) not in _JOINS:
                return None
            at += 1
        return "".join(parts) if parts else None
