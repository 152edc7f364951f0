"""The tables of functions against what a database itself says of its functions."""

from __future__ import annotations

import duckdb

from whence.sql import extract


def _functions(kind: str) -> dict[str, int]:
    """Names and the least number of arguments, of DuckDB's functions of a kind."""
    query = (
        "select function_name, min(len(parameters)) from duckdb_functions()"
        " where function_type = ? group by all order by all"
    )
    return {name: count for name, count in duckdb.execute(query, [kind]).fetchall() if count}


def _kinds(name: str, arguments: int) -> set[str]:
    sql = f"select {name}({', '.join('abcdefgh'[:arguments])}) as x from t"
    (statement,) = extract(sql, dialect="duckdb").statements
    return {source.subtype for column in statement.columns for source in column.inputs}


def test_every_aggregate_of_duckdb_is_an_aggregation() -> None:
    """Also those that the parser has no class for."""
    kinds = {name: _kinds(name, count) for name, count in _functions("aggregate").items()}
    assert len(kinds) > 60
    assert {name: each for name, each in kinds.items() if each != {"AGGREGATION"}} == {}


def test_no_scalar_function_of_duckdb_is_an_aggregation() -> None:
    """Unless an aggregate has the same name."""
    scalars = _functions("scalar")
    alone = [name for name in scalars.keys() - _functions("aggregate") if name.isidentifier()]
    assert len(alone) > 500
    assert [name for name in sorted(alone) if "AGGREGATION" in _kinds(name, scalars[name])] == []
