"""Depth: what the compiled parser follows, and a gap where the pure one cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot.parser

from whence.sql import extract
from whence.sql.dialects import dialect_names

COMPILED = not str(sqlglot.parser.__file__).endswith(".py")
DEEP = {
    "subqueries": "select a from " + "(select a from " * 150 + "t" + ") q" * 150,
    "brackets": "select " + "(" * 200 + "a" + ")" * 200 + " from t",
    "common tables": "with q as (" * 150 + "select a from t" + ") select * from q" * 150,
    "functions": "select " + "f(" * 300 + "a" + ")" * 300 + " as b from t",
    "cases": "select " + "case when a > 0 then " * 100 + "a" + " end" * 100 + " as b from t",
    "joins": "select t.a from " + "(" * 100 + "t" + " join u on t.a = u.b)" * 100,
}
LONG = {
    "conditions": "select a from t where " + " and ".join(f"a = {n}" for n in range(2_000)),
    "alternatives": "select a from t where " + " or ".join(f"a = {n}" for n in range(2_000)),
    "branches": " union all ".join(["select a from t"] * 500),
    "sums": "select " + " + ".join(["a"] * 2_000) + " as b from t",
    "strings": "select " + " || ".join(["a"] * 2_000) + " as b from t",
}
SCHEMA = {"t": {"a": "int"}, "u": {"b": "int"}}

PURE = """
import json, sys
from tests.sql import pure_sqlglot
import sqlglot.parser
assert sqlglot.parser.__file__.endswith(".py")
from whence.sql import extract
from whence.sql.dialects import dialect_names
answers = {}
for name, sql in json.load(sys.stdin).items():
    (statement,) = extract(sql, schema={"t": {"a": "int"}, "u": {"b": "int"}}).statements
    columns = [[source.column for source in column.inputs] for column in statement.columns]
    gaps = [gap.code for gap in statement.gaps]
    answers[name] = [list(map(str, statement.inputs)), columns, gaps]
print(json.dumps(answers))
"""


@pytest.mark.parametrize("name", [*DEEP, *LONG])
def test_depth_is_followed_within_the_default_recursion_limit(name: str) -> None:
    """With the compiled parser, and resolved with stacks of our own."""
    if not COMPILED and name in DEEP:
        pytest.skip("the pure parser recurses")
    assert sys.getrecursionlimit() == 1_000
    (statement,) = extract({**DEEP, **LONG}[name], schema=SCHEMA).statements
    assert statement.gaps == ()
    sources = {(s.column, s.type) for column in statement.columns for s in column.inputs}
    assert ("a", "DIRECT") in sources


def test_the_pure_parser_says_what_it_cannot_follow() -> None:
    """In a process without the compiled build: a gap and the tables, never a crash."""
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-c", PURE],
        input=json.dumps({**DEEP, **LONG}),
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    answers = json.loads(ran.stdout)
    for name in LONG:
        assert answers[name] == [["t"], [["a"]], []], name
    for name in set(DEEP) - {"joins"}:
        tables, columns, gaps = answers[name]
        assert tables == ["t"], name
        assert gaps == ["too-deep"] or (gaps == [] and columns == [["a"]]), name


@pytest.mark.parametrize("dialect", ["", "clickhouse", "mysql", "spark"])
@pytest.mark.parametrize(
    "join", ["join u{}", "left join u{}", "join (select a from v join w) u{}", "cross join u{}"]
)
def test_joins_without_a_condition_cost_no_more_than_their_length(join: str, dialect: str) -> None:
    """A parser that seeks the condition behind all that follows would take 2^40 steps."""
    sql = "select t.a from t " + " ".join(join.format(number) for number in range(40))
    (statement,) = extract(sql, dialect=dialect).statements
    assert "t" in [str(each) for each in statement.inputs]
    assert len(statement.inputs) >= 3
    assert [gap.code for gap in statement.gaps] == ([] if "cross" in join else ["too-deep"])


def test_joins_within_joins_cost_no_more_than_their_length() -> None:
    """One in each bracket, and brackets that nothing closes."""
    within = "select a from t " + "join (select a from u " * 40 + "v" + ")" * 40
    unclosed = "select t.b from " + "t@{force_index=i} join @{join_met " * 40
    for sql in (within, unclosed):
        assert [each.code for each in extract(sql, dialect="spark").statements[0].gaps]


def test_joins_whose_conditions_follow_are_parsed() -> None:
    """Each ON behind all joins, and a script with many bare joins, none after the other."""
    nested = "select t.a from t " + "join u " * 40 + "on true " * 40
    apart = "; ".join(["select t.a from t join u"] * 40)
    for sql in (nested, apart):
        assert all(each.gaps == () for each in extract(sql, schema=SCHEMA).statements)


@pytest.mark.parametrize("dialect", sorted({*dialect_names()} - {"dax", "prql"}))
def test_nested_calls_cost_no_more_than_their_length(dialect: str) -> None:
    """Some parsers read each argument twice, and so the innermost of thirty 2^30 times."""
    nested = "select " + "f(" * 30 + "a" + ")" * 30 + " as x from t"
    (statement,) = extract(nested, dialect=dialect).statements
    assert [str(each) for each in statement.inputs] == ["t"]
    (column,) = statement.columns
    assert {each.column.lower() for each in column.inputs} == {"a"}
