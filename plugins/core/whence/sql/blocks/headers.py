"""What stands before the body of a procedure, function, trigger, package, task or event.

Must not read the body.
"""

from __future__ import annotations

from dataclasses import dataclass

from whence.sql.blocks.ends import T_SQL
from whence.sql.blocks.words import Words
from whence.sql.words import words

_KINDS = words("procedure proc function trigger package task event macro pipe")
_HEADS = words("create replace alter")
_WITHOUT_PARAMETERS = words("trigger event task pipe")
_DECLARING = words("procedure proc function package")
_PARAMETER_MODES = words("in out inout variadic")
_VERBS = words(
    """
    begin insert update delete select merge with call set if while declare truncate replace
    return loop
    """
)
_LONGEST = 1_000
"""Words of a header at most, so that what only begins like one costs little."""

# Dialects that write IS or AS before the body, and declare variables between it and BEGIN.
DECLARES = words("oracle postgres redshift snowflake materialize risingwave exasol")


@dataclass(frozen=True, slots=True)
class Header:
    """A header.

    Attributes:
        body: Where the body begins.
        declares: True where variables are declared before BEGIN.
        parameters: Their names.
        wrapped: The place of the bracket around the body (Teradata's macros), or -1.
        table: What a trigger is on, or "".
    """

    body: int
    declares: bool = False
    parameters: tuple[str, ...] = ()
    wrapped: int = -1
    table: str = ""


def kind_at(text: Words, at: int) -> int:
    """The place of PROCEDURE, TRIGGER ... behind the CREATE at ``at``, or -1 if there is none."""
    if text.word(at) in ("procedure", "function"):
        return at
    if text.word(at) not in _HEADS:
        return -1
    for place in range(at + 1, min(at + 9, len(text))):
        word = text.word(place)
        if word in _KINDS:
            return place
        if word in ("(", ";", "as", "table", "view", "user", "database", "schema"):
            return -1
    return -1


def header(text: Words, at: int, limit: int, dialect: str) -> Header | None:
    """The header at ``at``, or None where its body is a text or there is none."""
    kind = text.word(at)
    place, limit = at + 1, min(limit, at + _LONGEST)
    parameters: tuple[str, ...] = ()
    if kind not in _WITHOUT_PARAMETERS:
        place = _name_end(text, place, limit)
    if kind not in _WITHOUT_PARAMETERS and text.word(place) == "(":
        closing = text.closing(place, limit)
        parameters = _parameters(text, place, closing)
        place = closing + 1
    body = _body(text, place, limit, kind, dialect)
    if body is None:
        return None
    if kind == "macro" and text.word(body) == "table":
        body += 1
    wrapped = body if kind == "macro" and text.word(body) == "(" else -1
    declares = kind in _DECLARING and dialect in DECLARES and text.word(body - 1) in ("as", "is")
    table = _table(text, at, body) if kind == "trigger" else ""
    return Header(body + (wrapped >= 0), declares, parameters, wrapped, table)


def _table(text: Words, at: int, limit: int) -> str:
    """The table behind a trigger's ON."""
    while at < limit and text.word(at) != "on":
        at += 1
    last = at + 2
    while last + 1 < limit and text.word(last) == ".":
        last += 2
    return text.text(at + 1, last) if last <= limit else ""


def _name_end(text: Words, at: int, limit: int) -> int:
    """The place after the name at ``at``."""
    while at < limit and text.word(at) not in ("(", ";", "as", "is", "@", *_VERBS):
        at += 1
    return at


def _parameters(text: Words, opening: int, closing: int) -> tuple[str, ...]:
    names: list[str] = []
    at = opening + 1
    while at < closing:
        if text.word(at - 1) in ("(", ","):
            while text.word(at) in _PARAMETER_MODES:
                at += 1
            if text.name(at):
                names.append(text.name(at))
        if text.word(at) == "(":
            at = text.closing(at, closing)
        at += 1
    return tuple(names)


def _body(text: Words, at: int, limit: int, kind: str, dialect: str) -> int | None:
    """Where the body begins after the parameters."""
    if kind == "trigger" and dialect not in T_SQL:
        return _trigger_body(text, at, limit)
    if kind == "event":
        return _after(text, at, limit, ("do",))
    if kind in ("task", "pipe", "macro"):
        return _after(text, at, limit, ("as",))
    joined = dialect in T_SQL or dialect in DECLARES
    while at < limit:
        word = text.word(at)
        if word == "(":
            at = text.closing(at, limit)
        elif word == ";" or (word in ("as", "is") and text.literal(at + 1) is not None):
            return None
        elif word in ("as", "is") and joined and not _elsewhere(text, at):
            return at + 1
        elif word in _VERBS and (not joined or word == "begin"):
            return at
        at += 1
    return None


def _elsewhere(text: Words, at: int) -> bool:
    """True for the AS of ``@x AS int`` and ``EXECUTE AS owner``."""
    return text.word(at - 1) in ("execute", "exec") or text.word(at - 2) == "@"


def _trigger_body(text: Words, at: int, limit: int) -> int | None:
    while at < limit:
        word = text.word(at)
        if word == ";":
            return None
        if word in ("begin", "declare"):
            return at
        if word in ("row", "statement") and text.word(at - 1) == "each":
            return _first_verb(text, at + 1, limit)
        if word == "execute":
            return None
        at += 1
    return None


def _first_verb(text: Words, at: int, limit: int) -> int | None:
    while at < limit and text.word(at) not in _VERBS:
        if text.word(at) in (";", "execute"):
            return None
        at = text.closing(at, limit) + 1 if text.word(at) == "(" else at + 1
    return at if at < limit else None


def _after(text: Words, at: int, limit: int, marks: tuple[str, ...]) -> int | None:
    while at < limit and text.word(at) not in marks:
        if text.word(at) == ";":
            return None
        at = text.closing(at, limit) + 1 if text.word(at) == "(" else at + 1
    return at + 1 if at < limit and text.literal(at + 1) is None else None
