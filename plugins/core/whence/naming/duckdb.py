"""Names of what lies in one file: DuckDB's databases (also in memory, MotherDuck) and SQLite's.

Must not open or look for the file.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from whence.model import Dataset
from whence.naming.connection import Connection, Table
from whence.naming.files import absolute

MEMORY = ":memory:"

_PORTS = {"postgres": "5432", "mysql": "3306"}
"""Servers that DuckDB attaches, with the ports they listen on."""


def namespace(scheme: str, path: str, cwd: str = "") -> str:
    """The namespace of a database file.

    * a file: ``duckdb:///abs/shop.duckdb`` (OpenLineage's specification has no row for DuckDB;
      this is openlineage-dbt's spelling with the path made absolute, so that two working folders
      agree);
    * in memory: ``duckdb://:memory:``. Such tables live as long as the process: equal names of
      two runs are not the same data;
    * MotherDuck (``md:``): ``duckdb://md:``. The account is known to the token alone, and the
      database already stands in every name;
    * remote (``s3://...``, ``ducklake:...``): the location without its query.

    Args:
        scheme: ``duckdb`` or ``sqlite``.
        path: As the connection has it; empty for in memory.
        cwd: The folder that a relative path starts from; empty for this process's own.
    """
    place = path.partition("?")[0]
    if place in {"", MEMORY} or place.startswith(MEMORY):
        return f"{scheme}://{MEMORY}"
    if place.startswith(("md:", "motherduck:")):
        return f"{scheme}://md:"
    if "://" in place or place.startswith("ducklake:"):
        return f"{scheme}:{place}"
    full = absolute(place, cwd)
    return f"{scheme}://{full}" if full.startswith("/") else f"{scheme}:///{full}"


def table(connection: Connection, named: Table) -> Dataset:
    """The dataset of a DuckDB table, also where its database is an attached one.

    dbt's profiles list attached databases under ``attach`` (``path``, ``alias``, ``type``). They
    are named after their own file, not the alias, as every other process that opens it does.
    """
    for entry in _attached(connection):
        path = str(entry.get("path") or "")
        if named.database == (entry.get("alias") or _stem(path)):
            kind = str(entry.get("type") or "duckdb")
            return _foreign(kind, path, named) or _in_file(kind, path, named, connection.cwd)
    path = connection.text("path")
    space = namespace("duckdb", path, connection.cwd)
    if not named.database:
        named = replace(named, database="memory" if space.endswith(MEMORY) else _stem(path))
    return Dataset(space, named.dotted)


def _in_file(kind: str, path: str, named: Table, cwd: str) -> Dataset:
    """A table of an attached file; SQLite's files have no database or schema in their names."""
    if kind == "sqlite":
        return Dataset(namespace(kind, path, cwd), named.table)
    space = namespace("duckdb", path, cwd)
    own = _stem(path) if space.startswith("duckdb:///") else named.database
    return Dataset(space, replace(named, database=own).dotted)


def _foreign(kind: str, path: str, named: Table) -> Dataset | None:
    """A table of an attached server, of whose connection string only host, port and name count."""
    if kind not in _PORTS:
        return None
    address = urlsplit(path)
    fields = dict(re.findall(r"(\w+)\s*=\s*'?([^'\s]+)", path))
    host = address.hostname or fields.get("host", "localhost")
    port = address.port or fields.get("port", _PORTS[kind])
    name = address.path.strip("/") if address.scheme and address.netloc else ""
    database = name or fields.get("dbname") or fields.get("database") or named.database
    parts = Table(database, named.schema if kind == "postgres" else "", named.table)
    return Dataset(f"{kind}://{host}:{port}", parts.dotted)


def _attached(connection: Connection) -> list[dict[str, object]]:
    entries = connection.fields.get("attach")
    if not isinstance(entries, (list, tuple)):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


def _stem(path: str) -> str:
    """The name that DuckDB gives to the database of a file."""
    place = path.partition("?")[0].replace("\\", "/")
    return PurePosixPath(place.rpartition(":")[2]).stem
