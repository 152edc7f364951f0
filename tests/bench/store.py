"""Speed and size of the embedded store: ingest first seen and repeated, traces of a large graph.

Run: ``uv run python tests/bench/store.py [--json] [--tables N]``. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from whence.config import Config
from whence_backend.model import TraceQuery
from whence_backend.store import Store, open_store, store_path

NAMESPACE = "postgres://warehouse:5432"
PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"
COLUMNS = 20
EVENTS = 1_000
ROUNDS = 5


def _facet(name: str, **fields: Any) -> dict[str, Any]:
    url = f"https://openlineage.io/spec/facets/1-0-0/{name}.json"
    return {"_producer": PRODUCER, "_schemaURL": url, **fields}


def _table(number: int) -> str:
    return f"shop.mart_{number % 40}.table_{number}"


def _dataset(number: int, sources: tuple[int, ...] = ()) -> dict[str, Any]:
    fields = [{"name": f"column_{i}", "type": "bigint"} for i in range(COLUMNS)]
    facets = {"schema": _facet("SchemaDatasetFacet", fields=fields)}
    if sources:
        facets["columnLineage"] = _facet(
            "ColumnLineageDatasetFacet",
            fields={f"column_{i}": {"inputFields": [_field(sources, i)]} for i in range(COLUMNS)},
            dataset=[_field((source,), 0, "INDIRECT", "JOIN") for source in sources],
        )
    return {"namespace": NAMESPACE, "name": _table(number), "facets": facets}


def _field(
    sources: tuple[int, ...], column: int, kind: str = "DIRECT", subtype: str = "IDENTITY"
) -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "name": _table(sources[column % len(sources)]),
        "field": f"column_{column}",
        "transformations": [
            {"type": kind, "subtype": subtype, "description": "", "masking": False}
        ],
    }


def event(number: int, sources: tuple[int, ...], run: int) -> bytes:
    """A COMPLETE event of about 10 KB: one output with column lineage, its inputs' schemas."""
    second = run * 60 + number % 60
    body = {
        "eventType": "COMPLETE",
        "eventTime": f"2026-01-{1 + second // 86400:02d}T{second // 3600 % 24:02d}:"
        f"{second // 60 % 60:02d}:{second % 60:02d}.{number % 10**6:06d}Z",
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {
            "runId": f"{run:08x}-0000-4000-8000-{number:012x}",
            "facets": {
                "parent": _facet(
                    "ParentRunFacet",
                    run={"runId": f"{run:08x}-0000-4000-8000-ffffffffffff"},
                    job={"namespace": "airflow", "name": "daily"},
                )
            },
        },
        "job": {
            "namespace": "airflow",
            "name": f"daily.load_{number}",
            "facets": {
                "sql": _facet("SQLJobFacet", query=f"insert into {_table(number)} " + "x " * 400)
            },
        },
        "inputs": [_dataset(source) for source in sources],
        "outputs": [_dataset(number, sources)],
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _graph(tables: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Each table with the earlier ones it reads: a quarter sources, some of them hubs."""
    chance = random.Random(7)
    for number in range(tables // 4, tables):
        count = min(5, int(chance.paretovariate(1.5)) + 1)
        hubs = [int(chance.paretovariate(1.0)) % (tables // 50 + 1) for _ in range(count)]
        near = [chance.randrange(max(0, number - tables // 5), number) for _ in range(count)]
        picked = [h if chance.random() < 0.12 else n for h, n in zip(hubs, near, strict=True)]
        yield number, tuple(sorted(set(picked)))


def ingest_first_seen_and_repeats(home: Path) -> dict[str, float]:
    """What hurts is the first sight of a job; a repeat is one row and no graph work."""
    sources = {number: (number - 1, number - 2, number - 3) for number in range(3, EVENTS + 3)}
    figures: dict[str, float] = {}
    store = open_store(Config(home=home))
    path = store_path(Config(home=home))
    lines = [event(number, sources[number], 0) for number in sources]
    figures["event_bytes"] = statistics.mean(map(len, lines))
    figures["first_seen_per_s"] = len(lines) / _seconds(lambda: store.ingest(lines))
    before = _size(path)
    rates = []
    for run in range(1, ROUNDS + 1):
        again = [event(number, sources[number], run) for number in sources]
        rates.append(len(again) / _seconds(lambda lines=again: store.ingest(lines)))
    figures["repeat_per_s"] = statistics.median(rates)
    figures["bytes_per_first_bytes"] = before / len(lines)
    figures["bytes_per_repeat_bytes"] = (_size(path) - before) / (ROUNDS * len(lines))
    figures["duplicates_per_s"] = len(lines) / _seconds(lambda: store.ingest(lines))
    store.close()
    return figures


def traces_over_a_large_graph(home: Path, tables: int) -> dict[str, float]:
    """A hub's whole closure hurts; a random table's neighbourhood is what is usually asked."""
    store = open_store(Config(home=home))
    lines = (event(number, sources, 0) for number, sources in _graph(tables))
    figures = {"graph_tables": float(tables), "graph_load_s": _seconds(lambda: store.ingest(lines))}
    figures["graph_store_bytes"] = float(_size(store_path(Config(home=home))))
    chance = random.Random(11)
    picked = [chance.randrange(tables // 4, tables) for _ in range(100)]
    for name, query in (
        ("table", TraceQuery(columns=False)),
        ("table_depth_3", TraceQuery(columns=False, depth=3)),
    ):
        figures |= _spread(name, [_trace_ms(store, _table(n), query) for n in picked])
    columns = [f"{_table(n)}.column_{n % COLUMNS}" for n in picked]
    figures |= _spread(
        "column_direct", [_trace_ms(store, name, TraceQuery(direct=True)) for name in columns]
    )
    figures |= _spread(
        "column_depth_2", [_trace_ms(store, name, TraceQuery(depth=2)) for name in columns]
    )
    figures["hub_tables_ms"] = _trace_ms(
        store, _table(1), TraceQuery(direction="downstream", columns=False)
    )
    store.close()
    return figures


def _trace_ms(store: Store, name: str, query: TraceQuery) -> float:
    return 1_000 * _seconds(lambda: store.trace(name, query))


def _spread(name: str, values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        f"trace_{name}_p50_ms": statistics.median(ordered),
        f"trace_{name}_p95_ms": ordered[int(len(ordered) * 0.95)],
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _size(path: Path) -> int:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures as one object, last line")
    parser.add_argument("--tables", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        figures = ingest_first_seen_and_repeats(Path(first))
        figures |= traces_over_a_large_graph(Path(second), arguments.tables)
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    for name, value in figures.items():
        print(f"{name:32} {value:14,.2f}")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
