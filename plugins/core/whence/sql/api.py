"""The public functions: `lineage` for people, `extract` for hosts, `bind` to name datasets.

Must not import sqlglot before SQL is read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import TYPE_CHECKING

from whence.errors import UnknownDialect
from whence.model import Dataset, Lineage
from whence.schema.providers import SchemaMapping, SchemaProvider, provider_of
from whence.sql.binding import bind_statements
from whence.sql.results import ScriptLineage, StatementLineage, TableName
from whence.sql.session import Session

if TYPE_CHECKING:
    from whence.sql.script import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What is read at most.

    Attributes:
        max_bytes: Longer texts are scanned for table names and not parsed.
        max_seconds: After this, the statements that are left are scanned only.
        schema_seconds: How long all answers of one schema provider may take together.
    """

    max_bytes: int = 1_000_000
    max_seconds: float = 4.0
    schema_seconds: float = 10.0


AUTO = "auto"
"""In place of a dialect: the one that reads the text best."""


def lineage(
    sql: str,
    *,
    dialect: str | None = None,
    schema: SchemaProvider | SchemaMapping | str | PathLike[str] | None = None,
    default_catalog: str | None = None,
    default_schema: str | None = None,
    limits: Limits | None = None,
    masking: Collection[str] = (),
    session: Session | None = None,
    derivations: bool = False,
    prefer: str | None = None,
    remember: bool = True,
    struct_paths: bool = False,
    spans: bool = False,
) -> ScriptLineage:
    """The lineage of every statement in ``sql``: which columns come from which, and how.

    What the text says never raises: what cannot be read is a gap of its statement.

    Args:
        sql: One or many statements.
        dialect: sqlglot's name for it, e.g. ``snowflake``; ``auto`` for the one that reads the
            text best (see `ScriptLineage.dialect`); None for generic SQL.
        schema: What is known of tables: ``{"schema.table": {"column": "type"}}``, a provider,
            which is asked only for those that the text names, or what
            `whence.schema.sources.open_schema` opens: a file, a folder, a database's address.
        default_catalog: Put before names of two parts.
        default_schema: Put before names of one part.
        limits: What is read at most.
        masking: Functions whose result hides their arguments, beside those that are known to
            (count, hashes, ranks), e.g. ``("tokenize", "security.pseudonym")``; in any case.
        session: What texts before this one left (temporary tables, USE, variables); it is changed
            to what this one leaves. None for a text by itself.
        derivations: Whether the answer has the expressions on the way
            (`OutputColumn.derivation`).
        prefer: The dialect that ``auto`` tries first; passed over where there is none of that name.
        remember: Whether the answer is kept for when the same text comes again, and may be one
            that was kept; it is the same answer, sooner.
        struct_paths: Whether a field of a struct is a source of its own (``addr.city``) and not
            its column (``addr``).
        spans: Whether the expressions can tell where in the text they stand
            (`SourceColumn.span`); each is found when it is asked for.

    Raises:
        UnknownDialect: There is none of that name.
        BadInput: The schema cannot be read.
    """
    from whence.sql.dialects import dialect_names, rules
    from whence.sql.remembered import ANSWERS
    from whence.sql.script import Settings

    if dialect and dialect != AUTO and not rules(dialect).known:
        raise UnknownDialect(dialect, [*dialect_names(), AUTO])
    settings = Settings(
        dialect or "",
        _opened(schema, dialect),
        default_catalog,
        default_schema,
        limits or Limits(),
        derivations=derivations,
        masking=_folded(masking),
        session=session,
        remember=remember,
        struct_paths=struct_paths,
        spans=spans,
    )
    return _guessed(sql, settings, prefer) if dialect == AUTO else ANSWERS.lineage(sql, settings)


def _guessed(sql: str, settings: Settings, prefer: str | None) -> ScriptLineage:
    """The lineage in the dialect that reads ``sql`` best."""
    from whence.sql.dialects import rules
    from whence.sql.guess import best
    from whence.sql.remembered import ANSWERS

    def read(name: str) -> ScriptLineage:
        return ANSWERS.lineage(sql, replace(settings, dialect=name, session=None))

    first = prefer if prefer is not None and rules(prefer).known else None
    found = best(sql, read, first, settings.limits.max_seconds)
    if settings.session is None:
        return found
    return ANSWERS.lineage(sql, replace(settings, dialect=found.dialect))


def extract(
    sql: str,
    *,
    dialect: str | None = None,
    schema: SchemaProvider | SchemaMapping | None = None,
    default_catalog: str | None = None,
    default_schema: str | None = None,
    limits: Limits | None = None,
    fold: Callable[[str], str] | None = None,
    masking: Collection[str] = (),
    session: Session | None = None,
    remember: bool = True,
    struct_paths: bool = False,
) -> ScriptLineage:
    """The lineage of every statement in ``sql``, for hosts that must not be disturbed.

    Never raises, neither over the text nor over the dialect: both are gaps.

    Args:
        sql: One or many statements.
        dialect: sqlglot's name for it, e.g. ``snowflake``; None for generic SQL.
        schema: What is known of tables; asked only for those that the text names.
        default_catalog: Put before names of two parts.
        default_schema: Put before names of one part.
        limits: What is read at most.
        fold: What the system does to names without quotes (`whence.naming.column_fold`), so that
            the answer spells them as they are stored; None leaves them as they are written.
        masking: Functions that mask beside those that are known to; see `lineage`.
        session: What texts before this one left; see `lineage`.
        remember: Whether the answer is kept for when the same text comes again; see `lineage`.
        struct_paths: Whether a field of a struct is a source of its own; see `lineage`.
    """
    # sqlglot costs 0.1 s and 40 MB to import, which hosts that never read SQL do not pay.
    from whence.sql.remembered import ANSWERS
    from whence.sql.script import Settings

    settings = Settings(
        dialect or "",
        provider_of(schema),
        default_catalog,
        default_schema,
        limits or Limits(),
        fold,
        masking=_folded(masking),
        session=session,
        remember=remember,
        struct_paths=struct_paths,
    )
    return ANSWERS.lineage(sql, settings)


def _opened(
    schema: SchemaProvider | SchemaMapping | str | PathLike[str] | None, dialect: str | None
) -> SchemaProvider | None:
    if isinstance(schema, (str, PathLike)):
        from whence.schema.sources import open_schema

        return open_schema(fspath(schema), None if dialect == AUTO else dialect)
    return provider_of(schema)


def _folded(names: Collection[str]) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in names)


def bind(
    lineage: ScriptLineage | StatementLineage,
    to_dataset: Callable[[TableName], Dataset | None],
    target: Dataset | None = None,
) -> Lineage:
    """``lineage`` with datasets in place of names.

    Args:
        lineage: Of a script or of one statement.
        to_dataset: The dataset a name stands for, or None for one that is left out.
        target: The dataset that the rows of a bare query go to (a dbt model's SELECT).
    """
    return bind_statements(lineage, to_dataset, target)
