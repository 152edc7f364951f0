"""What is known of tables: the files, folders and addresses that the command line names.

Must not ask a database for anything before a statement names a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from whence.errors import BadInput
from whence.schema.providers import ChainSchema, MappingSchema, SchemaProvider
from whence.schema.sources import open_schema
from whence.sql import extract
from whence.sql.declared import DeclaredSchema
from whence_cli.sql.sources import Source


def schemas(sources: Sequence[str], dialect: str | None) -> SchemaProvider | None:
    """All ``sources`` as one provider, the first that knows a table answering; None for none.

    Args:
        sources: Files of JSON or CREATE statements, folders, and addresses of databases.
        dialect: Of the statements.
    """
    found = [_checked(each, open_schema(each, dialect), dialect) for each in sources]
    return ChainSchema(found) if len(found) > 1 else next(iter(found), None)


def _checked(source: str, known: SchemaProvider, dialect: str | None) -> SchemaProvider:
    """``known``, read at once where it is statements: a file without any is a mistake."""
    if not isinstance(known, DeclaredSchema):
        return known
    tables = known.tables()
    if tables:
        return MappingSchema(tables)
    said = "holds neither a JSON object nor a CREATE TABLE statement"
    raise BadInput(f"{source} {said}{_first_gap(source, dialect)}")


def _first_gap(source: str, dialect: str | None) -> str:
    """The first line of a file that could not be read as SQL either."""
    if not Path(source).is_file():
        return ""
    gaps = extract(Source(source).read(None), dialect=dialect).gaps
    return next((f"; {gap.where}: {gap.reason}" for gap in gaps if gap.where), "")
