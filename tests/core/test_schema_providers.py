"""Schema providers: who knows a table, under which spellings, and what happens when one fails."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import duckdb
import pytest

from whence.errors import BadInput
from whence.model import Dataset, Field
from whence.schema import (
    REST,
    ChainSchema,
    MappingSchema,
    RememberedSchema,
    SchemaProvider,
)
from whence.schema.connection import ConnectionSchema
from whence.schema.memory import SchemaMemory
from whence.schema.sources import open_schema
from whence.sql import Limits, ScriptLineage, TableName, extract


def table(name: str, quoted: bool = False) -> TableName:
    parts = tuple(name.split("."))
    return TableName(parts, (quoted,) * len(parts))


def names(schema: SchemaProvider, name: str) -> list[str] | None:
    found = schema.columns(table(name))
    return None if found is None else [field.name for field in found]


SHOP = MappingSchema(
    {
        "shop.main.orders": {"id": "INTEGER", "note": None},
        "customers": {"id": "BIGINT"},
        "a.items": {"x": "INT"},
        "b.items": {"y": "INT"},
        "Mixed": {"m": "INT"},
        "events": {"short": "INT"},
        "raw.events": {"long": "INT"},
    }
)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("shop.main.orders", "id"),
        ("SHOP.Main.ORDERS", "id"),
        ("main.orders", "id"),
        ("orders", "id"),
        ("shop.main.customers", "id"),
        ("a.items", "x"),
        ("c.b.items", "y"),
        ("mixed", "m"),
        ("events", "short"),
        ("lake.raw.events", "long"),
        ("items", None),
        ("other.main.orders", None),
        ("suborders", None),
        ("nothing", None),
    ],
)
def test_a_mapping_knows_a_table_by_any_unambiguous_part_of_its_name(
    name: str, first: str | None
) -> None:
    """Two tables that fit equally well are no answer."""
    columns = SHOP.columns(table(name))
    assert (columns[0].name if columns else None) == first


def test_a_mapping_keeps_order_and_types() -> None:
    """A type may be unknown."""
    assert SHOP.columns(table("orders")) == (Field("id", "INTEGER"), Field("note", None))


def test_the_first_provider_that_knows_answers(tmp_path: Path) -> None:
    """A chain asks in order; the memory is asked under the dataset's own name."""
    memory = SchemaMemory(tmp_path / "m.sqlite")
    memory.put(Dataset("ns", "seen"), [Field("z")], "observed", "2026-01-01T00:00:00Z")

    def to_dataset(name: TableName) -> Dataset | None:
        return Dataset("ns", name.parts[-1]) if name.parts[0] != "tmp" else None

    chain = ChainSchema([SHOP, RememberedSchema(memory, to_dataset)])
    assert chain.columns(table("customers")) == (Field("id", "BIGINT"),)
    assert chain.columns(table("seen")) == (Field("z"),)
    assert chain.columns(table("tmp.seen")) is None
    assert chain.columns(table("unseen")) is None


def test_a_large_catalogue_costs_no_statement_more() -> None:
    """A mapping of 100,000 tables answers like one of ten, also for names that it has not."""

    def seconds(tables: dict[str, dict[str, str | None]]) -> float:
        extract("select a, b from missing join db.s.t0 on true", schema=tables)
        best = 1.0
        for _ in range(10):
            started = time.process_time()
            for _ in range(20):
                extract("select a, b from missing join db.s.t0 on true", schema=tables)
            best = min(best, time.process_time() - started)
        return best

    small = {f"db.s.t{n}": {"a": "int", "b": None} for n in range(10)}
    large = {f"db.s.t{n}": {"a": "int", "b": None} for n in range(100_000)}
    assert seconds(large) < 3 * seconds(small)


def test_a_mapping_that_grows_between_two_texts_is_read_anew() -> None:
    """What is kept of a mapping must not outlive a change of it."""
    tables: dict[str, dict[str, str | None]] = {"s.t": {"a": None}}
    assert [c.column for c in extract("select * from T", schema=tables).statements[0].columns] == [
        "a"
    ]
    tables["s.u"] = {"b": None}
    assert [c.column for c in extract("select * from U", schema=tables).statements[0].columns] == [
        "b"
    ]


class Raising:
    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        raise ConnectionError("the warehouse\nis down")


class Hanging:
    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        time.sleep(30)
        return (Field("late"),)


class Lying:
    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        return {"a": "int"}  # type: ignore[return-value]


class Knowing:
    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        return (Field("a", "int"), Field("b", "text"))


def gaps(script: ScriptLineage) -> list[tuple[str, str]]:
    return [(gap.code, gap.reason) for each in script.statements for gap in each.gaps]


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        (Raising(), "Raising, asked for t: ConnectionError: the warehouse is down"),
        (Hanging(), "Hanging, asked for t: TimeoutError: no answer in time"),
        (Lying(), "Lying, asked for t: answered dict, not a tuple of Field"),
        (3, "int, asked for t: AttributeError: 'int' object has no attribute 'columns'"),
    ],
)
def test_a_provider_that_fails_costs_its_own_answer_alone(
    provider: SchemaProvider, reason: str
) -> None:
    """The gap names it; tables and columns that the text names are still there."""
    started = time.perf_counter()
    script = extract("select a from t", schema=provider, limits=Limits(schema_seconds=0.2))
    assert time.perf_counter() - started < 5
    assert gaps(script) == [("schema-unavailable", reason)]
    assert [str(name) for name in script.inputs] == ["t"]
    assert [source.column for source in script.statements[0].columns[0].inputs] == ["a"]


def test_a_provider_that_hangs_is_waited_for_once() -> None:
    """Twenty tables do not wait twenty times."""
    sql = " union all ".join(f"select a from t{n}" for n in range(20))
    started = time.perf_counter()
    script = extract(sql, schema=Hanging(), limits=Limits(schema_seconds=0.3))
    assert time.perf_counter() - started < 3
    assert len(gaps(script)) == 20


def test_the_next_of_a_chain_answers_for_one_that_fails() -> None:
    """And the failure is said all the same."""
    chain = ChainSchema([Raising(), ChainSchema([Hanging(), Knowing()])])
    script = extract("select * from t", schema=chain, limits=Limits(schema_seconds=0.2))
    assert [column.column for column in script.statements[0].columns] == ["a", "b"]
    assert [code for code, _ in gaps(script)] == ["schema-unavailable"] * 2


def test_a_provider_may_know_some_columns_alone() -> None:
    """What it knows is resolved as known; a star says that there is more."""

    class Partial:
        def columns(self, table: TableName) -> tuple[Field, ...] | None:
            return (Field("a", "int"), Field(REST)) if table.parts == ("t",) else (Field("x"),)

    script = extract("select a, b, x from t join u on t.k = u.x", schema=Partial())
    sources = {
        column.column: [f"{s.dataset}.{s.column}" for s in column.inputs]
        for column in script.statements[0].columns
    }
    assert sources == {"a": ["t.a"], "b": ["t.b"], "x": ["u.x"]}
    star = extract("select * from t", schema=Partial()).statements[0]
    assert [column.column for column in star.columns] == ["a", "*"]
    assert [gap.code for gap in star.gaps] == ["star-unknown-table"]


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute("create table Orders (id integer primary key, amount numeric(9, 2), note)")
    connection.execute("create view big as select id, amount from orders where amount > 100")
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def duckdb_file(tmp_path: Path) -> Path:
    path = tmp_path / "lake.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table orders (id integer, amount decimal(9, 2))")
        connection.execute("create schema raw")
        connection.execute('create table raw.orders (id varchar, "Total" struct(v integer))')
        connection.execute("create schema old")
        connection.execute("create table old.only_there (x integer)")
        connection.execute("create table raw.twice (x integer)")
        connection.execute("create table old.twice (y integer)")
    return path


def test_sqlite_is_asked_by_address(sqlite_file: Path) -> None:
    """Tables and views, in any case, with types as they are declared."""
    schema = open_schema(f"sqlite:///{sqlite_file}")
    assert schema.columns(table("ORDERS")) == (
        Field("id", "INTEGER"),
        Field("amount", "numeric(9, 2)"),
        Field("note"),
    )
    assert names(schema, "main.big") == ["id", "amount"]
    assert names(schema, "nothing") is None
    script = extract("select * from big", schema=schema)
    assert [column.column for column in script.statements[0].columns] == ["id", "amount"]
    assert gaps(script) == []


def test_duckdb_finds_names_in_any_case() -> None:
    """It keeps them as they were written, and compares them without regard to case."""
    with duckdb.connect() as connection:
        connection.execute('create table "Orders" ("Id" int)')
        schema = ConnectionSchema(connection, "duckdb")
        for name in ("orders", "main.ORDERS", '"OrDeRs"'):
            (statement,) = extract(
                f"select * from {name}", dialect="duckdb", schema=schema
            ).statements
            assert [column.column for column in statement.columns] == ["Id"]


def test_duckdb_is_asked_by_address(duckdb_file: Path) -> None:
    """A bare name is that of the current schema, else the only one there is."""
    schema = open_schema(f"duckdb:///{duckdb_file}")
    assert schema.columns(table("orders")) == (
        Field("id", "INTEGER"),
        Field("amount", "DECIMAL(9,2)"),
    )
    assert names(schema, "lake.raw.ORDERS") == ["id", "Total"]
    assert names(schema, "only_there") == ["x"]
    assert names(schema, "twice") is None
    assert names(schema, "raw.twice") == ["x"]
    assert names(schema, "other.raw.twice") is None


def test_a_connection_of_the_caller_is_asked(sqlite_file: Path) -> None:
    """Over the thread it was opened on; it stays open."""
    connection = sqlite3.connect(sqlite_file)
    script = extract("select * from orders", schema=ConnectionSchema(connection))
    assert [column.column for column in script.statements[0].columns] == ["id", "amount", "note"]
    assert connection.execute("select 1").fetchone() == (1,)
    connection.close()
    assert gaps(extract("select * from orders", schema=ConnectionSchema(connection)))[0][0] == (
        "schema-unavailable"
    )


def test_sqlalchemy_answers_for_every_other_system(sqlite_file: Path) -> None:
    """SQLite is read through it here, as any server would be."""
    schema = open_schema(f"sqlite+pysqlite:///{sqlite_file}")
    assert schema.columns(table("orders")) == (
        Field("id", "INTEGER"),
        Field("amount", "NUMERIC(9, 2)"),
        Field("note"),
    )
    assert names(schema, "nothing") is None
    assert gaps(extract("select id from orders", schema=schema)) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("sqlite:///nowhere/shop.db", "no file nowhere/shop.db"),
        ("duckdb:///nowhere/lake.duckdb", "no file nowhere/lake.duckdb"),
        ("duckdb:///:memory:", "in memory"),
        ("nosuchsystem://user:secret@host/db", "nosuchsystem://host/db cannot be used"),
        ("nowhere.json", "no file or folder nowhere.json"),
    ],
)
def test_a_source_that_cannot_be_used_is_said_at_once(source: str, message: str) -> None:
    """Without the password."""
    with pytest.raises(BadInput, match=message) as raised:
        open_schema(source)
    assert "secret" not in str(raised.value)


def test_a_json_file_is_a_mapping(tmp_path: Path) -> None:
    """Types may be left out."""
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"s.t": {"a": "int", "b": None}, "u": ["c", "d"]}))
    schema = open_schema(str(path))
    assert schema.columns(table("t")) == (Field("a", "int"), Field("b"))
    assert names(schema, "u") == ["c", "d"]
    path.write_text('{"t": 3}')
    with pytest.raises(BadInput, match="'t'"):
        open_schema(str(path))


def test_files_of_create_statements_are_a_schema(tmp_path: Path) -> None:
    """A folder is read in the order of its names; a view has the columns of its query."""
    (tmp_path / "1.sql").write_text("create table s.t (a int, b text);\ncreate table u (c int)")
    (tmp_path / "2.sql").write_text("create view v as select a, c + 1 as d from s.t, u")
    schema = open_schema(str(tmp_path), "postgres")
    assert schema.columns(table("s.t")) == (Field("a", "INT"), Field("b", "TEXT"))
    assert names(schema, "v") == ["a", "d"]
    assert names(schema, "w") is None


def test_alterations_count_in_files_of_statements(tmp_path: Path) -> None:
    """Migrations in the order of their names; a view over an unknown table is not known."""
    (tmp_path / "1.sql").write_text("create table t (a int, b text);")
    (tmp_path / "2.sql").write_text("alter table t add column c date; alter table t drop column b;")
    (tmp_path / "3.sql").write_text("create view v as select a, x.* from t, x; drop table gone;")
    (tmp_path / "4.sql").write_text("this is ; no 'sql at all")
    schema = open_schema(str(tmp_path), "postgres")
    assert schema.columns(table("t")) == (Field("a", "INT"), Field("c", "DATE"))
    assert names(schema, "v") is None


def test_many_declarations_are_read_in_batches(tmp_path: Path) -> None:
    """A dump above every limit of a single text."""
    path = tmp_path / "dump.sql"
    with path.open("w") as file:
        for number in range(2_500):
            columns = ", ".join(f"column_{column} int" for column in range(5))
            file.write(f"create table s.table_{number} ({columns}) -- {'about it ' * 40}\n;")
    assert path.stat().st_size > 1_000_000
    schema = open_schema(str(path), "postgres")
    assert names(schema, "s.table_2499") == [f"column_{column}" for column in range(5)]
