"""Columns asked from a database: one query for each table, over any DB-API connection.

Must not write, and must not ask for more than one table's columns at a time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from whence.model import Field

if TYPE_CHECKING:
    from whence.sql.results import TableName

_STANDARD = (
    "select table_catalog, table_schema, table_name, column_name, {type}"
    " from {where}.columns where {table} in ({names}){only}"
    " order by table_catalog, table_schema, table_name, ordinal_position"
)
_ORACLE = (
    "select null, owner, table_name, column_name, data_type from all_tab_columns"
    " where table_name in ({names}){only} order by owner, table_name, column_id"
)
_SQLITE = (
    "select null, {schema}, {name}, name, type from pragma_table_xinfo({asked}) where hidden <> 1"
)

# The packages that connections are of, by the system behind them.
_PACKAGES = {
    "sqlite3": "sqlite",
    "duckdb": "duckdb",
    "_duckdb": "duckdb",
    "psycopg": "postgres",
    "psycopg2": "postgres",
    "pg8000": "postgres",
    "redshift_connector": "redshift",
    "pymysql": "mysql",
    "MySQLdb": "mysql",
    "mysql": "mysql",
    "snowflake": "snowflake",
    "google": "bigquery",
    "pyodbc": "tsql",
    "pymssql": "tsql",
    "oracledb": "oracle",
    "cx_Oracle": "oracle",
    "trino": "trino",
    "prestodb": "presto",
    "databricks": "databricks",
}
_CURRENT_SCHEMA = {
    "postgres": "select current_schema()",
    "redshift": "select current_schema()",
    "duckdb": "select current_schema()",
    "snowflake": "select current_schema()",
    "databricks": "select current_schema()",
    "trino": "select current_schema",
    "presto": "select current_schema",
    "mysql": "select database()",
    "tsql": "select schema_name()",
    "oracle": "select sys_context('userenv', 'current_schema') from dual",
}
# Each catalogue has an information_schema of its own there, which tells of that catalogue alone.
_OWN_INFORMATION_SCHEMA = frozenset({"snowflake", "databricks", "trino", "presto", "tsql"})
_QUOTES = {
    "tsql": ("[", "]"),
    "bigquery": ("`", "`"),
    "databricks": ("`", "`"),
    "mysql": ("`", "`"),
}
_PLAIN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    values: tuple[str, ...]


class ConnectionSchema:
    """Columns from the information schema (or its like) behind a DB-API connection.

    Attributes:
        local: True where the database is in this process and answers at once.
    """

    def __init__(self, connection: Any, dialect: str | None = None) -> None:
        """Ask over ``connection``, which is neither closed nor committed.

        Args:
            connection: Of any DB-API module; nobody else may use it while SQL is read.
            dialect: The system behind it; None to tell by the connection's module.
        """
        package = type(connection).__module__.partition(".")[0]
        self._connection = connection
        self._dialect = dialect or _PACKAGES.get(package, "")
        self._style = str(getattr(sys.modules.get(package), "paramstyle", "qmark"))
        self._current: str | None = None
        self.local = self._dialect in ("sqlite", "duckdb")

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        rows = self._rows(_query(self._dialect, table))
        tables: dict[tuple[str, str, str], list[Field]] = {}
        for catalog, schema, name, column, type_ in rows:
            where = (str(catalog or ""), str(schema or ""), str(name))
            tables.setdefault(where, []).append(Field(str(column), str(type_ or "") or None))
        found = self._choose(table, list(tables))
        return None if found is None else tuple(tables[found])

    def _choose(
        self, table: TableName, found: list[tuple[str, str, str]]
    ) -> tuple[str, str, str] | None:
        """The one table of that name: spelled alike, then in the current schema."""
        exact = [each for each in found if each[-len(table.parts) :] == table.parts[-3:]]
        found = exact or found
        if len(found) > 1 and len(table.parts) == 1 and self._dialect in _CURRENT_SCHEMA:
            if self._current is None:
                rows = self._rows(_Query(_CURRENT_SCHEMA[self._dialect], ()))
                self._current = str(rows[0][0])
            found = [each for each in found if each[1] == self._current]
        return found[0] if len(found) == 1 else None

    def _rows(self, query: _Query) -> Sequence[Sequence[Any]]:
        text, values = _in_style(query, self._style)
        with closing(self._connection.cursor()) as cursor:
            if query.values:
                cursor.execute(text, values)
            else:
                cursor.execute(text)
            rows: Sequence[Sequence[Any]] = cursor.fetchall()
            return rows


def _query(dialect: str, table: TableName) -> _Query:
    """The query for one table, with ``?`` where values go."""
    parts = table.parts[-3:]
    name, schema = parts[-1], parts[-2] if len(parts) > 1 else None
    catalog = parts[-3] if len(parts) > 2 else None
    if dialect == "sqlite":
        return _sqlite(name, schema)
    names = _spellings(name)
    values = [*names]
    only = ""
    oracle = dialect == "oracle"
    for column, part in (
        ("owner" if oracle else "table_schema", schema),
        ("table_catalog", catalog),
    ):
        if part is not None and not (column == "table_catalog" and oracle):
            only += f" and {_folded(column, dialect)} in ({_marks(_spellings(part))})"
            values += _spellings(part)
    template = _ORACLE if oracle else _STANDARD
    text = template.format(
        names=_marks(names),
        only=only,
        table=_folded("table_name", dialect),
        where=_information_schema(dialect, catalog, schema),
        type="column_type" if dialect == "mysql" else "data_type",
    )
    return _Query(text, tuple(values))


def _sqlite(name: str, schema: str | None) -> _Query:
    if schema is None:
        return _Query(_SQLITE.format(schema="null", name="?", asked="?"), (name, name))
    return _Query(_SQLITE.format(schema="?", name="?", asked="?, ?"), (schema, name, name, schema))


def _information_schema(dialect: str, catalog: str | None, schema: str | None) -> str:
    if dialect == "bigquery" and schema is not None:
        before = [part for part in (catalog, schema) if part is not None]
        return ".".join([*(_quoted(part, dialect) for part in before), "INFORMATION_SCHEMA"])
    if catalog is not None and dialect in _OWN_INFORMATION_SCHEMA:
        return f"{_quoted(catalog, dialect)}.information_schema"
    return "information_schema"


def _quoted(name: str, dialect: str) -> str:
    """``name`` as an identifier; a plain one stays bare, so that the system folds it."""
    if _PLAIN.fullmatch(name):
        return name
    opening, closing_ = _QUOTES.get(dialect, ('"', '"'))
    return opening + name.replace(closing_, closing_ * 2) + closing_


def _spellings(name: str) -> list[str]:
    """As written and as systems fold it; equality can use an index, where lower() could not."""
    return list(dict.fromkeys((name, name.lower(), name.upper())))


def _folded(column: str, dialect: str) -> str:
    """The column of the information schema to compare: DuckDB keeps names in any case."""
    return f"lower({column})" if dialect == "duckdb" else column


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _in_style(query: _Query, style: str) -> tuple[str, Any]:
    """The text with the marks of a driver, and the values as it wants them."""
    if style == "qmark":
        return query.text, query.values
    if style in ("format", "pyformat"):
        return query.text.replace("?", "%s"), query.values
    pieces = query.text.split("?")
    text = pieces[0] + "".join(f":{at}{piece}" for at, piece in enumerate(pieces[1:], 1))
    if style == "numeric":
        return text, query.values
    named = pieces[0] + "".join(f":p{at}{piece}" for at, piece in enumerate(pieces[1:], 1))
    return named, {f"p{at}": value for at, value in enumerate(query.values, 1)}
