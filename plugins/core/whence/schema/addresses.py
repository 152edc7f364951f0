"""Databases by address: SQLite and DuckDB files by themselves, all others through SQLAlchemy.

Must not import a driver or SQLAlchemy before an address asks for it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from whence.errors import BadInput
from whence.guard import caught
from whence.model import Field
from whence.schema.connection import ConnectionSchema
from whence.schema.providers import SchemaProvider

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from whence.sql.results import TableName

_MEMORY = ("", ":memory:")


def connect(address: str) -> SchemaProvider:
    """A provider over the database at ``address``, which is opened for reading alone.

    SQLite and DuckDB files need nothing else installed than the database's own module; all other
    systems need SQLAlchemy 2 (the extra ``whence-core[sqlalchemy]``) and their driver. Servers
    are first spoken to when a table is asked for.

    Args:
        address: As SQLAlchemy has it: three slashes before a relative path, four before an
            absolute one.

    Raises:
        BadInput: There is no such file, or what is needed is not installed.
    """
    scheme, _, rest = address.partition("://")
    if scheme in ("sqlite", "duckdb"):
        path = unquote(rest.partition("?")[0].removeprefix("/"))
        return _sqlite(path) if scheme == "sqlite" else _duckdb(path)
    return EngineSchema(_engine(address))


def _sqlite(path: str) -> SchemaProvider:
    if path in _MEMORY:
        raise BadInput("a SQLite database in memory has no tables that another program made")
    location = f"file:{quote(str(_existing(path)))}?mode=ro"
    connection, error = caught(sqlite3.connect, location, uri=True, check_same_thread=False)
    if connection is None:
        raise BadInput(f"cannot open {path}: {error}")
    return ConnectionSchema(connection, "sqlite")


def _duckdb(path: str) -> SchemaProvider:
    try:
        import duckdb
    except ImportError as error:
        raise BadInput(f"duckdb:///{path} needs the package duckdb") from error
    if path in _MEMORY:
        raise BadInput("a DuckDB database in memory has no tables that another program made")
    connection, problem = caught(duckdb.connect, str(_existing(path)), read_only=True)
    if connection is None:
        raise BadInput(f"cannot open {path}: {problem}")
    return ConnectionSchema(connection, "duckdb")


def _existing(path: str) -> Path:
    found = Path(path)
    if not found.is_file():
        raise BadInput(f"there is no file {path}")
    return found.resolve()


def _engine(address: str) -> Engine:
    try:
        import sqlalchemy
    except ImportError as error:
        raise BadInput(
            "a database server needs SQLAlchemy 2: pip install 'whence-core[sqlalchemy]'"
        ) from error
    engine, problem = caught(_created, sqlalchemy, address)
    if isinstance(problem, ModuleNotFoundError):
        driver = f"the package {problem.name}: pip install {problem.name}"
        raise BadInput(f"{_without_password(address)} needs {driver}")
    if engine is None:
        raise BadInput(f"{_without_password(address)} cannot be used: {problem}")
    return engine


def _created(sqlalchemy: Any, address: str) -> Engine:
    url = sqlalchemy.make_url(address)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername=_postgres_driver())
    engine: Engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
    return engine


def _postgres_driver() -> str:
    """The installed driver: SQLAlchemy takes psycopg2 alone for granted."""
    from importlib.util import find_spec

    for module in ("psycopg", "psycopg2", "pg8000"):
        if find_spec(module) is not None:
            return f"postgresql+{module}"
    return "postgresql"


def _without_password(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


class EngineSchema:
    """Columns from any database that SQLAlchemy speaks to, each table by a question of its own."""

    def __init__(self, engine: Engine) -> None:
        """Ask through connections of ``engine``."""
        self._engine = engine

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        from sqlalchemy import inspect
        from sqlalchemy.exc import NoSuchTableError

        inspector = inspect(self._engine)
        for parts in self._spellings(table):
            schema = ".".join(parts[:-1]) or None
            try:
                found = inspector.get_columns(parts[-1], schema)
            except NoSuchTableError:
                continue
            if found:
                return tuple(Field(each["name"], self._type(each["type"])) for each in found)
        return None

    def _spellings(self, table: TableName) -> list[tuple[str, ...]]:
        """How the table may be called: names without quotes are lower case to SQLAlchemy."""
        parts = table.parts[-3:]
        quoted = table.quoted[-3:]
        if self._engine.dialect.name == "postgresql" and len(parts) == 3:
            # A connection sees one database: a name in another is a table that nobody knows.
            if parts[0].lower() != str(self._engine.url.database).lower():
                return []
            parts, quoted = parts[1:], quoted[1:]
        folded = tuple(
            part if exact else part.lower()
            for part, exact in zip(parts, quoted or (False,) * len(parts), strict=True)
        )
        return list(dict.fromkeys((folded, parts)))

    def _type(self, type_: Any) -> str | None:
        """The type as the system spells it."""
        text, _ = caught(type_.compile, self._engine.dialect)
        return None if text in (None, "NULL") else str(text)
