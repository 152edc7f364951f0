"""Column lineage of TPC-H, TPC-DS and hand-made classes: ours beside five other parsers.

Run: ``uv run python tests/bench/sql_lineage.py [--json] [--cases DIR] [--rounds N] [--no-peers]``.
Prints how many answers are exact, and the time of each: CPU time, the best of some rounds. The
first run builds an environment for each peer. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlglot

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench import _peers
from tests.bench._known_sql import CASES, Case, Score, cases, class_is_right, lowered, paired

from whence.sql import MappingSchema, ScriptLineage, extract

ROUNDS = {"sqllineage": 1, "datahub": 1, "sqlglot_lineage": 3}
"""DataHub remembers what it parsed, so that a second round would tell nothing."""

Figures = dict[str, float]


def best_times(
    run: Callable[[Case], object], all_cases: Sequence[Case], rounds: int
) -> list[float]:
    """The best CPU time of each case, in milliseconds."""
    best = [float("inf")] * len(all_cases)
    for _ in range(rounds):
        for at, case in enumerate(all_cases):
            started = time.process_time()
            run(case)
            best[at] = min(best[at], time.process_time() - started)
    return [seconds * 1_000 for seconds in best]


def summary(name: str, times: Sequence[float]) -> Figures:
    """Median, 99th percentile and total."""
    ordered = sorted(times)
    return {
        f"{name}_median_ms": round(statistics.median(times), 3),
        f"{name}_p99_ms": round(ordered[int(len(ordered) * 0.99)], 3),
        f"{name}_total_ms": round(sum(times), 1),
    }


def ours(queries: Sequence[Case], classes: Sequence[Case], rounds: int) -> Figures:
    """What is right, and the times: of reading a text anew, and of one that comes again."""
    schemas = {id(case.schema): MappingSchema(case.schema) for case in queries}

    def anew(case: Case) -> ScriptLineage:
        return extract(
            case.sql, dialect=case.dialect, schema=schemas[id(case.schema)], remember=False
        )

    def again(case: Case) -> ScriptLineage:
        return extract(case.sql, dialect=case.dialect, schema=schemas[id(case.schema)])

    score = Score()
    for case in queries:
        score.add(case, anew(case))
    right = sum(
        class_is_right(case, extract(case.sql, dialect=case.dialect, schema=case.schema))
        for case in classes
    )
    parse = best_times(lambda c: sqlglot.parse(c.sql, read=c.dialect), queries, rounds)
    times = best_times(anew, queries, rounds)
    # The second round of a text is answered from what is remembered of the first.
    repeated = [best_times(again, [case], 3)[0] for case in queries]
    figures = {
        "whence_direct_exact_share": round(score.direct / score.cases, 4),
        "whence_kinds_exact_share": round(score.kinds / score.kinds_of, 4),
        "whence_indirect_exact_share": round(score.indirect / score.cases, 4),
        "whence_classes_right_share": round(right / len(classes), 4),
    }
    figures |= summary("parse", parse) | summary("whence", times) | summary("repeated", repeated)
    figures["whence_by_parse_ratio"] = round(sum(times) / sum(parse), 3)
    return figures


def is_exact(case: Case, answer: Mapping[str, Any]) -> bool:
    """True where a peer has exactly the DIRECT sources of every column."""
    if case.expected["columns"] is None:
        return True
    found = [(name, dict.fromkeys(sources, "")) for name, sources in answer["columns"]]
    result = paired(case.expected["columns"], found)
    got = {name: lowered(sources, False) for name, sources in (result or {}).items()}
    return got == {
        name: {".".join(source).lower() for source in sources}
        for name, sources in case.expected["columns"].items()
    }


def tables_are_right(case: Case, answer: Mapping[str, Any]) -> bool:
    """True where the tables read and written are those of the case, as far as it names any."""
    wanted = [case.expected.get(key) for key in ("inputs", "outputs")]
    got = [answer[key] for key in ("inputs", "outputs")]
    return all(
        one is None or lowered(one, False) == lowered(other, False)
        for one, other in zip(wanted, got, strict=True)
    )


def peer_figures(name: str, queries: Sequence[Case], classes: Sequence[Case]) -> Figures:
    """What one peer has right, and its times."""
    asked = [_peers.Question(case.sql, case.dialect, case.schema) for case in (*queries, *classes)]
    found = _peers.ask(name, asked, ROUNDS.get(name, 5))
    if found is None:
        return {}
    pairs = list(zip((*queries, *classes), found.answers, strict=True))
    exact = [a["ms"] is not None and is_exact(case, a) for case, a in pairs]
    whole = [
        right and tables_are_right(case, answer)
        for right, (case, answer) in zip(exact, pairs, strict=True)
    ]
    times = [answer["ms"] for answer in found.answers[: len(queries)] if answer["ms"] is not None]
    figures = {
        f"{name}_direct_exact_share": round(sum(exact[: len(queries)]) / len(queries), 4),
        f"{name}_classes_right_share": round(sum(whole[len(queries) :]) / len(classes), 4),
        f"{name}_answered_share": round(len(times) / len(queries), 4),
    }
    figures |= summary(name, times) if times else {}
    return figures | {
        f"{name}_import_s": round(found.import_s, 3),
        f"{name}_rss_bytes": found.rss_bytes,
    }


_COLD = """
import sys, time
started = time.process_time()
{}
ended = time.process_time()
sys.path.insert(0, {!r})
from answer import peak_bytes
print(ended - started, peak_bytes())
"""


def cold(name: str, code: str, rounds: int = 9) -> Figures:
    """CPU time and memory of a fresh process that runs ``code`` first."""
    command = [sys.executable, "-c", _COLD.format(code, str(_peers.ANSWER.parent))]
    found = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(rounds)
    ]
    return {
        f"{name}_import_s": round(min(float(seconds) for seconds, _ in found), 3),
        f"{name}_rss_bytes": min(int(size) for _, size in found),
    }


def cold_starts() -> Figures:
    """What the first answer costs over the parser's own import."""
    figures = cold("sqlglot", "import sqlglot; sqlglot.parse('select a from t', read='postgres')")
    figures |= cold(
        "whence", "from whence.sql import extract; extract('select a from t', dialect='postgres')"
    )
    figures["import_over_sqlglot_ms"] = round(
        (figures["whence_import_s"] - figures["sqlglot_import_s"]) * 1_000, 1
    )
    return figures


def measure(folder: Path, rounds: int, peers: Sequence[str]) -> Figures:
    """Every figure, in one run."""
    queries = [*cases("tpch", folder), *cases("tpcds", folder)]
    classes = cases("classes", folder)
    figures = ours(queries, classes, rounds) | cold_starts()
    for name in peers:
        figures |= peer_figures(name, queries, classes)
        if f"{name}_total_ms" in figures:
            ratio = figures[f"{name}_total_ms"] / figures["whence_total_ms"]
            figures[f"{name}_by_whence_ratio"] = round(ratio, 2)
    return figures


COLUMNS = {
    "direct_exact_share": "DIRECT",
    "kinds_exact_share": "kinds",
    "indirect_exact_share": "INDIRECT",
    "classes_right_share": "classes",
    "median_ms": "median ms",
    "p99_ms": "p99 ms",
    "total_ms": "total ms",
    "by_whence_ratio": "x ours",
    "import_s": "import s",
    "rss_bytes": "MB",
}


def show(figures: Figures, peers: Sequence[str]) -> None:
    """One line for each parser; a dash where it says nothing of the kind."""
    print(f"{'':16}" + "".join(f"{title:>11}" for title in COLUMNS.values()))
    for name in ("whence", *peers):
        cells = []
        for key in COLUMNS:
            value = figures.get(f"{name}_{key}")
            if value is not None and key == "rss_bytes":
                value = round(value / 1024 / 1024)
            cells.append(f"{'-' if value is None else value:>11}")
        print(f"{name:16}" + "".join(cells))
    for name in ("parse", "repeated"):
        times = [figures[f"{name}_{key}"] for key in ("median_ms", "p99_ms", "total_ms")]
        print(f"{name:16}" + " " * 44 + "".join(f"{each:>11}" for each in times))
    print(f"ours by the parser alone: {figures['whence_by_parse_ratio']}")
    print(f"import over sqlglot's own: {figures['import_over_sqlglot_ms']} ms")


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--cases", type=Path, default=CASES, help="the folder of the cases")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of ours and the parser")
    parser.add_argument("--no-peers", action="store_true", help="ours and the parser alone")
    options = parser.parse_args()
    if not options.cases.is_dir():
        print(f"skipped: {options.cases} is not here")
        print("{}" if options.json else "")
        return 0
    print(f"{platform.machine()} Python {platform.python_version()} sqlglot {sqlglot.__version__}")
    peers = [] if options.no_peers else list(_peers.REQUIREMENTS)
    figures = measure(options.cases, options.rounds, peers)
    show(figures, peers)
    if options.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
