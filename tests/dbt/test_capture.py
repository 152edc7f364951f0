"""What is read of dbt's own objects: what names a place, never a secret; and no text hangs dbt."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from dbt_whence import capture, compiled


@pytest.mark.parametrize(
    "address",
    [
        "postgres://u:s3cr3t@host:5432/db",
        "postgres://u:p/s3cr3t@host:5432/db",
        "postgres://u:p@s3cr3t@host:5432/db",
        "postgres://host:5432/db?user=u&password=s3cr3t",
        "host=host port=5432 dbname=db user=u password=s3cr3t",
    ],
)
def test_of_an_attached_server_only_its_place_is_kept(address: str) -> None:
    """In whatever form its login stands."""
    attached = SimpleNamespace(path=address, type="postgres", alias="pg")
    given = SimpleNamespace(attach=[attached], type="duckdb")
    (kept,) = capture.credentials(given, "/srv")["attach"]
    assert "s3cr3t" not in kept["path"]
    assert "host" in kept["path"]


@pytest.mark.parametrize(
    "text",
    [
        "select * from read_csv('f.csv', c = '" + "it''s " * 40 + "', names = f(g(h(1))))",
        "select * from read_csv(" + "'n''a', " * 40 + "map(list(tuple(1, (2)))))",
        "select * from read_csv('" + "a''b" * 20_000,
        "select * from '" + "''" * 20_000,
    ],
)
def test_files_are_found_in_the_time_of_the_texts_length(text: str) -> None:
    """It runs in dbt's own thread, and holds all of them."""
    started = time.process_time()
    compiled.files(text)
    assert time.process_time() - started < 1


def test_a_quote_within_a_path_belongs_to_it() -> None:
    """As DuckDB reads it."""
    assert compiled.files("select * from 'it''s.csv'") == ["'it''s.csv'"]
    assert compiled.files("from read_csv('a''b.csv', sep = '|')") == [
        "read_csv('a''b.csv', sep = '|')"
    ]
