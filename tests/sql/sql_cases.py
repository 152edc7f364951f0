"""Text-pair cases: SQL and schema above, the whole expected lineage below.

A file holds cases separated by lines of ``====``; the parts of a case by lines of ``----``:

    A bare column is IDENTITY             what the case shows
    dialect: postgres                     optional
    schema: t(a int, b text), u(a int)    optional
    masking: tokenize, pseudonym          optional: functions that mask
    ----
    select a, b + 1 as c from t where b > 0
    ----
    in: t
    a <- t.a IDENTITY
    c <- t.b TRANSFORMATION
    FILTER t.b
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from whence.sql import OutputColumn, ScriptLineage, StatementLineage, TableChange, extract

FOLDER = Path(__file__).resolve().parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    """One text pair.

    Attributes:
        file: The file it is from, without its suffix.
        name: A sentence of what it shows.
        expected: The lines of the expected answer.
        masking: Functions that mask beside those that are known to.
        shows: ``struct paths`` where fields are sources of their own, ``confidence`` where the
            lines have it, if it is below 1.0, ``lifecycle`` where tables come and go.
    """

    file: str
    name: str
    dialect: str | None
    schema: dict[str, dict[str, str | None]]
    sql: str
    expected: tuple[str, ...]
    masking: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


def load() -> list[Case]:
    """Every case of every file, in order."""
    cases: list[Case] = []
    for path in sorted(FOLDER.glob("*.txt")):
        for text in re.split(r"^====\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            if text.strip():
                cases.append(_case(path.stem, text))
    return cases


def _case(file: str, text: str) -> Case:
    head, sql, expected = re.split(r"^----\n", text, flags=re.MULTILINE)
    name, *settings = head.strip().splitlines()
    values = dict(line.split(": ", 1) for line in settings)
    lines = tuple(line for line in expected.splitlines() if line.strip())
    dialect = values.get("dialect")
    masking = tuple(filter(None, values.get("masking", "").split(", ")))
    shows = tuple(filter(None, values.get("shows", "").split(", ")))
    schema = _schema(values.get("schema", ""))
    return Case(file, name, dialect, schema, sql.strip("\n"), lines, masking, shows)


def _schema(text: str) -> dict[str, dict[str, str | None]]:
    """``t(a int, "my b" struct<x int>)`` as a mapping; a name may stand in quotes."""
    tables: dict[str, dict[str, str | None]] = {}
    for table in _split(text):
        name, _, columns = table.removesuffix(")").partition("(")
        pairs = [_named(column) for column in _split(columns)]
        tables[name.strip()] = {column: type_ or None for column, type_ in pairs}
    return tables


def _split(text: str) -> list[str]:
    """``text`` at its commas, but for those within brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "(<") - (character in ")>")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _named(column: str) -> tuple[str, str]:
    if column.startswith('"'):
        name, _, type_ = column[1:].partition('"')
    else:
        name, _, type_ = column.partition(" ")
    return name, type_.strip()


def answer(case: Case) -> tuple[str, ...]:
    """What the engine says, in the lines of a case."""
    script = extract(
        case.sql,
        dialect=case.dialect,
        schema=case.schema,
        masking=case.masking,
        struct_paths="struct paths" in case.shows,
    )
    return tuple(render(script, "confidence" in case.shows, "lifecycle" in case.shows))


def render(script: ScriptLineage, confidence: bool = False, lifecycle: bool = False) -> list[str]:
    """A script's lineage in the lines of a case."""
    lines: list[str] = []
    if script.inputs:
        lines.append("in: " + ", ".join(sorted(str(name) for name in script.inputs)))
    if script.outputs:
        lines.append("out: " + ", ".join(sorted(str(name) for name in script.outputs)))
    for number, statement in enumerate(script.statements, 1):
        if len(script.statements) > 1:
            lines.append(f"-- {number}: {statement.kind}")
        lines += _statement(statement, confidence)
        lines += [_change(each) for each in statement.lifecycle if lifecycle]
    return lines


def _change(change: TableChange) -> str:
    before = "" if change.previous is None else f" from {change.previous}"
    return f"{change.change} {change.table}{before}"


def _statement(statement: StatementLineage, confidence: bool) -> list[str]:
    several = len(statement.outputs) > 1
    lines = [_column(column, several, confidence) for column in statement.columns]
    by_kind: dict[str, set[str]] = {}
    for each in statement.indirect:
        sure = f" {each.confidence}" if confidence and each.confidence < 1 else ""
        by_kind.setdefault(each.subtype, set()).add(f"{each.dataset}.{each.column}{sure}")
    lines += [f"{kind} {', '.join(sorted(by_kind[kind]))}" for kind in sorted(by_kind)]
    return lines + sorted({f"gap: {gap.code}" for gap in statement.gaps})


def _column(column: OutputColumn, several: bool, confidence: bool) -> str:
    inputs = [
        f"{each.dataset}.{each.column} {each.subtype}{' masked' if each.masking else ''}"
        + (f" {each.confidence}" if confidence and each.confidence < 1 else "")
        for each in column.inputs
    ]
    name = f"{column.dataset}.{column.column}" if several else column.column
    return f"{name} <- {'; '.join(inputs)}".rstrip()
