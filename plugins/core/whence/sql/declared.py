"""Columns as CREATE TABLE, CREATE VIEW and ALTER TABLE declare them, in texts of any dialect.

Must not read a file twice, and none before a table is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from whence.model import Field
from whence.schema.files import read_text
from whence.schema.providers import MappingSchema
from whence.sql.api import Limits, extract
from whence.sql.results import TableName
from whence.sql.session import Session

BATCH_CHARACTERS = 200_000
BATCH_SECONDS = 60.0
_STATEMENT = re.compile(r"(?:[^;'\"`]|'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`|['\"`])+")


class DeclaredSchema:
    """The columns that statements declare; a view has those of its query, as far as they are known.

    Attributes:
        local: Answers come from memory.
    """

    local = True

    def __init__(self, texts: Callable[[], Iterable[str]], dialect: str | None = None) -> None:
        """Read what ``texts`` gives when a table is first asked for, in that order."""
        self._texts = texts
        self._dialect = dialect
        self._tables: MappingSchema | None = None

    @classmethod
    def of_files(cls, files: Sequence[Path], dialect: str | None = None) -> DeclaredSchema:
        """What the statements in ``files`` declare."""
        return cls(lambda: map(read_text, files), dialect)

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        if self._tables is None:
            self._tables = MappingSchema(self.tables())
        return self._tables.columns(table)

    def tables(self) -> dict[str, dict[str, str | None]]:
        """Every table that stays declared, with its columns and their types."""
        session = Session()
        limits = Limits(max_seconds=BATCH_SECONDS)
        for batch in _batches(self._texts()):
            extract(batch, dialect=self._dialect, session=session, limits=limits)
        return {
            ".".join(key): {field.name: field.type for field in fields}
            for key, fields in session.tables.items()
            if fields
        }


def _batches(texts: Iterable[str]) -> Iterator[str]:
    """Whole statements, as many at a time as are parsed at once."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        for match in _STATEMENT.finditer(text):
            waiting.append(match.group())
            size += len(waiting[-1])
            if size > BATCH_CHARACTERS:
                yield ";".join(waiting)
                waiting, size = [], 0
    yield ";".join(waiting)
