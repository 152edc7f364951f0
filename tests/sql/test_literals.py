"""Masked SQL parses to the same structure, and holds no literal: generated statements."""

from __future__ import annotations

import logging
import random

import pytest
import sqlglot
from sqlglot import exp

from whence.redact import mask_literals

COUNT = 1_500
EVERYWHERE = [
    *("'zq{n}x'", "'it''s zq{n}x'", "{n}", "{n}.5", "-{n}", ".{n}", "{n}e3", "char({n})"),
    *("date '{n}-01-01'", "timestamp '{n}-01-01 00:00:00'", "cast('zq{n}x' as date)"),
    *("round(a, {n})", "substring(a, {n}, {n})", "a like 'zq{n}x%'", "a in ({n}, 'zq{n}x')"),
    *("case when a = {n} then 'zq{n}x' else {n} end", "coalesce(a, {n})", "f(a, 'zq{n}x')"),
    *("cast(a as varchar(10))", "cast({n} as decimal(10, 2))", "a between {n} and {n}"),
]
FORMS = {
    "": ["interval '{n}' day", "array[{n}, {n}]", "x'AB{n}'", "N'zq{n}x'"],
    "bigquery": ["r'zq{n}x'", '"zq{n}x"', '"""zq{n}x"""', "b'zq{n}x'", "[{n}, {n}]", "a[1]"],
    "clickhouse": ["toDateTime('{n}-01-01')", "a ? {n} : {n}", "[{n}, {n}]", "quantile(0.{n})(a)"],
    "databricks": ["{n}L", "{n}BD", "r'zq{n}x'", '"zq{n}x"', "map('zq{n}x', {n})", "a:k.j"],
    "duckdb": ["$$zq{n}x$$", "$t$zq{n}x$t$", "[{n}, {n}]", "{{'k': {n}}}", "{n}::varchar(10)"],
    "hive": ["{n}L", "map('zq{n}x', {n})", '"zq{n}x"', "a['zq{n}x']"],
    "mysql": ["0xAB{n}", "x'AB{n}'", "b'0101'", '"zq{n}x"', "'zq{n}x\\'y'", "interval {n} day"],
    "oracle": ["q'[zq{n}x]'", "N'zq{n}x'", "to_date('{n}', 'YYYY')", "decode(a, {n}, 'zq{n}x')"],
    "postgres": [
        *("$$zq{n}x$$", "E'zq{n}x\\n'", "U&'zq{n}x'", "B'0101'", "interval '{n} days'", "a[1]"),
        *("a -> 'zq{n}x'", "a ->> {n}", "{n}::numeric(10, 2)", "a ? 'zq{n}x'", "array[{n}]"),
    ],
    "redshift": ["'zq{n}x'::date", "{n}::int", "dateadd(day, {n}, a)", "interval '{n} days'"],
    "snowflake": [
        *("$$zq{n}x$$", "a:k[0]::int", "parse_json('{{\"zq\": {n}}}')", "{n}::number(10, 2)"),
        *("dateadd(day, {n}, a)", "{{'k': {n}}}", "[{n}, {n}]", "interval '{n} days'"),
    ],
    "spark": ["{n}L", "{n}S", "r'zq{n}x'", '"zq{n}x"', "x'AB{n}'", "struct({n} as k)"],
    "sqlite": ["x'AB{n}'", "0xAB{n}", "a ->> '$.zq{n}x'"],
    "trino": ["array[{n}, {n}]", "X'AB{n}'", "json_extract(a, '$.zq{n}x')", "decimal '{n}.5'"],
    "tsql": ["N'zq{n}x'", "0xAB{n}", "convert(varchar(10), a, 120)", "dateadd(day, {n}, a)"],
}
STATEMENTS = [
    "select {0} as x, {1} as y from t",
    "select a from t where b = {0} and c = {1} limit 10",
    "select a, count(*) from t group by a, {0} having max(b) > {1} order by 1",
    "insert into t (a, b) values ({0}, {1})",
    "update t set a = {0} where b = {1}",
    "delete from t where a = {0} or b = {1}",
    "create table t as select {0} as x, {1} as y",
    "select a -- it's {0}\nfrom t -- not {1}\nwhere b = 1",
    "select a /* {0}\n don't {1} */ from t where b = 1",
    "with c as (select {0} as k) select * from c union all select {1}",
    "select sum(a) over (order by b rows between 2 preceding and {n} following) as s from t",
    "merge into t using u on t.a = {0} when matched then update set a = {1}",
    "select * from (values ({0}, 1), ({1}, 2)) as v(a, b)",
]
_LITERALS = (
    *(exp.Literal, exp.Placeholder, exp.HexString, exp.BitString, exp.ByteString, exp.RawString),
    *(exp.National, exp.UnicodeString, exp.Heredoc, exp.JSONPath, exp.Neg),
)


def _shape(statement: exp.Expr) -> list[str]:
    """The classes of all nodes, and the names of columns and tables; literals are all alike."""
    found: list[str] = []
    stack: list[exp.Expr] = [statement]
    while stack:
        node = stack.pop()
        if _is_literal(node):
            found.append("literal")
            continue
        found.append(type(node).__name__ + (node.name if isinstance(node, exp.Identifier) else ""))
        stack.extend(node.iter_expressions())
    return found


def _is_literal(node: exp.Expr) -> bool:
    """Also the key of ``{'k': 1}``, and ``1L``, which is parsed as a cast."""
    if isinstance(node, exp.Identifier):
        return isinstance(node.parent, exp.PropertyEQ)
    within = node.this if isinstance(node, exp.Cast) else node
    return isinstance(within, _LITERALS)


def _parse(sql: str, dialect: str) -> list[list[str]] | None:
    try:
        return [_shape(each) for each in sqlglot.parse(sql, dialect=dialect) if each]
    except sqlglot.errors.SqlglotError:
        return None


@pytest.mark.parametrize("dialect", FORMS)
def test_masked_sql_has_the_same_structure_and_no_literal(dialect: str) -> None:
    """Strings of every spelling, numbers, dates, paths, and what comments quote of them."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    chooser = random.Random(f"literals {dialect}")
    parsed = 0
    for _ in range(COUNT // len(FORMS)):
        number = chooser.randrange(100_000, 1_000_000)
        forms = [chooser.choice([*EVERYWHERE, *FORMS[dialect]]).format(n=number) for _ in "12"]
        sql = chooser.choice(STATEMENTS).format(*forms, n=number)
        masked = mask_literals(sql, dialect)
        shape = _parse(sql, dialect)
        if shape is None:
            continue
        parsed += 1
        assert _parse(masked, dialect) == shape, (sql, masked)
        assert str(number) not in masked, (sql, masked)
    assert parsed > COUNT // len(FORMS) * 0.8


@pytest.mark.parametrize(
    ("dialect", "sql", "masked"),
    [
        ("postgres", "select interval '5 days 2 hours'", "select interval '0 days 0 hours'"),
        ("postgres", "select interval 'secret 5'", "select interval '?'"),
        ("bigquery", "select a-12 from my-proj-12.ds.t_1", "select a-? from my-proj-12.ds.t_1"),
        ("trino", "call p('x', .5); select 2", "call p('?', ?); select ?"),
        ("snowflake", "select {'a': 1}, b[2], :1", "select {'?': ?}, b[2], :1"),
        (None, "select $$ab$$, $1, v$x from t", "select '?', $1, v$x from t"),
        ("duckdb", "select 0xAB12", "select ?"),
        (None, "select a -- it's 5\nfrom t", "select a -- it's ?\nfrom t"),
        (None, "select a /* 'x\ny */ from t", "select a /* '?'\ny */ from t"),
        ("teradata", "select a from t sample (10)", "select a from t sample (10)"),
        ("oracle", "select a from t fetch first 5 rows only", None),
        ("tsql", "select top (5) a from t", None),
        ("spark", "create table t (a decimal(10, 2), b varchar(5), c char(3))", None),
        ("postgres", "select a::character varying(20), cast(b as bit varying(8))", None),
        ("mysql", "select convert(a, char(10)), char(77)", "select convert(a, char(10)), char(?)"),
        ("postgres", "select a from t order by 1, 2 + 3", "select a from t order by 1, ? + ?"),
        ("snowflake", "select 5::varchar(10)", "select ? ::varchar(10)"),
        (
            "hive",
            "select /*+ mapjoin(5, 'x') */ a from t",
            "select /*+ mapjoin(?, '?') */ a from t",
        ),
    ],
)
def test_what_is_shape_stays_and_what_is_data_goes(
    dialect: str | None, sql: str, masked: str | None
) -> None:
    """Sizes, limits, positions, parameters and names stay; None means that all of it does."""
    assert mask_literals(sql, dialect) == (sql if masked is None else masked)


def test_commands_in_commands_end() -> None:
    """The tokenizer hands over the rest of a command as one string, which may be a command."""
    assert "secret" not in mask_literals("call " * 5_000 + "'secret'", "trino")
