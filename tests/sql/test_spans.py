"""Where in the text the expression of an edge stands."""

from __future__ import annotations

import pytest
from tests.sql.sql_cases import load

from whence.sql import TextSpan, lineage


def _texts(sql: str, dialect: str | None = None) -> dict[str, set[str]]:
    """For each output column, the pieces of ``sql`` that its expressions' spans cut out."""
    found: dict[str, set[str]] = {}
    for statement in lineage(sql, dialect=dialect, spans=True).statements:
        for column in statement.columns:
            for source in column.inputs:
                if source.span is not None:
                    text = sql[source.span.start : source.span.end]
                    found.setdefault(column.column, set()).add(text)
    return found


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        (None, "select a, b + 1 as c, d from t", {"c": {"b + 1"}}),
        (
            None,
            "select (a+ b)*2 x,upper( c ) as y from t",
            {"x": {"(a+ b)*2"}, "y": {"upper( c )"}},
        ),
        (
            "postgres",
            "select case when a = 1 then b else 'x, y' end as k, (j ->> 'n')::int as n from t",
            {"k": {"case when a = 1 then b else 'x, y' end"}, "n": {"(j ->> 'n')::int"}},
        ),
        (
            "duckdb",
            "select a is distinct from 5 as x, extract(year from d) as y from t",
            {"x": {"a is distinct from 5"}, "y": {"extract(year from d)"}},
        ),
        (
            "clickhouse",
            "select uniqExactIf(b, c > 1) as u from t",
            {"u": {"uniqExactIf(b, c > 1)"}},
        ),
        (
            "snowflake",
            "with s as (select sum(a) over (partition by b) as w from t) select w from s",
            {"w": {"sum(a) over (partition by b)"}},
        ),
        (
            "tsql",
            "update t set a = u.x + 1, b = lower(u.y) from t join u on t.k = u.k",
            {"a": {"u.x + 1"}, "b": {"lower(u.y)"}},
        ),
        (
            "snowflake",
            "merge into t using u on t.k = u.k when matched then update set a = u.x * 2"
            " when not matched then insert (a) values (u.y - 1)",
            {"a": {"u.x * 2", "u.y - 1"}},
        ),
        ("spark", "select x from t lateral view explode(b) q as x", {"x": {"explode(b)"}}),
        ("mysql", "select a {% if x %} + 1 {% endif %} as c from t", {}),
    ],
)
def test_a_span_cuts_out_the_expression(
    dialect: str | None, sql: str, expected: dict[str, set[str]]
) -> None:
    """The whole select item or value, without its alias; nothing where the text was changed."""
    assert _texts(sql, dialect) == expected


def test_lines_and_columns_count_from_one_over_the_whole_script() -> None:
    """Statements that occur twice are told apart by their order."""
    sql = "select 1;\ninsert into o\nselect\n  a + 1 as b\nfrom t;\nselect a + 1 as b from t"
    _, insert, query = lineage(sql, spans=True).statements
    assert insert.columns[0].inputs[0].span == TextSpan(33, 38, 4, 3)
    assert sql[33:38] == "a + 1"
    (found,) = query.columns[0].inputs
    assert found.span == TextSpan(sql.rindex("a + 1"), sql.rindex("a + 1") + 5, 6, 8)


def test_nothing_is_found_unless_it_is_asked_for() -> None:
    """Nor is an answer for another text given, whose places are others."""
    (plain,) = lineage("select a + 1 as b from t").statements
    assert plain.columns[0].inputs[0].span is None
    for number in ("1", "1000"):
        sql = f"select {number} as n, a + 1 as b from t"
        (statement,) = lineage(sql, spans=True).statements
        span = statement.columns[1].inputs[0].span
        assert span is not None and sql[span.start : span.end] == "a + 1"


def test_most_expressions_of_the_cases_are_found() -> None:
    """What is not found was not written: an expanded star, a rewritten template."""
    found = asked = 0
    for case in load():
        script = lineage(case.sql, dialect=_known(case.dialect), schema=case.schema, spans=True)
        for statement in script.statements:
            for column in statement.columns:
                spans = [source.span for source in column.inputs if source.expression is not None]
                asked += len(spans)
                found += sum(span is not None for span in spans)
    assert asked > 500
    assert found / asked > 0.93


def _known(dialect: str | None) -> str | None:
    return None if dialect == "klingon" else dialect
