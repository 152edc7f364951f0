"""Random queries: what the engine says holds in what DuckDB does."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from tests.sql.duckdb_oracle import Observed, Oracle, Source
from tests.sql.random_expressions import TABLES
from tests.sql.random_queries import Generator

from whence.sql import StatementLineage, extract

QUERIES = 200
SCHEMA: dict[str, dict[str, str | None]] = {
    table: dict.fromkeys(names, "VARCHAR") for table, names in TABLES.items()
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What the engine says of a query.

    Attributes:
        direct: For each output column, its direct sources.
        others: For each, the sources that bear on its values or its rows.
    """

    names: list[str]
    direct: list[set[Source]]
    others: list[set[Source]]


def claim(sql: str) -> Claim:
    """The engine's answer for ``sql``."""
    statement: StatementLineage = extract(sql, dialect="duckdb", schema=SCHEMA).statements[-1]
    rows = {(str(each.dataset), each.column) for each in statement.indirect}
    direct, others = [], []
    for column in statement.columns:
        kinds = {(str(e.dataset), e.column): e.type for e in column.inputs if e.type == "DIRECT"}
        direct.append(set(kinds))
        others.append(rows | {(str(each.dataset), each.column) for each in column.inputs})
    return Claim([column.column for column in statement.columns], direct, others)


def differences(said: Claim, seen: Observed, loose: bool) -> list[str]:
    """Where an answer and an observation contradict each other."""
    if said.names != seen.names:
        return [f"names {said.names}, in DuckDB {seen.names}"]
    found: list[str] = []
    for at, name in enumerate(seen.names):
        missing = seen.marks[at] - said.direct[at]
        if missing:
            found.append(f"{name}: values of {sorted(missing)} come out, no DIRECT edge")
        changed = set() if loose else seen.changes[at] - said.others[at]
        if changed:
            found.append(f"{name}: changes with {sorted(changed)}, no edge at all")
    return found


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


def test_no_value_flows_without_an_edge(oracle: Oracle) -> None:
    """Fresh queries each run: names, DIRECT edges and influences against what is observed."""
    first = random.SystemRandom().randrange(1_000_000)
    print(f"seeds {first} to {first + QUERIES - 1}")  # noqa: T201 - shown when it fails
    run, wrong = 0, []
    for seed in range(first, first + QUERIES):
        generator = Generator(seed)
        sql = generator.query(TABLES).text
        seen = oracle.observe(sql, changes=4)
        if seen is not None:
            run += 1
            wrong += [
                f"{seed}: {each}\n{sql}" for each in differences(claim(sql), seen, generator.loose)
            ]
    assert not wrong, "\n".join(wrong)
    assert run > QUERIES * 0.7
