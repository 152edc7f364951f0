"""From what a user types to a node: ``orders``, ``main.orders.amount``, ``s3://bucket/path``.

Must not guess: a name that several nodes have is an error that lists them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple

from whence.errors import AmbiguousName, UnknownName
from whence_backend.ingest.refs import NodeKind
from whence_backend.store.intern import leaf

_PART = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([^."`\[]+)')
_NEAREST_OF = 20_000

Matches = Callable[[str, str, str], bool]


class _Reading(NamedTuple):
    """One way to read the text: a table's name (or its end), and a column or ""."""

    table: str
    column: str


def resolve(connection: sqlite3.Connection, name: str) -> int:
    """The node that ``name`` names: a table, else a column; else a job.

    A table is named by the end of its name, from a dot or slash on, or with its namespace
    in front (joined by ``/``, ``.`` or ``:``); quoted parts are one part whatever they hold.
    An exact spelling counts before one that differs in case, a whole name before an end.

    Raises:
        UnknownName: Nothing is named so.
        AmbiguousName: Several nodes are.
    """
    readings = list(_readings(name.strip()))
    for kind in (NodeKind.TABLE, NodeKind.JOB):
        for matches in (_whole, _end, _caseless(_whole), _caseless(_end)):
            found = {
                node
                for reading in readings
                if kind == NodeKind.TABLE or not reading.column
                for node in _nodes(connection, reading, kind, matches)
            }
            if len(found) == 1:
                return found.pop()
            if found:
                raise AmbiguousName(name, [full_name(connection, node) for node in found])
    raise UnknownName(name, _known(connection, readings))


def full_name(connection: sqlite3.Connection, node: int) -> str:
    """Namespace, name and column of a node, as `resolve` takes them."""
    row = connection.execute(
        "SELECT n.name, p.ns, p.name FROM node n LEFT JOIN node p ON p.id = n.parent"
        " WHERE n.id = ? AND n.parent <> 0",
        (node,),
    ).fetchone()
    if row is not None:
        return f"{row[1].rstrip('/')}/{row[2].lstrip('/')}.{row[0]}"
    ns, name = connection.execute("SELECT ns, name FROM node WHERE id = ?", (node,)).fetchone()
    return f"{ns.rstrip('/')}/{name.lstrip('/')}"


def _readings(name: str) -> Iterator[_Reading]:
    """Every split of ``name`` into table and column, none of them first."""
    yield _Reading(name, "")
    parts = _quoted_parts(name)
    if parts is not None:
        yield _Reading(".".join(parts), "")
        for at in range(len(parts) - 1, 0, -1):
            yield _Reading(".".join(parts[:at]), ".".join(parts[at:]))
        return
    at = name.rfind(".")
    while at > 0:
        yield _Reading(name[:at], name[at + 1 :])
        at = name.rfind(".", 0, at)


def _quoted_parts(name: str) -> list[str] | None:
    """The parts of a dotted name with quotes; None where it has none or is no such name."""
    if not re.search(r'["`\[]', name):
        return None
    parts, at = [], 0
    while match := _PART.match(name, at):
        quoted, backticked, bracketed, bare = match.groups()
        if quoted is not None:
            quoted = quoted.replace('""', '"')
        parts.append(next(p for p in (quoted, backticked, bracketed, bare) if p is not None))
        at = match.end()
        if at == len(name):
            return parts
        if name[at] != ".":
            return None
        at += 1
    return None


def _nodes(
    connection: sqlite3.Connection, reading: _Reading, kind: NodeKind, matches: Matches
) -> Iterator[int]:
    rows = connection.execute(
        "SELECT id, ns, name FROM node WHERE leaf = ? AND kind = ? AND kind <> 2",
        (leaf(reading.table), int(kind)),
    ).fetchall()
    for node, ns, name in rows:
        if not matches(reading.table, ns, name):
            continue
        if reading.column:
            yield from _columns(connection, node, reading.column, matches)
        else:
            yield node


def _columns(
    connection: sqlite3.Connection, table: int, column: str, matches: Matches
) -> Iterator[int]:
    rows = connection.execute("SELECT id, name FROM node WHERE parent = ?", (table,)).fetchall()
    exact = [node for node, name in rows if name == column]
    if exact or matches in (_whole, _end):
        yield from exact
        return
    yield from (node for node, name in rows if name.casefold() == column.casefold())


def _whole(asked: str, ns: str, name: str) -> bool:
    if asked in (name, name.rstrip("/")):
        return True
    if not asked.startswith(ns):
        return False
    rest = asked[len(ns) :]
    return rest == name or (rest[:1] in "/.:" and rest.lstrip("/.:") == name.lstrip("/"))


def _end(asked: str, ns: str, name: str) -> bool:
    return name.rstrip("/").endswith(("." + asked, "/" + asked))


def _caseless(matches: Matches) -> Matches:
    def folded(asked: str, ns: str, name: str) -> bool:
        return matches(asked.casefold(), ns.casefold(), name.casefold())

    return folded


def _columns_named(connection: sqlite3.Connection, name: str) -> list[str]:
    """``table.column`` of the columns of that name."""
    rows = connection.execute(
        "SELECT p.name, n.name FROM node n JOIN node p ON p.id = n.parent"
        " WHERE n.kind = 2 AND n.name = ? COLLATE NOCASE LIMIT ?",
        (name, _NEAREST_OF),
    )
    return sorted({f"{re.split('[./]', table)[-1]}.{column}" for table, column in rows})


def _known(connection: sqlite3.Connection, readings: list[_Reading]) -> list[str]:
    """Names to find the nearest in: a known table's columns, else the ends of all tables.

    A bare name that columns have is one of theirs.
    """
    if bare := _columns_named(connection, readings[0].table):
        return bare
    for reading in readings:
        for matches in (_whole, _end, _caseless(_end)):
            for table in _nodes(connection, _Reading(reading.table, ""), NodeKind.TABLE, matches):
                if reading.column:
                    rows = connection.execute("SELECT name FROM node WHERE parent = ?", (table,))
                    return [f"{reading.table}.{name}" for (name,) in rows]
    statement = "SELECT DISTINCT name FROM node WHERE kind = 1 LIMIT ?"
    names = [name for (name,) in connection.execute(statement, (_NEAREST_OF,))]
    dots = readings[0].table.count(".")
    return sorted({".".join(name.split(".")[-1 - dots :]) for name in names} | set(names))
