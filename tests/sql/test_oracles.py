"""What two databases' analysers say of a query is what we say: TPC-H, TPC-DS and fresh queries."""

from __future__ import annotations

import random
from collections.abc import Iterator

import duckdb
import pytest
from tests.bench._known_sql import CASES, cases
from tests.sql import binder_oracle, spark_oracle
from tests.sql.answers import differences, ours
from tests.sql.judges import DuckDB, Judge, Spark
from tests.sql.random_expressions import schema
from tests.sql.spark_session import Analyser, NoJava, Tables
from tests.sql.trials import trials

from whence.sql import extract

QUERIES = 160
"""Fresh queries of DuckDB's, where each takes some 50 ms."""
SPARK_QUERIES = 40
"""And of Spark's, where each takes 200."""

NAMES = ("tpch", "tpcds")
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"the TPC texts are not in {CASES}")


@pytest.fixture(scope="session")
def analyser() -> Iterator[Analyser]:
    """One Spark for all tests here."""
    try:
        spark = Analyser(schema("spark"))
    except NoJava as error:
        pytest.skip(f"Spark cannot run here: {error}")
    yield spark
    spark.stop()


def _tables(name: str) -> Tables:
    """The tables of a corpus, with dates where its queries need them."""
    return {
        table: {
            column: "date" if column.endswith("date") else type_ for column, type_ in each.items()
        }
        for table, each in cases(name)[0].schema.items()
    }


@needs_cases
@pytest.mark.parametrize("name", NAMES)
def test_spark_analyses_every_query_as_we_do(name: str, analyser: Analyser) -> None:
    """Columns with kinds, influences on each and on all rows, tables."""
    analyser.use(name, cases(name)[0].schema)
    try:
        for case in cases(name):
            plan = analyser.plan(case.sql)
            assert plan is not None, case.expected["id"]
            said = ours(extract(case.sql, dialect="spark", schema=case.schema).statements[-1])
            assert differences(said, spark_oracle.lineage(plan)) == [], case.expected["id"]
    finally:
        analyser.use("default", {})


@needs_cases
@pytest.mark.parametrize("name", NAMES)
def test_duckdb_binds_every_query_as_we_do(name: str) -> None:
    """The same by a database that shares nothing with Spark."""
    db = duckdb.connect()
    tables = _tables(name)
    for table, columns in tables.items():
        db.execute(f"create table {table} ({', '.join(f'{a} {b}' for a, b in columns.items())})")
    for case in cases(name):
        known = binder_oracle.lineage(db, case.sql)
        assert known is not None, case.expected["id"]
        said = ours(extract(case.sql, dialect="duckdb", schema=case.schema).statements[-1])
        assert differences(said, known) == [], case.expected["id"]


def _try_fresh_queries(judge: Judge, count: int) -> None:
    first = random.SystemRandom().randrange(1_000_000_000)
    print(f"seeds {first} to {first + count - 1}")  # noqa: T201 - shown when it fails
    *_, figures = trials(judge, range(first, first + count))
    assert not figures.failures, "\n\n".join(map(str, figures.failures))
    assert figures.run > count * 0.3


def test_fresh_queries_of_duckdb() -> None:
    """Its binder's answer, and no value flows or changes another without an edge."""
    _try_fresh_queries(DuckDB(), QUERIES)


def test_fresh_queries_of_spark(analyser: Analyser) -> None:
    """Its analyser's answer."""
    _try_fresh_queries(Spark(analyser), SPARK_QUERIES)
