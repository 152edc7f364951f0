"""Column lineage of TPC-H and TPC-DS: ours against sqlglot.lineage, exactness and time.

Run: ``uv run python tests/bench/column_lineage.py [--json] [--rounds N]``. Nothing is asserted.
The queries and their expected lineage are read from ``../shared/sql-cases``, never vendored.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot.lineage import lineage
from sqlglot.schema import MappingSchema as PeerSchema

from whence.sql import MappingSchema, ScriptLineage, SourceColumn, extract

CASES = Path(__file__).resolve().parents[3] / "shared" / "sql-cases"
Edges = dict[str, dict[str, str]]
"""Output column -> "table.column" -> kind, with ``*masked`` where it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One query with what two databases say of it."""

    sql: str
    dialect: str
    schema: dict[str, dict[str, str]]
    expected: dict[str, Any]


def cases(name: str) -> list[Case]:
    """The cases of one file."""
    corpus = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
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


def best_times(run: Callable[[Case], object], all_cases: list[Case], rounds: int) -> list[float]:
    """The best CPU time of each case, in milliseconds."""
    best = [float("inf")] * len(all_cases)
    for _ in range(rounds):
        for at, case in enumerate(all_cases):
            started = time.process_time()
            run(case)
            best[at] = min(best[at], time.process_time() - started)
    return [seconds * 1_000 for seconds in best]


def peer_edges(case: Case, schema: PeerSchema) -> dict[str, set[str]]:
    """sqlglot.lineage's leaves of every output column, one call for all columns."""
    nodes = lineage(None, case.sql, schema=schema, dialect=case.dialect)
    found: dict[str, set[str]] = {}
    for name, root in nodes.items():
        leaves = [node for node in root.walk() if not node.downstream]
        found[name.lower()] = {
            f"{leaf.expression.name}.{leaf.name.rsplit('.', 1)[-1].strip(chr(34))}".lower()
            for leaf in leaves
            if isinstance(leaf.expression, sqlglot.exp.Table)
        }
    return found


def peer_exact(all_cases: list[Case], schemas: dict[int, PeerSchema]) -> float:
    """The share of cases whose direct sources the peer has exactly; unnamed columns by order."""
    right = 0
    for case in all_cases:
        found = peer_edges(case, schemas[id(case.schema)])
        columns = case.expected["columns"]
        wanted = [{f"{t}.{c}".lower() for t, c in sources} for sources in columns.values()]
        right += wanted == list(found.values())
    return right / len(all_cases)


def summary(name: str, times: list[float]) -> dict[str, float]:
    """Median, 99th percentile and total."""
    ordered = sorted(times)
    return {
        f"{name}_median_ms": round(statistics.median(times), 3),
        f"{name}_p99_ms": round(ordered[int(len(ordered) * 0.99)], 3),
        f"{name}_total_ms": round(sum(times), 1),
    }


def measure(rounds: int, peer_rounds: int) -> dict[str, float]:
    """Every figure, in one run."""
    all_cases = cases("tpch") + cases("tpcds")
    schemas = {id(case.schema): MappingSchema(case.schema) for case in all_cases}
    peers = {id(case.schema): PeerSchema(case.schema, dialect="duckdb") for case in all_cases}

    def ours(case: Case) -> ScriptLineage:
        return extract(case.sql, dialect=case.dialect, schema=schemas[id(case.schema)])

    score = Score()
    for case in all_cases:
        score.add(case, ours(case))
    classes = cases("classes")
    right = sum(
        class_is_right(case, extract(case.sql, dialect=case.dialect, schema=case.schema))
        for case in classes
    )
    figures = {
        "direct_exact_share": round(score.direct / score.cases, 4),
        "kinds_exact_share": round(score.kinds / score.kinds_of, 4),
        "indirect_exact_share": round(score.indirect / score.cases, 4),
        "classes_right_share": round(right / len(classes), 4),
        "peer_direct_exact_share": round(peer_exact(all_cases, peers), 4),
    }
    parse = best_times(lambda c: sqlglot.parse(c.sql, read=c.dialect), all_cases, rounds)
    own = best_times(ours, all_cases, rounds)
    peer = best_times(lambda c: peer_edges(c, peers[id(c.schema)]), all_cases, peer_rounds)
    plain = best_times(
        lambda c: lineage(None, c.sql, schema=c.schema, dialect=c.dialect), all_cases, peer_rounds
    )
    figures |= summary("parse", parse) | summary("whence", own)
    figures |= summary("sqlglot_lineage_schema_object", peer) | summary("sqlglot_lineage", plain)
    figures["speed_ratio"] = round(sum(plain) / sum(own), 1)
    figures["speed_schema_object_ratio"] = round(sum(peer) / sum(own), 1)
    return figures


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of ours and the parser")
    parser.add_argument("--peer-rounds", type=int, default=3, help="rounds of sqlglot.lineage")
    options = parser.parse_args()
    if not CASES.is_dir():
        print(f"skipped: {CASES} is not here")
        return 0
    print(f"{platform.machine()} Python {platform.python_version()} sqlglot {sqlglot.__version__}")
    figures = measure(options.rounds, options.peer_rounds)
    for name, value in figures.items():
        print(f"{name:48} {value:>12}")
    if options.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
