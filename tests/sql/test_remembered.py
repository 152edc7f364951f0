"""Answers that are kept are those that reading again would give."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.sql.sql_cases import load

from whence.model import Field
from whence.sql import MappingSchema, ScriptLineage, TableName, extract
from whence.sql.alike import shape_of
from whence.sql.api import Limits
from whence.sql.remembered import ANSWERS, Answers
from whence.sql.script import Settings, read_script

_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w.$])\d+(?:\.\d+)?")
# Values that a wrong reading would take for names, patterns, paths, positions or more text.
_OTHERS = (
    *("'a'", "'b'", "'^a'", "'%b%'", "'$.c'", "'x y'", "'columns(*)'", "''", "'it''s'", "'\\'"),
    *("'2020-01-01'", "'t'", "'select a from u'", "'u.csv'", "'day'", "1", "2", "3", "7.5", "0"),
)
TABLES = {"t": {"a": "int", "b": "text"}, "u": {"a": "int", "e": "text"}}


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Every test starts and ends without answers."""
    ANSWERS.forget()
    yield
    ANSWERS.forget()


def spelled_out(script: ScriptLineage) -> str:
    """An answer with the texts of its expressions, which do not take part in its equality."""
    texts = [
        source.description
        for statement in script.statements
        for column in statement.columns
        for source in column.inputs
    ]
    return f"{script!r} {texts}"


def with_other_literals(sql: str, rng: random.Random, share: float) -> str:
    """``sql`` with some of its literals replaced, mostly by others of their kind."""

    def other(match: re.Match[str]) -> str:
        if rng.random() > share:
            return match.group()
        alike = [each for each in _OTHERS if (each[0] == "'") == (match.group()[0] == "'")]
        return rng.choice(alike if rng.random() < 0.9 else _OTHERS)

    return _LITERAL.sub(other, sql)


def with_other_words(sql: str, rng: random.Random) -> str:
    """``sql`` with a word or a mark taken out, doubled or swapped."""
    parts = re.findall(r"'[^']*'|\w+|\s+|[^\w\s]", sql)
    at, other = rng.randrange(len(parts)), rng.randrange(len(parts))
    if rng.random() < 0.5:
        parts[at], parts[other] = parts[other], parts[at]
    else:
        parts[at] = parts[at] * 2 if rng.random() < 0.5 else ""
    return "".join(parts)


TEMPLATES = (
    "select {c}, b {op} {l} from t where a {op} {l} and b in ({l}, {l})",
    "select x.n from (select a as n, {l} as m from t where b {op} {l}) x where x.n > {l}",
    "select (select max(e) from u where a {op} {l}) from t where b between {l} and {l}",
    "with q as (select * from t where a {op} {l}) select *, {l} from q order by {n}",
    "select a, count(*) from t where b {op} {l} group by {n} having count(*) > {l} limit {n}",
    "insert into o values ({l}, {l}), ({l}, {l})",
    "insert into o (x) select case when a {op} {l} then b end from t where b {op} {l}",
    "update t set a = {l}, b = (select e from u where u.a {op} {l}) where t.a {op} {l}",
    "delete from t where a in (select a from u where e {op} {l})",
    "create table o as select a {op} {l}, b from t join u on t.a = u.a and e {op} {l}",
    "select * from (select a, b from t) pivot (count(a) for b in ({l}, {l}))",
    "select json_extract(b, {l}) from t where json_extract(b, {l}) = {l}",
    "select columns({l}) from t where columns({l}) > {l}",
    "execute immediate {l}; select a from t where b = {l}",
    "select * from read_csv({l}) where a = {l}",
    "copy (select a from t where b {op} {l}) to {l}",
    "select a from t where exists (select 1 from u where e {op} {l} and u.a = t.a)",
    "select a from t where b {op} {l} union all select a from u where e {op} {l}",
)


def generated(rng: random.Random) -> str:
    """A statement with literals in places where they matter and where they do not."""
    text = rng.choice(TEMPLATES)
    while "{" in text:
        text = text.replace("{l}", rng.choice(_OTHERS), 1).replace("{n}", rng.choice("123"), 1)
        text = text.replace("{c}", rng.choice(("a", "1", "'b'")), 1)
        text = text.replace("{op}", rng.choice(("=", "<>", "<", "like", "=")), 1)
    return text


@pytest.mark.parametrize("seed", range(2))
def test_a_kept_answer_is_that_of_reading_again(seed: int) -> None:
    """Every case, and generated statements, each with other literals and other words."""
    rng = random.Random(seed)
    dialects = ("duckdb", "postgres", "bigquery", "snowflake", "mysql", "tsql", None)
    corpus = [(case.sql, case.dialect, case.schema) for case in rng.sample(load(), 90)]
    corpus += [(generated(rng), rng.choice(dialects), TABLES) for _ in range(60)]
    shared = 0
    given: dict[int, tuple[str, ScriptLineage]] = {}
    for sql, dialect, schema in corpus:
        texts = [sql, with_other_words(sql, rng)]
        texts += [with_other_literals(each, rng, 0.6) for each in texts for _ in range(3)]
        for text in texts:
            for known in (schema, schema, TABLES):
                fresh = extract(text, dialect=dialect, schema=known, remember=False)
                kept = extract(text, dialect=dialect, schema=known)
                assert spelled_out(kept) == spelled_out(fresh), (text, dialect)
                given.setdefault(id(kept), (text, kept))
                shared += given[id(kept)][0] != text
    assert shared > 20


class Reader:
    """Counts how often a text is read."""

    def __init__(self, tables: dict[str, dict[str, str]], **settings: object) -> None:
        self.tables = tables
        self.asked = 0
        self.answers = Answers(**settings)  # type: ignore[arg-type] # the bounds

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        self.asked += 1
        return MappingSchema(self.tables).columns(table)

    def read(self, sql: str) -> ScriptLineage:
        settings = Settings("postgres", self, None, None, Limits())
        kept = self.answers.lineage(sql, settings)
        assert spelled_out(kept) == spelled_out(read_script(sql, settings))
        return kept


def test_texts_that_differ_in_compared_literals_share_an_answer() -> None:
    """Conditions and stored values do not matter; what is in an expression does."""
    reader = Reader(TABLES)
    one = reader.read("select a from t where b = 'x' and a in (1, 2)")
    assert reader.read("select a from t where b = 'y' and a in (3, 4)") is one
    assert reader.read("insert into o values (1, 'x')") is reader.read(
        "insert into o values (2, 'y')"
    )
    first = reader.read("select case when (b = 'x') then a end as c from t")
    second = reader.read("select case when (b = 'y') then a end as c from t")
    assert first is not second
    assert reader.read("select a, b from t order by (1)") is not reader.read(
        "select a, b from t order by (2)"
    )


def test_an_answer_goes_with_the_schema_that_it_rests_on() -> None:
    """What a provider says now is compared with what it said then, also in a changed mapping."""
    reader = Reader({"t": {"a": "int"}, "u": {"e": "int"}})
    text = "select a, e from t, u"
    one = reader.read(text)
    assert reader.read(text) is one
    reader.tables["other"] = {"a": "int"}
    assert reader.read(text) is one
    reader.tables["t"]["e"] = "int"
    assert reader.read(text) is not one
    del reader.tables["u"]["e"]
    assert [str(each.column) for each in reader.read(text).statements[0].columns] == ["a", "e"]


def test_what_may_pass_is_not_kept() -> None:
    """A provider that fails once is asked again."""

    class Failing:
        fails = True

        def columns(self, table: TableName) -> tuple[Field, ...] | None:
            if self.fails:
                raise OSError("not now")
            return (Field("a"),)

    provider = Failing()
    first = extract("select * from t", schema=provider)
    assert "schema-unavailable" in {gap.code for gap in first.gaps}
    provider.fails = False
    assert not extract("select * from t", schema=provider).gaps


def test_memory_is_bounded_and_older_answers_need_no_syntax_trees() -> None:
    """What an expression says is the same whether its tree is still there or made again."""
    reader = Reader(TABLES, characters=2_000, weight=20_000)
    text = "with q as (select a + 1 as x, upper(b) as y from t where b = 'x') select x, y from q"
    one = reader.answers.lineage(text, Settings("postgres", reader, None, None, Limits()))
    for number in range(12):
        reader.read(f"select a as c{number} from t")
    fresh, kept = reader.answers._fresh, reader.answers._kept
    assert all(each.trail is None for each in kept.entries.values())
    assert reader.read(text) is one
    assert [each.inputs[0].description for each in one.statements[0].columns] == [
        "a + 1",
        "UPPER(b)",
    ]
    for number in range(500):
        reader.read(f"select a as c{number} from t where b = 'x'")
    assert fresh.weight <= 2_000 and kept.weight <= 20_000
    assert 0 < len(reader.answers._shapes) <= len(fresh.entries) + len(kept.entries) < 60
    assert reader.read(text) is not one


def test_it_can_be_switched_off() -> None:
    """Then nothing is kept, and nothing kept is given."""
    text = "select a from t where b = 1"
    one = extract(text, schema=TABLES, remember=False)
    assert extract(text, schema=TABLES) is not one
    kept = extract(text, schema=TABLES)
    assert extract(text, schema=TABLES) is kept
    assert extract(text, schema=TABLES, remember=False) is not kept


def test_threads_may_share_it() -> None:
    """Every thread gets what it would get alone."""
    reader = Reader(TABLES, characters=500, weight=3_000)

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(150):
            reader.read(f"select a, b as c{rng.randrange(12)} from t where a = {seed}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def test_a_shape_leaves_out_literals_alone() -> None:
    """Two texts with equal shapes differ in nothing else."""
    one, two = shape_of("select f(1, 'a') where b = 'x'"), shape_of("select f(2, 'b') where b = ''")
    assert one is not None and two is not None and one.between == two.between
    assert one.literals == ("1", "'a'", "'x'")
    for text in ("select a", "select 'a\\'b'", "where x = 5D", "where x = 'it''s'"):
        assert shape_of(text) is None, text
    strings, numbers = shape_of("where x = '1'"), shape_of("where x = 1")
    assert strings is not None and numbers is not None and strings.between != numbers.between
