"""What a scanner found, as an answer: the tables behind aliases and common table expressions.

Must not look at words.
"""

from __future__ import annotations

from dataclasses import dataclass

from whence.sql.dialects import Rules, rules
from whence.sql.results import TableName
from whence.sql.scan import vocabulary as vocab
from whence.sql.scan.lexing import lexemes
from whence.sql.scan.reading import Scanner


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the words tell.

    Attributes:
        kind: The statement's first verb, in capitals, of CREATE, ALTER and DROP with what they
            make; "" where there is none.
        sure: True where the verb is known and the table that it must name was found.
        temporary: True for a CREATE whose table goes away with the session.
    """

    kind: str
    inputs: tuple[TableName, ...]
    outputs: tuple[TableName, ...]
    sure: bool = True
    temporary: bool = False


def scan(sql: str, known: Rules | None = None) -> Scanned:
    """The tables that ``sql`` reads and writes, as far as its words tell.

    Args:
        sql: One statement, or what is left of one.
        known: The rules of its dialect; None for generic SQL.
    """
    known = known or rules("")
    scanner = Scanner(known)
    for lexeme in lexemes(sql, known):
        scanner.read(lexeme)
    scanner.finish()
    outputs = _written(scanner)
    inputs = _read(scanner, outputs)
    temporary = scanner.temporary and scanner.kind.startswith("CREATE")
    sure = _is_sure(scanner, inputs)
    kind = "SELECT" if scanner.kind in ("FROM", "WITH", "TABLE") else scanner.kind
    return Scanned(kind, tuple(inputs), tuple(outputs), sure, temporary)


def _written(scanner: Scanner) -> dict[TableName, None]:
    """The tables behind the names that are written."""
    if scanner.verb not in ("update", "delete"):
        return scanner.outputs
    aliases, assigned = scanner.level.aliases, scanner.assigned
    found: dict[TableName, None] = {}
    for name in scanner.outputs:
        names = {alias for alias, table in aliases.items() if table == name}
        if assigned and not assigned & {name.parts[-1].lower(), *names}:
            scanner.reads[0, name, False] = None
            continue
        alone = len(name.parts) == 1
        found[aliases.get(name.parts[0].lower(), name) if alone else name] = None
    return found


def _read(scanner: Scanner, outputs: dict[TableName, None]) -> list[TableName]:
    """The tables that are read outside of common table expressions, or by one that is read."""
    reached, waiting = {0}, [0]
    while waiting:
        for number in scanner.uses.get(waiting.pop(), ()):
            if number not in reached:
                reached.add(number)
                waiting.append(number)
    # UPDATE and DELETE name their own target in FROM without reading another table.
    changing = scanner.verb in ("update", "delete")
    return list(
        dict.fromkeys(
            name
            for owner, name, outermost in scanner.reads
            if owner in reached and not (changing and outermost and name in outputs)
        )
    )


def _is_sure(scanner: Scanner, inputs: list[TableName]) -> bool:
    """True where the verb is known and what it needs was found."""
    verb = scanner.kind.partition(" ")[0].lower()
    if scanner.missed or not verb:
        return False
    if verb == "copy":
        return bool(inputs or scanner.outputs)
    if verb in vocab.WRITING or scanner.object:
        return bool(scanner.outputs)
    return True
