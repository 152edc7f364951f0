"""The scanner alone: which tables the words of a statement tell of, parsed or not."""

from __future__ import annotations

import time

import pytest

from whence.sql.dialects import rules
from whence.sql.scan import scan

# dialect | statement | kind | tables read | tables written
FORMS = """
| select a from t, u x join s.v on t.a = x.b | SELECT | t u s.v |
| select * from (t join u using (id)), (select * from v) q | SELECT | t u v |
| select extract(year from d), trim(both 'x' from e), substring(f from 2) from t | SELECT | t |
| select * from t where a is distinct from b and c is not distinct from d | SELECT | t |
| select case x when 1 then case y when 2 then 3 end else null end from t | SELECT | t |
| select * from t where a in (select b from u) for update of t | SELECT | t u |
| select count(*) as from_date, "from" from "My-Table" as "join" | SELECT | My-Table |
| select * from f(x) g, unnest(y) z, lateral flatten(w) v, t | SELECT | t |
| select * from t -- from u
  /* join v */ where x = 'from w' | SELECT | t |
| with c as (select * from c), d as (select 1 from c)
  select * from d join e using (id), f | SELECT | c e f |
| with recursive n (i) as (select 1 union all select i + 1 from n) select i from n | SELECT | |
| with unused as (select * from t) select * from u | SELECT | u |
| with a as (select * from t), b as (with a as (select * from u) select * from a)
  select * from b | SELECT | u |
| with q as (select * from t) insert into o (a, b) select * from q | INSERT | t | o
| insert into o values (1, (select max(a) from t)) | INSERT | t | o
| update t set a = (select max(b) from u), c = case when d then null end from v | UPDATE | u v | t
| delete from t using u where t.a = u.b | DELETE | u | t
| merge into t using (select * from s) q on a = b when matched then update
  set x = y when not matched then insert (a) values (1) | MERGE | s | t
| create or replace temp table if not exists a.b.c (x int references y
  (z), update timestamp) | CREATE TABLE | | a.b.c
| create view v as with q as (select * from t) select * from q | CREATE VIEW | t | v
| create unique index i on t (a) | CREATE INDEX | |
| create role r | CREATE ROLE | |
| drop table if exists a, b cascade | DROP TABLE | | a b
| alter table s.t rename to u | ALTER TABLE | s.t | s.u
| alter table t rename column a to b | ALTER TABLE | | t
| alter table t add constraint f foreign key (a) references u (b) | ALTER TABLE | | t
| truncate table a, b | TRUNCATE | | a b
| grant select on t to u | GRANT | |
| explain analyze select * from t | EXPLAIN | t |
| begin insert into a select * from b; update c set d = 1; end | BEGIN | b | a c
| create procedure p() as begin delete from t where a = 1; end | CREATE PROCEDURE | | t
| if x > 1 then insert into a select * from b | IF | b | a
tsql | update x set a = 1 from dbo.t x join [my-u] y on 1 = 1 | UPDATE | my-u | dbo.t
tsql | delete x from t as x join u on 1 = 1 | DELETE | u | t
tsql | select * into o from t (nolock) where a = 'it''s' | SELECT | t | o
tsql | select a from t cross apply f(t.x) y outer apply (select * from u) z | SELECT | t u |
tsql | exec p @x = 1 | EXEC | |
oracle | select a into v from t where b = :c | SELECT | t |
oracle | insert all into a (x) values (y) into b (x) values (y) select y from t | INSERT | t | a b
mysql | update a join b on a.i = b.i set a.x = b.x | UPDATE | b | a
mysql | update a, b set a.x = b.x where a.i = b.i | UPDATE | b | a
mysql | insert ignore into o select 'a\\'b from c' from t # from u | INSERT | t | o
mysql | select a into @v from t | SELECT | t |
postgres | copy t (a, b) from '/x.csv' | COPY | /x.csv | t
postgres | copy (select * from t) to 's3://x' | COPY | t | s3://x
postgres | insert into t (a) values (1) on conflict (a) do update set b = excluded.b | INSERT | | t
postgres | create function f() returns int as $$ select * from hidden $$
  language sql | CREATE FUNCTION | |
bigquery | select * from my-proj.ds.t, unnest(x) u, t.arr | SELECT | my-proj.ds.t |
bigquery | select * from `my-proj.ds.t` where a = "from u" | SELECT | my-proj.ds.t |
bigquery | create table a copy b | CREATE TABLE | b | a
snowflake | copy into t from @stage/path | COPY | @stage/path | t
snowflake | create stream s on table t | CREATE STREAM | t | s
snowflake | select * from table(flatten(input => x)) f, t at (offset => -60) | SELECT | t |
snowflake | create table a clone b | CREATE TABLE | b | a
hive | insert overwrite table t partition (d = 'x') select * from s
  lateral view explode(a) q as b, c | INSERT | s | t
hive | from t insert into a select x where y insert into b select z | INSERT | t | a b
hive | insert overwrite local directory '/p' select * from t | INSERT | t | /p
clickhouse | select * from t final array join x as y global any left join
  u using a, b | SELECT | t u |
clickhouse | create materialized view v to t as select * from s | CREATE VIEW | s | v t
duckdb | from t select a | SELECT | t |
duckdb | pivot t on a using sum(b) | PIVOT | t |
"""


def _forms() -> list[tuple[str, ...]]:
    text = FORMS.replace("\n ", " ")
    return [tuple(part.strip() for part in line.split("|")) for line in text.strip().splitlines()]


@pytest.mark.parametrize("form", _forms(), ids=lambda form: f"{form[0]} {form[1][:60]}".strip())
def test_tables_are_told_from_their_places(form: tuple[str, ...]) -> None:
    """No alias, common table expression, column, function or keyword among them."""
    dialect, sql, kind, reads, writes = (*form, "")[:5]
    found = scan(sql.replace(" /*", "\n/*"), rules(dialect))
    assert found.kind == kind
    assert sorted(map(str, found.inputs)) == sorted(reads.split())
    assert sorted(map(str, found.outputs)) == sorted(writes.split())
    assert found.sure


@pytest.mark.parametrize(
    "sql",
    ["", "   ", "insert into", "create table", "select a from where b", "merge into", "xyzzy (1)"],
)
def test_what_is_not_found_is_not_sure(sql: str) -> None:
    """A verb without its table, or none at all."""
    assert not scan(sql).sure


@pytest.mark.parametrize(
    "sql",
    [
        "[" * 100_000,
        "'" * 99_999,
        "\\'" * 50_000,
        '"' * 99_999,
        "`a" * 50_000,
        "$a" * 50_000,
        "a-" * 50_000,
        "(" * 100_000,
        "(select a from t, " * 6_000,
        "with a as (" * 9_000,
        "a . " * 25_000,
        "/*" * 50_000,
        "select " + ",".join(["a"] * 50_000),
        "select * from " + ", ".join(f"t{n} a{n}" for n in range(7_000)),
        "with " + ", ".join(f"c{n} as (select 1)" for n in range(4_500)) + " select 1",
        " " * 100_000,
    ],
    ids=lambda sql: sql[:12],
)
def test_no_text_takes_long(sql: str) -> None:
    """100 kB of anything, in every dialect's spelling of quotes and comments."""
    for dialect in ("", "tsql", "bigquery", "snowflake", "mysql", "postgres"):
        started = time.process_time()
        scan(sql, rules(dialect))
        assert time.process_time() - started < 1
