"""Long runs of random queries against DuckDB and Spark.

Run: ``uv run python -m tests.fuzz [--count N] [--seed N] [--engine duckdb|spark|both]
[--bind-only] [--json]``.
Prints every query of which we are wrong, shortened, and ends with 1 if there was one.
"""

from __future__ import annotations

import argparse
import json
import random
import sys

from tests.sql.judges import DuckDB, Judge, Spark
from tests.sql.random_expressions import schema
from tests.sql.spark_session import Analyser
from tests.sql.trials import Figures, trials

EVERY = 500


def run(judge: Judge, first: int, count: int) -> Figures:
    """Try ``count`` seeds from ``first`` on, and say so from time to time."""
    figures = Figures(judge.engine)
    told = 0
    for figures in trials(judge, range(first, first + count)):
        for failure in figures.failures[told:]:
            print(f"\n{failure}\n", flush=True)
        told = len(figures.failures)
        if (figures.run + figures.refused) % EVERY == 0:
            print(json.dumps(figures.json()), file=sys.stderr, flush=True)
    return figures


def main() -> int:
    """Run, print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="seeds for each engine")
    parser.add_argument("--seed", type=int, help="the first seed; a fresh one by default")
    parser.add_argument("--engine", choices=("duckdb", "spark", "both"), default="both")
    parser.add_argument("--bind-only", action="store_true", help="run nothing, read plans alone")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    options = parser.parse_args()
    first = options.seed
    if first is None:
        first = random.SystemRandom().randrange(1_000_000_000)
    print(f"seeds {first} to {first + options.count - 1}", flush=True)
    all_figures: list[Figures] = []
    if options.engine != "spark":
        all_figures.append(run(DuckDB(not options.bind_only), first, options.count))
    if options.engine != "duckdb":
        all_figures.append(run(Spark(Analyser(schema("spark"))), first, options.count))
    for figures in all_figures:
        print(", ".join(f"{name} {value}" for name, value in figures.json().items()))
    if options.json:
        print(json.dumps({figures.engine: figures.json() for figures in all_figures}))
    return int(any(figures.failures for figures in all_figures))


if __name__ == "__main__":
    sys.exit(main())
