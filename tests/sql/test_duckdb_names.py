"""What DuckDB calls a column without an alias: its own DESCRIBE is the truth."""

from __future__ import annotations

from pathlib import Path

import duckdb

from whence.sql import extract

EXPRESSIONS = Path(__file__).resolve().parent / "duckdb_names.txt"
COLUMNS = {
    "a": "INTEGER",
    "b": "VARCHAR",
    "c": "DECIMAL(10,2)",
    "d": "DATE",
    "ts": "TIMESTAMP",
    "bo": "BOOLEAN",
    "l": "INTEGER[]",
    "s": "STRUCT(x INTEGER, y VARCHAR)",
    "m": "MAP(VARCHAR, INTEGER)",
    "j": "JSON",
    "Mixed Case": "INTEGER",
    "select": "INTEGER",
    "name": "VARCHAR",
    "type": "INTEGER",
    "value": "INTEGER",
    "year": "INTEGER",
    "order": "VARCHAR",
}


def test_unnamed_expressions_are_called_what_the_database_calls_them() -> None:
    """Schemas of dbt models depend on it: four hundred expressions, one a line."""
    db = duckdb.connect()
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in COLUMNS.items())
    db.execute(f"create table t({columns}); create table u(a integer, e varchar)")
    schema = {"t": COLUMNS, "u": {"a": "INTEGER", "e": "VARCHAR"}}
    wrong = []
    expressions = EXPRESSIONS.read_text(encoding="utf-8").splitlines()
    for expression in expressions:
        sql = f"select {expression} from t"
        name = db.execute(f"describe {sql}").fetchall()[0][0]
        (column,) = extract(sql, dialect="duckdb", schema=schema).statements[0].columns
        if column.column != name:
            wrong.append(f"{expression}: {column.column}, in DuckDB {name}")
    assert len(expressions) > 350
    assert not wrong, "\n".join(wrong)
