"""The SQL texts with known lineage that lie beside the clone, and how answers are scored.

Must not time anything, nor know who gave an answer but by its form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whence.sql import ScriptLineage, SourceColumn

CASES = Path(__file__).resolve().parents[3] / "shared" / "sql-cases"
"""Read from there, never vendored."""

Edges = dict[str, dict[str, str]]
"""Output column -> "table.column" -> kind, with ``*masked`` where it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One query with what two databases say of it."""

    sql: str
    dialect: str
    schema: dict[str, dict[str, str]]
    expected: dict[str, Any]


def cases(name: str, folder: Path = CASES) -> list[Case]:
    """The cases of one file."""
    corpus = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    common = corpus.get("schema", {})
    return [
        Case(case["sql"], case["dialect"], _tables(case["schema"], common), case)
        for case in corpus["cases"]
    ]


def _tables(schema: Any, common: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return common if schema == "@schema" else schema


def edges(script: ScriptLineage) -> list[tuple[str, dict[str, str]]]:
    """Our DIRECT edges, column by column in the order of the output."""
    stay = set(script.outputs)
    found: list[tuple[str, dict[str, str]]] = []
    for statement in script.statements:
        for column in statement.columns:
            if column.dataset is None or column.dataset in stay:
                prefix = f"{column.dataset}." if len(stay) > 1 else ""
                direct = [each for each in column.inputs if each.type == "DIRECT"]
                found.append((prefix + column.column, {_source(e): _kind(e) for e in direct}))
    return found


def _source(edge: SourceColumn) -> str:
    return f"{edge.dataset}.{edge.column}"


def _kind(edge: SourceColumn) -> str:
    return edge.subtype + ("*masked" if edge.masking else "")


def influences(script: ScriptLineage) -> dict[str, set[str]]:
    """Our INDIRECT sets of the whole text, by clause."""
    found: dict[str, set[str]] = {}
    for statement in script.statements:
        for each in statement.indirect:
            found.setdefault(each.subtype, set()).add(f"{each.dataset}.{each.column}".lower())
        for column in statement.columns:
            for source in column.inputs:
                if source.type == "INDIRECT":
                    found.setdefault(source.subtype, set()).add(_source(source).lower())
    return found


def paired(expected: Iterable[str], found: list[tuple[str, dict[str, str]]]) -> Edges | None:
    """Found columns under their expected names; unnamed ones go by position.

    Databases differ in what they call ``sum(x)`` without an alias, so such a name is not compared.
    """
    names = list(expected)
    by_name = {name.lower(): sources for name, sources in found}
    if len(names) != len(found):
        return None
    result: Edges = {}
    for name, (own, sources) in zip(names, found, strict=True):
        if re.fullmatch(r"[\w.*]+", name) is None:
            result[name] = sources
        elif name.lower() in by_name:
            result[name] = by_name[name.lower()]
        else:
            return None if own else result
    return result


def lowered(sources: Iterable[str], exact: bool) -> set[str]:
    """Names as they are compared: in any case, unless the case is about just that."""
    return set(sources) if exact else {source.lower() for source in sources}


@dataclass(slots=True)
class Score:
    """How many cases are right, by what is compared."""

    cases: int = 0
    direct: int = 0
    indirect: int = 0
    kinds: int = 0
    kinds_of: int = 0

    def add(self, case: Case, script: ScriptLineage) -> None:
        """Compare one answer."""
        expected = case.expected
        result = paired(expected["columns"], edges(script))
        self.cases += 1
        wanted = {
            name: {f"{table}.{column}".lower() for table, column in sources}
            for name, sources in expected["columns"].items()
        }
        got = {name: lowered(sources, False) for name, sources in (result or {}).items()}
        self.direct += got == wanted
        ours = influences(script)
        clauses = set(expected["indirect"]) | set(ours)
        self.indirect += all(
            lowered(expected["indirect"].get(clause, ()), False) == ours.get(clause, set())
            for clause in clauses
        )
        for name, kinds in expected["kinds"].items():
            known = {s.lower(): k for s, k in (result or {}).get(name, {}).items()}
            self.kinds_of += len(kinds)
            self.kinds += sum(
                known.get(source.lower()) in kind.split("|") for source, kind in kinds.items()
            )


def class_is_right(case: Case, script: ScriptLineage) -> bool:
    """True where tables, columns, kinds and influences that a class case names are all right."""
    expected, exact = case.expected, bool(case.expected.get("case_sensitive"))
    for key, names in (("inputs", script.inputs), ("outputs", script.outputs)):
        wanted = expected.get(key)
        if wanted is not None and lowered(wanted, exact) != lowered(map(str, names), exact):
            return False
    if expected.get("columns") is not None:
        wanted_edges = {
            name if exact else name.lower(): lowered((".".join(s) for s in sources), exact)
            for name, sources in expected["columns"].items()
        }
        got = {n if exact else n.lower(): lowered(s, exact) for n, s in edges(script)}
        if got != wanted_edges:
            return False
    ours = influences(script)
    indirect = expected.get("indirect") or {}
    return all(lowered(wanted, False) == ours.get(k, set()) for k, wanted in indirect.items())
