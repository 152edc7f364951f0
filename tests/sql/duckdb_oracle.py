"""What DuckDB does with a query: its output names, and which values reach which output.

Must not read SQL, so that it is no second parser to be wrong in the same way.

Two observations, each independent of any analysis. *Marks*: every value carries the name of its
source column (``t.a#3``), so a mark found in an output column proves a DIRECT edge; key columns
(``k``) carry none, so that tables can be joined on them. *Changes*: with the digits of one source
column changed, every output column that changes must depend on it, or on its rows.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

import duckdb
from tests.sql.random_expressions import schema

_COLUMNS = {name: list(columns) for name, columns in schema("duckdb").items()}
SOURCES = [(table, name) for table in _COLUMNS for name in _COLUMNS[table]]
_MARK = re.compile(r"([tuvnw]\.[a-z]+)#")
_NESTED = "select $1, {'x': $2, 'y': {'z': $2}}, [$3, $3], map {'p': $4}, [{'x': $5}]"
_WORLDS = 3
_ROWS = 7
_SETTINGS: dict[str, Any] = {"threads": 1, "memory_limit": "512MB", "temp_directory": ""}
_PATIENCE_S = 2.0
"""How long a query may run: joins of joins can multiply their rows without end."""


@dataclass(slots=True)
class Observed:
    """What a query was seen to do.

    Attributes:
        names: Output columns.
        marks: For each of them, the source columns, as ``t.a``, whose marks were in it.
        changes: For each, the source columns whose change changed it.
    """

    names: list[str]
    marks: list[set[str]] = field(default_factory=list)
    changes: list[set[str]] = field(default_factory=list)


class Oracle:
    """A database in memory: the same tables filled in several ways, a schema for each."""

    def __init__(self) -> None:
        """Fill all schemas."""
        self._db = duckdb.connect(config=_SETTINGS)
        rnd = random.Random(5)
        worlds = [_world(rnd) for _ in range(_WORLDS)]
        for at, world in enumerate(worlds):
            self._fill(f"world{at}", world)
        for at, (table, name) in enumerate(SOURCES):
            changed = {key: [list(row) for row in rows] for key, rows in worlds[0].items()}
            position = _COLUMNS[table].index(name)
            for row in changed[table]:
                row[position] = _value(table, name, rnd)
            self._fill(f"changed{at}", changed)

    def _fill(self, schema_: str, world: dict[str, list[list[str | None]]]) -> None:
        self._db.execute(f"create schema {schema_}")
        types = schema("duckdb")
        for table, rows in world.items():
            columns = ", ".join(f"{name} {types[table][name]}" for name in _COLUMNS[table])
            self._db.execute(f"create table {schema_}.{table} ({columns})")
            numbers = ", ".join(f"${at}" for at, _ in enumerate(_COLUMNS[table], 1))
            row = _NESTED if table == "n" else f"select {numbers}"
            self._db.executemany(f"insert into {schema_}.{table} {row}", rows)

    def _run(self, world: str, sql: str, target: str) -> list[set[str]]:
        """For each output column, or each column of the ``target`` written, its values."""
        self._db.execute(f"set schema = '{world}'")
        bell = threading.Timer(_PATIENCE_S, self._db.interrupt)
        bell.start()
        self._db.execute("begin")
        try:
            result = self._db.execute(sql)
            if target:
                result = self._db.execute(f"from {target}")
            width = len(result.description or ())
            rows = result.fetchall()
        finally:
            bell.cancel()
            self._db.execute("rollback")
        return [{str(row[at]) for row in rows} for at in range(width)]

    def observe(self, sql: str, changes: int, target: str = "") -> Observed | None:
        """What ``sql`` does, or None where the database refuses it or takes too long.

        Args:
            sql: A query, or a statement that writes.
            changes: How many source columns to change, one by one.
            target: The table that it writes.
        """
        try:
            return self._observe(sql, changes, target)
        except duckdb.Error:
            return None

    def _observe(self, sql: str, changes: int, target: str) -> Observed:
        first = self._run("world0", sql, target)
        described = self._db.execute(f"describe {target or sql}").fetchall()
        observed = Observed([row[0] for row in described])
        observed.marks = [set() for _ in first]
        observed.changes = [set() for _ in first]
        for values in [first, *(self._run(f"world{at}", sql, target) for at in range(1, _WORLDS))]:
            for column, marks in zip(values, observed.marks, strict=True):
                marks |= {found for value in column for found in _MARK.findall(value.lower())}
        for at in random.Random(sql).sample(range(len(SOURCES)), changes):
            after = self._run(f"changed{at}", sql, target)
            for one, other, seen in zip(first, after, observed.changes, strict=True):
                if one != other:
                    seen.add(".".join(SOURCES[at]))
        return observed


def _world(rnd: random.Random) -> dict[str, list[list[str | None]]]:
    return {
        table: [[_value(table, name, rnd) for name in names] for _ in range(_ROWS)]
        for table, names in _COLUMNS.items()
    }


def _value(table: str, name: str, rnd: random.Random) -> str | None:
    if rnd.random() < 0.08:
        return None
    mark = "" if name == "k" else f"{table}.{name}#"
    return f"{mark}{rnd.randrange(5)}"
