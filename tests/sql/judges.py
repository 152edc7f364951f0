"""What each database says of a query against what we say: one judge for each engine.

Must not make queries.
"""

from __future__ import annotations

from typing import Protocol

import duckdb
from tests.sql import binder_oracle
from tests.sql.answers import Answer, Value, aligned, differences, ours
from tests.sql.duckdb_oracle import Observed, Oracle
from tests.sql.random_expressions import Engine, schema
from tests.sql.random_writes import TARGET
from tests.sql.spark_session import Analyser
from tests.sql.spark_writes import written

from whence.sql import extract

CHANGES = 4
"""How many columns to change, one by one, for each query."""


class Judge(Protocol):
    """Compares our answers with a database's.

    Attributes:
        engine: Whose SQL it understands.
    """

    engine: Engine

    def differences(self, sql: str, loose: bool) -> list[str] | None:
        """Where we are wrong of ``sql``; None where the database refuses it.

        Args:
            sql: A query.
            loose: True where any column may change with any other.
        """


def is_write(sql: str) -> bool:
    """True for a statement that changes a table."""
    return sql.partition(" ")[0].lower() in ("insert", "update", "merge", "delete")


def answer(sql: str, engine: Engine) -> Answer:
    """What we say of a query over the tables of the generator."""
    return ours(extract(sql, dialect=engine, schema=schema(engine)).statements[-1])


class DuckDB:
    """DuckDB's binder, and what DuckDB is seen to do."""

    engine: Engine = "duckdb"

    def __init__(self, run: bool = True) -> None:
        """Make the tables.

        Args:
            run: Whether to run queries as well, which takes four fifths of the time.
        """
        self._oracle = Oracle() if run else None
        self._db = duckdb.connect()
        for table, columns in schema("duckdb").items():
            listed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
            self._db.execute(f"create table {table} ({listed})")

    def differences(self, sql: str, loose: bool) -> list[str] | None:
        if is_write(sql):
            return self._effects(sql, loose)
        known = binder_oracle.lineage(self._db, sql)
        if known is None:
            return None
        said = answer(sql, "duckdb")
        found = differences(said, known)
        seen = None if self._oracle is None else self._oracle.observe(sql, CHANGES)
        return found if seen is None else found + contradictions(said, seen, loose)

    def _effects(self, sql: str, loose: bool) -> list[str] | None:
        """DuckDB writes no plans of statements that write: what they do to their target decides."""
        seen = None if self._oracle is None else self._oracle.observe(sql, CHANGES, TARGET)
        if seen is None:
            return None
        for at, name in enumerate(seen.names):
            own = {f"{TARGET}.{name}"}  # rows that stay as they are
            seen.marks[at] -= own
            seen.changes[at] -= own
        said, _ = aligned(
            answer(sql, "duckdb"), Answer(seen.names, [Value()] * len(seen.names)), ""
        )
        order = [said.names.index(name) for name in seen.names]
        said = Answer(seen.names, [said.columns[at] for at in order], said.rows)
        return contradictions(said, seen, loose)


class Spark:
    """Spark's analyser."""

    engine: Engine = "spark"

    def __init__(self, analyser: Analyser) -> None:
        """Ask an ``analyser`` that has the generator's tables."""
        self._analyser = analyser

    def differences(self, sql: str, loose: bool) -> list[str] | None:
        plan = self._analyser.plan(sql)
        if plan is None:
            return None
        said, known = answer(sql, "spark"), written(plan)
        if is_write(sql):
            said, known = aligned(said, known, TARGET)
        return differences(said, known)


def contradictions(said: Answer, seen: Observed, loose: bool) -> list[str]:
    """Where an answer and an observation contradict each other."""
    if said.names != seen.names:
        return [f"names {said.names}, in DuckDB {seen.names}"]
    found: list[str] = []
    for name, value, marks, changes in zip(
        seen.names, said.columns, seen.marks, seen.changes, strict=True
    ):
        missing = marks - value.direct.keys()
        if missing:
            found.append(f"{name}: values of {sorted(missing)} come out, no DIRECT edge")
        known = value.direct.keys() | value.indirect.keys() | said.rows.keys()
        if not loose and changes - known:
            found.append(f"{name}: changes with {sorted(changes - known)}, no edge at all")
    return found
