"""How the cost of column lineage grows with a statement, and with the catalogue.

Run: ``uv run python tests/bench/sql_scaling.py [--json] [--rounds N] [--no-peers]``.
Prints CPU times, the best of some rounds, at three sizes of each kind of statement, and the
exponent between the two largest (1.0: twice the size, twice the time), beside sqlglot's parser
alone and two peers. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlglot

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.bench import _peers

from whence.sql import MappingSchema, extract

DIALECT = "postgres"
PEERS = ("sqllineage_rs", "datahub")
PEER_SECONDS = 20.0
Made = tuple[str, dict[str, dict[str, str]]]


def wide(size: int) -> Made:
    """Many computed columns of one table."""
    items = ", ".join(f"a{n} + b{n} * 2 as x{n}" for n in range(size))
    columns = {f"{letter}{n}": "int" for n in range(size) for letter in "ab"}
    return f"select {items} from t", {"t": columns}


def ctes(size: int) -> Made:
    """A chain of common table expressions of twenty columns, one of them computed in each."""
    names = [f"c{n}" for n in range(20)]
    steps = [f"q0 as (select {', '.join(names)} from t)"]
    for at in range(1, size):
        changed = at % len(names)
        items = [f"{n} + 1 as {n}" if k == changed else n for k, n in enumerate(names)]
        steps.append(f"q{at} as (select {', '.join(items)} from q{at - 1})")
    table = {"t": dict.fromkeys(names, "int")}
    return f"with {', '.join(steps)} select * from q{size - 1}", table


def computed_ctes(size: int) -> Made:
    """The same with every column computed in every step."""
    names = [f"c{n}" for n in range(20)]
    items = ", ".join(f"{name} + 1 as {name}" for name in names)
    steps = [f"q0 as (select {', '.join(names)} from t)"]
    steps += [f"q{at} as (select {items} from q{at - 1})" for at in range(1, size)]
    table = {"t": dict.fromkeys(names, "int")}
    return f"with {', '.join(steps)} select * from q{size - 1}", table


def stars(size: int) -> Made:
    """Stars over stars over a wide table."""
    sql = "with a as (select * from t), b as (select * from a) select * from b"
    return sql, {"t": {f"c{n}": "int" for n in range(size)}}


def joins(size: int) -> Made:
    """Many tables joined in a row, a column of each."""
    items = ", ".join(f"t{n}.v{n}" for n in range(size))
    steps = " ".join(f"join t{n} on t{n - 1}.k{n - 1} = t{n}.k{n}" for n in range(1, size))
    tables = {f"t{n}": {f"k{n}": "int", f"v{n}": "int"} for n in range(size)}
    return f"select {items} from t0 {steps}", tables


def unions(size: int) -> Made:
    """Many branches of a UNION ALL."""
    branches = (f"select a, b + {n} as b, c from t{n % 50} where d > {n}" for n in range(size))
    tables = {f"t{n}": dict.fromkeys("abcd", "int") for n in range(50)}
    return " union all ".join(branches), tables


def catalogue(size: int) -> Made:
    """One small query over one table of many."""
    tables = {f"t{n}": dict.fromkeys("abc", "int") for n in range(size)}
    return "select a, b from t1 where c > 1", tables


KINDS: dict[str, tuple[Callable[[int], Made], tuple[int, int, int]]] = {
    "wide": (wide, (10, 100, 1_000)),
    "ctes": (ctes, (10, 50, 200)),
    "computed_ctes": (computed_ctes, (10, 50, 200)),
    "stars": (stars, (10, 100, 1_000)),
    "joins": (joins, (5, 20, 80)),
    "unions": (unions, (10, 100, 400)),
    "catalogue": (catalogue, (10, 1_000, 100_000)),
}


def best(run: Callable[[], object], rounds: int) -> float:
    """The best CPU time of some rounds, in milliseconds."""
    found = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        run()
        found = min(found, time.process_time() - started)
    return found * 1_000


def exponent(times: list[float | None], sizes: tuple[int, ...]) -> float | None:
    """The growth between the two largest sizes."""
    one, two = times[-2:]
    if one is None or two is None:
        return None
    return round(math.log(two / one) / math.log(sizes[-1] / sizes[-2]), 2)


def peer_times(peer: str, kind: str) -> list[float | None]:
    """The times of a peer, None where it failed."""
    make, sizes = KINDS[kind]
    asked = []
    for size in sizes:
        sql, schema = make(size)
        asked.append(_peers.Question(sql, DIALECT, schema))
    found = _peers.ask(peer, asked, 1 if peer == "datahub" else 3, PEER_SECONDS)
    return [None] * len(sizes) if found is None else [each["ms"] for each in found.answers]


def measure(kind: str, rounds: int, peers: tuple[str, ...]) -> dict[str, list[float | None]]:
    """The times of everybody at one kind of statement."""
    make, sizes = KINDS[kind]
    found: dict[str, list[float | None]] = {"parse": [], "whence": []}
    for size in sizes:
        sql, tables = make(size)
        schema = MappingSchema(tables)

        def parse(sql: str = sql) -> object:
            return sqlglot.parse(sql, read=DIALECT)

        def ours(sql: str = sql, schema: MappingSchema = schema) -> object:
            return extract(sql, dialect=DIALECT, schema=schema, remember=False)

        found["parse"].append(best(parse, rounds))
        found["whence"].append(best(ours, rounds))
    return found | {peer: peer_times(peer, kind) for peer in peers}


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of ours and the parser")
    parser.add_argument("--no-peers", action="store_true", help="ours and the parser alone")
    options = parser.parse_args()
    print(f"{platform.machine()} Python {platform.python_version()} sqlglot {sqlglot.__version__}")
    figures: dict[str, float] = {}
    for kind, (_, sizes) in KINDS.items():
        found = measure(kind, options.rounds, () if options.no_peers else PEERS)
        for who, times in found.items():
            growth = exponent(times, sizes)
            cells = ["-" if each is None else f"{each:.2f}" for each in times]
            print(f"{kind:14}{who:15}" + "".join(f"{c:>10}" for c in cells) + f"{growth!s:>8}")
            name = kind if who == "whence" else f"{who}_{kind}"
            if growth is not None and times[-1] is not None:
                figures[f"{name}_{sizes[-1]}_ms"] = round(times[-1], 2)
                figures[f"{name}_growth_exponent"] = growth
    if options.json:
        print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
