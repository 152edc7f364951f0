"""The columns a dataset has now, as the last event that stated them says.

Must not answer for the past; see `whence_backend.store.trace`.
"""

from __future__ import annotations

import json
import sqlite3

from whence.errors import AmbiguousName, UnknownName
from whence.model import Field
from whence_backend.ingest.reading import dict_of
from whence_backend.store import names
from whence_backend.store.record import Rebuilder
from whence_backend.times import FOREVER

_SCHEMA = (
    "SELECT blob FROM node_state"
    " WHERE node = ? AND key = 'schema' AND vt = ? AND tt = ? AND blob <> 0"
)


def columns(connection: sqlite3.Connection, name: str) -> tuple[Field, ...] | None:
    """The columns of the table that ``name`` ends in; None where none or several are meant."""
    try:
        node = names.resolve(connection, name)
    except (UnknownName, AmbiguousName):
        return None
    row = connection.execute(_SCHEMA, (node, FOREVER, FOREVER)).fetchone()
    if row is None:
        return None
    facet = dict_of(json.loads(Rebuilder(connection).blob(row[0])))
    found = [dict_of(each) for each in facet.get("fields") or () if isinstance(each, dict)]
    fields = [
        Field(str(each["name"]), str(each["type"]) if each.get("type") else None)
        for each in found
        if each.get("name")
    ]
    return tuple(fields) or None
