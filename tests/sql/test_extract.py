"""The public API beyond single statements: binding, schemas, texts, limits, bad input."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from whence.model import Dataset, Field
from whence.sql import Limits, MappingSchema, TableName, bind, extract

SCHEMA = {"t": {"a": "int", "b": "text"}, "u": {"a": "int", "e": "text"}}


def gaps(sql: str, dialect: str | None = None, limits: Limits | None = None) -> set[str]:
    script = extract(sql, dialect=dialect, schema=SCHEMA, limits=limits)
    return {gap.code for statement in script.statements for gap in statement.gaps}


def test_importing_the_package_does_not_load_the_parser() -> None:
    """Hosts that never read SQL do not pay for sqlglot."""
    code = "import sys, whence.sql; sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_bare_select_is_bound_to_the_dataset_its_rows_go_to() -> None:
    """What a dbt model needs: its SELECT, and the table that dbt makes of it."""
    script = extract("select a, upper(b) as n from t where a > 1", schema=SCHEMA)
    target = Dataset("duckdb://shop", "main.model")
    lineage = bind(script, lambda name: Dataset("duckdb://shop", f"main.{name}"), target)
    assert lineage.outputs == (target,)
    assert lineage.inputs == (Dataset("duckdb://shop", "main.t"),)
    assert lineage.schemas == {target: (Field("a", "int"), Field("n", None))}
    texts = {(e.target.name, e.source.name): e.transformation for e in lineage.edges}
    assert texts["a", "a"].description == ""
    assert texts["n", "b"].description == "UPPER(b)"
    assert [(i.source.name, i.transformation.subtype) for i in lineage.influences] == [
        ("a", "FILTER")
    ]


@pytest.mark.parametrize(
    ("dialect", "names"),
    [
        ("duckdb", ["id", "x", "id_1", "y", "id_2", "ID_3"]),
        ("sqlite", ["id", "x", "id:1", "y", "id:2", "ID:3"]),
        ("postgres", ["id", "x", "y"]),
    ],
)
def test_the_table_made_of_a_query_has_the_names_that_the_database_gives(
    dialect: str, names: list[str]
) -> None:
    """Tried in DuckDB and SQLite; others refuse such a table, and nothing is made up for them."""
    schema = {"a": {"id": "int", "x": "int"}, "b": {"id": "int", "y": "int"}}
    sql = 'select *, b.id, 1 as "ID" from a join b on a.x = b.y'
    target = Dataset("n", "made")
    lineage = bind(
        extract(sql, dialect=dialect, schema=schema), lambda t: Dataset("n", str(t)), target
    )
    found = [field.name for field in lineage.schemas[target]]
    assert [name for name in found if name != "ID"] == names
    if dialect != "postgres":
        sources = {e.target.name: (e.source.dataset.name, e.source.name) for e in lineage.edges}
        assert (sources["id"], sources[names[2]]) == (("a", "id"), ("b", "id"))
        assert sources[names[4]] == ("b", "id")


def test_a_star_over_an_unknown_table_is_a_gap_and_no_column() -> None:
    """The table is an input; neither events nor the JSON have a column of that name."""
    script = extract("select t.*, 1 as one from t")
    target = Dataset("n", "made")
    lineage = bind(script, lambda t: Dataset("n", str(t)), target)
    assert [field.name for field in lineage.schemas[target]] == ["one"]
    assert (lineage.edges, lineage.inputs) == ((), (Dataset("n", "t"),))
    assert [gap.code for gap in lineage.gaps] == ["star-unknown-table"]
    (statement,) = script.as_json()["statements"]
    assert [column["column"] for column in statement["columns"]] == ["one"]


def test_names_that_bind_to_nothing_are_left_out() -> None:
    """A reader's own objects need not have a dataset."""
    lineage = bind(extract("insert into o select a from t"), lambda name: None)
    assert (lineage.inputs, lineage.outputs, lineage.edges) == ((), (), ())


def test_the_text_of_an_edge_is_that_of_the_last_expression_on_its_way() -> None:
    """A final `select *` does not hide what was computed below."""
    sql = "with x as (select a + 1 as n from t), y as (select * from x) select n from y"
    (column,) = extract(sql, schema=SCHEMA).statements[0].columns
    assert column.inputs[0].description == "a + 1"


def test_types_come_from_the_schema_and_from_casts() -> None:
    """Only where they are certain."""
    sql = "select a, cast(b as date) as d, a + 1 as n from t"
    columns = extract(sql, schema=SCHEMA, dialect="postgres").statements[0].columns
    assert [column.type for column in columns] == ["int", "DATE", None]


def test_a_provider_is_asked_once_and_only_for_named_tables() -> None:
    """The catalogue's size costs nothing."""
    asked: list[str] = []

    class Provider:
        def columns(self, table: TableName) -> tuple[Field, ...] | None:
            asked.append(str(table))
            return (Field("a"),)

    extract("select x.a from s.t x join s.t y on x.a = y.a", schema=Provider())
    assert asked == ["s.t"]


@pytest.mark.parametrize("key", ["db.s.t", "s.t", "t", "DB.S.T"])
def test_a_mapping_matches_names_of_one_to_three_parts_in_any_case(key: str) -> None:
    """Users write schemas as they know them."""
    schema = MappingSchema({key: {"A": "int"}, "other.s.z": {"q": "int"}})
    (column,) = extract("select * from db.s.T", schema=schema).statements[0].columns
    assert column.column == "A"


def test_defaults_stand_before_shorter_names() -> None:
    """Only as many parts as are missing."""
    script = extract("select 1 from t, s2.t, c.s.t", default_catalog="cat", default_schema="sch")
    assert sorted(map(str, script.inputs)) == ["c.s.t", "cat.s2.t", "cat.sch.t"]


def test_text_above_the_size_limit_is_scanned_and_not_parsed() -> None:
    """Five megabytes: table names, a gap, no parser."""
    sql = "insert into s.o select " + ", ".join(["aaaaaaaaaa"] * 450_000) + " from t join u on 1=1"
    started = time.process_time()
    script = extract(sql)
    assert time.process_time() - started < 5
    assert [str(name) for name in script.outputs] == ["s.o"]
    assert [str(name) for name in script.inputs] == ["t", "u"]
    assert [gap.code for gap in script.statements[0].gaps] == ["size-limit"]
    assert script.statements[0].confidence < 1


def test_too_deep_text_is_a_gap_with_its_tables() -> None:
    """The parser's stack is not ours to spend."""
    sql = "select a from " + "(select a from " * 20_000 + "t" + ")" * 20_000
    script = extract(sql)
    assert [str(name) for name in script.inputs] == ["t"]
    assert [gap.code for gap in script.statements[0].gaps] == ["too-deep"]


@pytest.mark.parametrize(
    "sql",
    [
        "select " + ", ".join(f"c{i} + 1 as d{i}" for i in range(10_000)) + " from t",
        "select a from t where " + " and ".join(f"a = {i}" for i in range(2_000)),
        " union all ".join(f"select a from t{i}" for i in range(500)),
        "with c0 as (select a from t), "
        + ", ".join(f"c{i} as (select a + 1 as a from c{i - 1})" for i in range(1, 1_000))
        + " select * from c999",
    ],
    ids=["10,000 columns", "2,000 conditions", "500 branches", "1,000 table expressions"],
)
def test_size_is_no_depth(sql: str) -> None:
    """Wide and long statements are resolved within Python's default recursion limit, in time."""
    started = time.process_time()
    script = extract(sql)
    assert time.process_time() - started < 5
    assert all(column.inputs for column in script.statements[0].columns)
    assert not script.statements[0].gaps


@pytest.mark.parametrize(
    "sql",
    [
        "",
        " ;; ;",
        "select \udc80 from t",
        "select \x00 a from t",
        "\ufeffselect a from t",
        "'",
        "/*",
    ],
)
def test_odd_text_is_answered(sql: str) -> None:
    """Empty, lone surrogates, zero bytes, unclosed quotes and comments."""
    extract(sql)


def test_an_unknown_dialect_is_said() -> None:
    """And the text is read all the same."""
    assert gaps("select a from t", dialect="klingon") == {"unknown-dialect"}


def test_mutated_statements_are_answered() -> None:
    """A reporter that raises would show any failure of ours."""
    rnd = random.Random(11)
    texts = [
        "with x as (select a, count(*) as n from t group by a) select * from x join u using (a)",
        "merge into o using t on o.a = t.a when matched then update set b = t.b",
        "insert into o (a, b) select a, sum(b) over (partition by a) from t on conflict do nothing",
        "select * from t pivot (sum(a) for b in ('x', 'y')) as p",
    ]
    words = " ".join(texts).split()
    for _ in range(1_500):
        parts = rnd.choice(texts).split()
        for _ in range(rnd.randint(1, 3)):
            parts[rnd.randrange(len(parts))] = rnd.choice(words)
        cut = rnd.randrange(1, len(parts) + 1)
        extract(" ".join(parts[:cut]), dialect=rnd.choice(["duckdb", "snowflake", "tsql", None]))


def test_the_same_text_gives_the_same_answer() -> None:
    """Sets never decide an order."""
    sql = "select a, b, e from t join u using (a) where b > e order by b"
    assert extract(sql, schema=SCHEMA) == extract(sql, schema=SCHEMA)


def _nested(before: str, inner: str, after: str, times: int) -> str:
    return before * times + inner + after * times


@pytest.mark.parametrize(
    "sql",
    [
        _nested("select * from (", "select a from t", ") q", 150),
        _nested("select (", "select a from t", ") as x", 150),
        "select " + _nested("(", "a", ")", 5_000) + " from t",
        "select " + _nested("f(", "a", ")", 550) + " from t",
        "select " + _nested("case when a then ", "b", " end", 300) + " from t",
        "select " + " or ".join(f"a = {i}" for i in range(2_000)) + " from t",
        "select " + ", ".join(f"c{i} + 1" for i in range(10_000)) + " from t",
        "select a" + "::int" * 2_000 + " from t",
        "select " + "not " * 3_000 + "a from t",
        "".join(chr(random.Random(1).randrange(1, 0x300)) for _ in range(50_000)),
        "'" * 100_001,
        "/*" * 50_000,
        "update " * 50_000,
        "delete from select using t where o.x = t.a",
    ],
)
def test_monsters_are_answered_in_time(sql: str) -> None:
    """Depth, width and noise: an answer or a gap within seconds, whatever it is."""
    started = time.process_time()
    assert extract(sql, dialect="duckdb").statements
    assert time.process_time() - started < 5


def test_names_are_spelled_as_the_system_stores_them() -> None:
    """Without quotes they are folded; with them they stand, and another case is another column."""
    sql = 'with c as (select Id, "id" as "Low" from T) select c.*, Id || \'x\' as Nm from c'
    found = extract(sql, dialect="snowflake", fold=str.upper)
    sources = {
        column.column: [f"{each.dataset}.{each.column}" for each in column.inputs]
        for column in found.statements[0].columns
    }
    assert sources == {"ID": ["T.ID"], "Low": ["T.id"], "NM": ["T.ID"]}
    known = extract('select id, "Id" from t1', dialect="snowflake", fold=str.upper,
                    schema={"T1": {"Id": "int", "ID": "int"}})  # fmt: skip
    assert [c.inputs[0].column for c in known.statements[0].columns] == ["ID", "Id"]


def test_a_long_expression_is_cut() -> None:
    """Each of 1,000 columns repeats the text of their sum, but not all of it."""
    names = [f"c{number}" for number in range(1_000)]
    found = extract(f"select {' + '.join(names)} as total from t")
    inputs = found.statements[0].columns[0].inputs
    assert len(inputs) == 1_000
    assert {len(each.description) for each in inputs} == {1_000}
    assert inputs[0].description.endswith("…")


@pytest.mark.parametrize("dialect", ["", "bigquery", "mysql", "postgres", "spark", "tsql"])
@pytest.mark.parametrize(
    "sql",
    [
        "with m as (delete t t using u where t.a = u.a returning a) select * from m",
        "alter table a.b rename to @x",
        "copy values (a, b) from 's3://x'",
        "select a from @{x}",
    ],
)
def test_a_table_without_a_name_raises_nothing(sql: str, dialect: str) -> None:
    """Not even an exception that is caught and told as a gap."""
    gaps = [gap.code for each in extract(sql, dialect=dialect).statements for gap in each.gaps]
    assert "extraction-failed" not in gaps
