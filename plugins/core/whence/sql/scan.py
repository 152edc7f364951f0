"""Table names and the kind of a statement from its tokens alone, for text that does not parse.

Must not raise for any text, and must not parse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from whence.sql.results import TableName
from whence.sql.words import words

_WORD = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:[^']|'')*'"
    r'|((?:"(?:[^"]|"")*"|`[^`]*`|\[[^\]\n]*\]|[^\W\d][\w$]*)'
    r'(?:\s*\.\s*(?:"(?:[^"]|"")*"|`[^`]*`|\[[^\]\n]*\]|[\w$]+))*)|([(),;=])',
    re.DOTALL,
)
_PART = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]\n]*)\]|([\w$]+)')

_READS = frozenset({"from", "join", "using"})
_WRITES = frozenset({"into", "table", "view", "update", "overwrite"})
_KINDS = words(
    """
    select insert update delete merge create alter drop truncate copy unload replace with call
    execute exec grant revoke set use explain load export begin declare
    """
)
_NO_TABLE = words(
    """
    select where set values on as the if not exists table into only lateral unnest inner left
    right full cross join group order by using from or replace temporary temp local all and
    limit offset having union case when then else end with partition
    """
)

# Words that may stand between a verb and the table it writes.
_BETWEEN = _NO_TABLE - _READS - _WRITES - {"set"}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the tokens tell.

    Attributes:
        kind: The statement's first verb, in capitals; "" where there is none.
    """

    kind: str
    inputs: tuple[TableName, ...]
    outputs: tuple[TableName, ...]


def scan(sql: str) -> Scanned:
    """The tables that ``sql`` seems to read and write."""
    kind = ""
    inputs: dict[TableName, None] = {}
    outputs: dict[TableName, None] = {}
    ctes: set[str] = set()
    before = ""
    last: TableName | None = None
    listing = False
    for match in _WORD.finditer(sql):
        word, mark = match.group(1), match.group(2)
        if word is None:
            listing = listing and mark == ","
            before = "from" if mark == "," and listing else "" if mark else before
            if mark == "(" and last is not None:
                inputs.pop(last, None)
            last = None
            continue
        folded = word.lower()
        last = None
        if not kind and folded in _KINDS:
            kind = folded.upper()
        if before in _READS and folded not in _NO_TABLE:
            last = _name(word)
            inputs[last] = None
            listing = before == "from"
        elif (
            before in _WRITES
            and folded not in _NO_TABLE
            and not (before == "update" and folded in ("skip", "nowait", "of"))
        ):
            outputs[_name(word)] = None
        elif folded == "as" and before:
            ctes.add(before)
        if before == "delete" and folded == "from":
            before = "into"
        elif not (folded in _BETWEEN and before in _WRITES):
            before = folded
    kept = [name for name in inputs if str(name).lower() not in ctes and name not in outputs]
    return Scanned(kind, tuple(kept), tuple(outputs))


def _name(word: str) -> TableName:
    parts: list[str] = []
    quoted: list[bool] = []
    for match in _PART.finditer(word):
        bare = match.group(4)
        parts.append(bare if bare is not None else next(g for g in match.groups() if g is not None))
        quoted.append(bare is None)
    return TableName(tuple(parts), tuple(quoted))
