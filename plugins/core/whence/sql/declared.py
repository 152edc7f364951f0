"""Columns as CREATE TABLE, CREATE VIEW and ALTER TABLE declare them, in texts of any dialect.

Must not read a file twice, and none before a table is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from whence.errors import BadInput
from whence.model import Field
from whence.schema.providers import MappingSchema
from whence.sql.api import extract
from whence.sql.results import TableName


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
        return cls(lambda: map(_read, files), dialect)

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        if self._tables is None:
            self._tables = MappingSchema(self.tables())
        return self._tables.columns(table)

    def tables(self) -> dict[str, dict[str, str | None]]:
        """Every table that is declared, with its columns and their types."""
        found: dict[str, dict[str, str | None]] = {}
        script = extract(";\n".join(self._texts()), dialect=self._dialect)
        for statement in script.statements:
            if not statement.kind.startswith("CREATE"):
                continue
            for column in statement.columns:
                if column.dataset is not None:
                    table = found.setdefault(str(column.dataset), {})
                    table[column.column] = column.type
        return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not valid UTF-8") from error
