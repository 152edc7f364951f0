"""Structs from model to model: what one query makes is the schema that the next is read with."""

from __future__ import annotations

import pytest

from whence.model import Dataset, Field
from whence.sql import TableName, bind, extract


class _Warehouse:
    """Tables as queries made them, and the schema provider over them."""

    def __init__(self, dialect: str, fields: tuple[Field, ...]) -> None:
        self._dialect = dialect
        self._tables = {"source": fields}

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        return self._tables.get(str(table))

    def make(self, name: str, sql: str) -> list[str]:
        """Read the model ``sql`` and keep its columns; its edges as text."""
        target = Dataset("db", name)
        script = extract(sql, dialect=self._dialect, schema=self)
        lineage = bind(script, lambda each: Dataset("db", str(each)), target)
        assert not lineage.gaps
        self._tables[name] = lineage.schemas[target]
        return [
            f"{e.target.name} <- {e.source.dataset.name}.{e.source.name}" for e in lineage.edges
        ]


@pytest.mark.parametrize(
    ("dialect", "type_"),
    [
        ("spark", "struct<email: string, phone: string>"),
        ("bigquery", "STRUCT<email STRING, phone STRING>"),
        ("duckdb", "STRUCT(email VARCHAR, phone VARCHAR)"),
        ("trino", "ROW(email VARCHAR, phone VARCHAR)"),
        ("snowflake", "OBJECT(email VARCHAR, phone VARCHAR)"),
    ],
)
def test_a_struct_that_a_star_brought_is_taken_apart_two_models_further(
    dialect: str, type_: str
) -> None:
    """The type comes along with the column."""
    warehouse = _Warehouse(dialect, (Field("id", "int"), Field("contact", type_)))
    warehouse.make("staging", "select * from source")
    warehouse.make("middle", "with x as (select * from staging) select x.* from x")
    edges = warehouse.make("mart", "select middle.contact.* from middle")
    assert edges == ["email <- middle.contact", "phone <- middle.contact"]


@pytest.mark.parametrize("dialect", ["spark", "bigquery", "duckdb"])
def test_a_struct_that_a_model_builds_is_taken_apart_in_the_next(dialect: str) -> None:
    """Its type is known where those of its fields are."""
    warehouse = _Warehouse(dialect, (Field("a", "int"), Field("b", "string")))
    built = "{'x': a, 'y': b}" if dialect == "duckdb" else "struct(a as x, b as y)"
    warehouse.make("model", f"select {built} as s from source")
    assert warehouse.make("next", "select s.* from model") == ["x <- model.s", "y <- model.s"]


def test_fields_are_sources_of_their_own_if_asked_for() -> None:
    """The option is part of what an answer is remembered by."""
    sql = "select addr.city from t"
    schema = {"t": {"addr": "struct<city string>"}}
    for struct_paths, name in ((False, "addr"), (True, "addr.city"), (False, "addr")):
        script = extract(sql, dialect="bigquery", schema=schema, struct_paths=struct_paths)
        (column,) = script.statements[0].columns
        assert [each.column for each in column.inputs] == [name]
