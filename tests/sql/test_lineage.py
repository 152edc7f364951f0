"""The public function: dialects guessed and named, schemas of all kinds, derivations."""

from __future__ import annotations

import json
import time

import pytest

from whence.errors import BadInput, UnknownDialect
from whence.sql import Derivation, ScriptLineage, Session, lineage
from whence.sql.guess import PREFERENCE, likely


def lines(how: Derivation, depth: int = 0) -> list[str]:
    """A derivation as indented text."""
    said = " = ".join(filter(None, [how.name, how.expression])) or "either of"
    own = f"{'  ' * depth}{said}"
    return [own, *(line for each in how.inputs for line in lines(each, depth + 1))]


def derived(sql: str, column: int = 0, **more: object) -> list[str]:
    """The derivation of one column of the last statement."""
    script = lineage(sql, derivations=True, **more)
    how = script.statements[-1].columns[column].derivation
    assert how is not None
    return lines(how)


def test_a_derivation_names_each_expression_and_its_table_expression():
    """From the output to the stored columns, which bear their table's name."""
    sql = """
    with conv as (select o.amount * r.rate as usd from s.o o join s.r r on o.c = r.c),
    agg as (select sum(usd) as total from conv)
    select round(total, 2) as shown from agg
    """
    assert derived(sql) == [
        "shown = ROUND(total, 2)",
        "  agg.total = SUM(usd)",
        "    conv.usd = o.amount * r.rate",
        "      s.o.amount",
        "      s.r.rate",
    ]


def test_a_column_that_passes_through_is_its_source():
    """Renaming is no step."""
    assert derived("with a as (select x as y from t) select y as z from a") == ["t.x"]


def test_the_branches_of_a_union_stand_side_by_side():
    """Under a step without a name of its own."""
    sql = "select a + 1 as n from t union all select b from u"
    assert derived(sql) == ["either of", "  n = a + 1", "    t.a", "  u.b"]


def test_a_subquery_and_a_condition_are_steps_as_well():
    """Scalar subqueries by their own expression; what only decides stands beside the value."""
    sql = "select case when a > 0 then b end + (select max(z) from u) as n from t"
    whole, *below = derived(sql)
    assert whole == "n = CASE WHEN a > 0 THEN b END + (SELECT MAX(z) FROM u)"
    assert sorted(below) == ["    u.z", "  MAX(z)", "  t.a", "  t.b"]


def test_a_column_used_by_itself_and_by_another_is_an_input_of_both():
    """The order in which they are met does not matter."""
    sql = (
        "with a as (select x * 2 as c from t), b as (select c + 1 as d, c from a) "
        "select d + c as e, c + d as f from b"
    )
    own, again = ["  a.c = x * 2", "    t.x"], ["    a.c = x * 2", "      t.x"]
    assert derived(sql, 0) == ["e = d + c", "  b.d = c + 1", *again, *own]
    assert derived(sql, 1) == ["f = c + d", *own, "  b.d = c + 1", *again]


def test_a_recursion_ends():
    """Its own column is not derived from itself for ever."""
    sql = (
        "with recursive r as (select id, 1 as lvl from t "
        "union all select t.id, r.lvl + 1 from t join r on t.up = r.id) select lvl from r"
    )
    found = derived(sql)
    assert "  r.lvl = 1" in found
    assert any("r.lvl + 1" in line for line in found)


def test_temporary_tables_of_a_script_are_steps():
    """The second statement goes on where the first left off."""
    sql = "create temp table p as select a * 2 as b from t; select sum(b) as c from p"
    assert derived(sql) == ["c = SUM(b)", "  b = a * 2", "    t.a"]


def test_temporary_tables_of_a_session_are_sources_of_the_next_text():
    """Their expressions were told with the text that made them."""
    session = Session()
    lineage("create temp table p as select a * 2 as b from t", session=session)
    script = lineage("select b + 1 as c from p", session=session, derivations=True)
    assert [str(table) for table in script.inputs] == ["t"]
    (column,) = script.statements[0].columns
    assert [str(source.dataset) for source in column.inputs] == ["t"]
    assert column.derivation is not None
    assert column.derivation.expression == "b + 1"


def test_every_source_of_a_column_is_at_the_end_of_its_derivation():
    """The two accounts of one column agree, whatever the statement."""
    for sql in (
        "insert into d select a, b + c as e, count(*) as n from t group by a, b + c",
        "merge into d using s on d.k = s.k when matched then update set v = s.v + d.w "
        "when not matched then insert (k, v) values (s.k, s.x * 2)",
        "update d set v = (select max(x) from s where s.k = d.k), w = coalesce(w, 0)",
        "select a, sum(b) over (partition by c order by d) as w from t qualify w > 1",
        "select coalesce(l.k, r.k) as k, x from l full join r using (k)",
        "select * from (select k, v from t) pivot (sum(v) for k in ('a' as a, 'b' as b))",
        "select u.x + 1 as y from t, unnest(t.xs) as u(x)",
        "with recursive r(x, y) as (select a, b from t union all select y, x from r) "
        "select x, y, x + y as z from r",
    ):
        script = lineage(sql, dialect="snowflake", derivations=True)
        for statement in script.statements:
            for column in statement.columns:
                named = {f"{each.dataset}.{each.column}" for each in column.inputs}
                assert column.derivation is not None, (sql, column.column)
                assert named == _ends(column.derivation), (sql, column.column)


def _ends(how: Derivation) -> set[str]:
    found: set[str] = set()
    waiting = [how]
    while waiting:
        each = waiting.pop()
        if each.dataset is not None:
            found.add(f"{each.dataset}.{each.column}")
        waiting += each.inputs
    return found


def test_a_long_chain_of_shared_steps_costs_no_more_than_it_is_long():
    """Sixty levels that each use the one before twice: one object a level, not two to the sixty."""
    chain = ", ".join(f"c{i} as (select a + a * 2 as a from c{i - 1})" for i in range(1, 61))
    started = time.process_time()
    script = lineage(
        f"with c0 as (select a from t), {chain} select a + a as b from c60", derivations=True
    )
    how = script.statements[0].columns[0].derivation
    depth = 0
    while how is not None and how.inputs:
        how, depth = how.inputs[0], depth + 1
    assert depth == 61
    assert time.process_time() - started < 5


def test_without_being_asked_there_is_no_derivation():
    """Who does not look does not pay."""
    assert lineage("select a + 1 as b from t").statements[0].columns[0].derivation is None


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("bigquery", "select `a b`, safe_cast(c as int64) as d from `p.d.t`"),
        ("tsql", "select top 5 [a] from dbo.[t] with (nolock)"),
        ("snowflake", "select iff(a, 1, 2) as x, v:b.c::string as y from t"),
        ("oracle", "select nvl(a.x, b.y) from a, b where a.id = b.id(+)"),
        ("postgres", "select data->>'k' as k from t where name ilike 'a%'"),
        ("mysql", "insert into t (`a`) values (1) on duplicate key update a = values(a)"),
        ("clickhouse", "select toDate(x) as d from t array join xs as x"),
    ],
)
def test_the_dialect_is_guessed(dialect, sql):
    """By what it can read, and by its signs where several can."""
    assert lineage(sql, dialect="auto").dialect == dialect


def test_a_guess_is_the_same_each_time_and_never_worse_than_generic_sql():
    """Text that no dialect reads included."""
    for sql in ("", "select 1", "select from where", "selec", "select a.b.c.d from x"):
        first, again = lineage(sql, dialect="auto"), lineage(sql, dialect="auto")
        assert first == again
        assert len(first.gaps) <= len(lineage(sql).gaps)


@pytest.mark.parametrize(
    "unit",
    ["select a, ", "* ", "\n", " ", "(", "a", "unnest ", "`a`.`b`.", "[a ", "::", "@a", "on "],
)
def test_looking_for_signs_is_linear(unit):
    """No text makes a pattern start over and over."""
    started = time.process_time()
    assert len(likely(unit * 100_000)) == len(PREFERENCE)
    assert time.process_time() - started < 2


def test_a_preferred_dialect_is_tried_first():
    """As long as it reads the text; one that does not exist is passed over."""
    assert lineage("select a from t", dialect="auto", prefer="duckdb").dialect == "duckdb"
    assert lineage("select a from t", dialect="auto", prefer="klingon").dialect == "postgres"
    bracketed = "select top 5 [a b] from t"
    assert lineage(bracketed, dialect="auto", prefer="duckdb").dialect == "tsql"


def test_an_unknown_dialect_raises_with_the_nearest():
    """Somebody wrote it: saying so helps more than an answer in another dialect."""
    with pytest.raises(UnknownDialect) as caught:
        lineage("select 1", dialect="bigqeury")
    assert caught.value.nearest[0] == "bigquery"
    with pytest.raises(UnknownDialect, match=r"known are .*snowflake"):
        lineage("select 1", dialect="xxxxxxxxxx")


@pytest.mark.parametrize("name", ["Postgres", "PostgreSQL", "ansi", "sparksql", "mssql", "db2"])
def test_dialects_have_the_names_that_people_use(name):
    """In any case, and also where another dialect stands in."""
    assert lineage("select a from t", dialect=name).gaps == ()


def test_a_schema_may_be_a_path(tmp_path):
    """JSON and CREATE statements, as text or path; what is neither raises."""
    declared = tmp_path / "tables.sql"
    declared.write_text("create table s.t (a int, b text)")
    mapped = tmp_path / "tables.json"
    mapped.write_text(json.dumps({"s.t": {"a": "int", "b": "text"}}))
    for schema in (declared, str(declared), mapped, tmp_path):
        script = lineage("select * from s.t", schema=schema)
        assert [column.column for column in script.statements[0].columns] == ["a", "b"], schema
    with pytest.raises(BadInput, match=r"none\.json"):
        lineage("select 1", schema=tmp_path / "none.json")


def test_the_document_has_every_field_of_the_contract():
    """What scripts rely on."""
    document = lineage("insert into d select sum(a) as n from t where b > 0").as_json()
    (statement,) = document["statements"]
    assert statement.keys() >= {"kind", "inputs", "outputs", "columns", "indirect", "gaps"}
    assert statement["columns"][0].keys() >= {"dataset", "column", "inputs"}
    assert statement["columns"][0]["inputs"][0].keys() >= {
        "dataset", "column", "type", "subtype", "masking",
    }  # fmt: skip
    assert statement["indirect"] == [
        {"output": "d", "dataset": "t", "column": "b", "subtype": "FILTER"}
    ]
    assert json.loads(json.dumps(document)) == document


def test_the_document_of_a_script_has_its_columns_as_one_step():
    """From its own inputs, whatever it made between; a single statement says nothing twice."""
    document = lineage(
        "create temp table p as select a * 2 as b, k from t where a > 0;"
        "create table q as select sum(b) as c, k from p group by k; insert into d select c from q"
    ).as_json()
    columns = {(each["dataset"], each["column"]): each["inputs"] for each in document["columns"]}
    assert columns.keys() == {("q", "c"), ("q", "k"), ("d", "c")}
    for inputs in (columns["q", "c"], columns["d", "c"]):
        assert [(each["dataset"], each["column"], each["subtype"]) for each in inputs] == [
            ("t", "a", "AGGREGATION")
        ]
    assert {("d", "t", "a", "FILTER"), ("d", "t", "k", "GROUP_BY")} <= {
        (each["output"], each["dataset"], each["column"], each["subtype"])
        for each in document["indirect"]
    }
    assert "columns" not in lineage("select a from t").as_json()


def test_a_script_gathers_its_gaps_once():
    """In the order of the statements."""
    script = lineage("select * from t; select * from t; select * from u")
    assert isinstance(script, ScriptLineage)
    assert [gap.reason.split()[2].rstrip(",") for gap in script.gaps] == ["t", "u"]
