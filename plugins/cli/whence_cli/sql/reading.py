"""How texts are read and each one's answer: from a source to its lineage.

Must not print; `whence_cli.sql.showing` does.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone

from whence.config import load
from whence.errors import BadInput, WhenceError
from whence.guard import attempt
from whence.model import Dataset, Lineage
from whence.schema.providers import SchemaMapping, SchemaProvider
from whence.sql import (
    AUTO,
    Limits,
    ScriptLineage,
    TableName,
    bind,
    extract,
    lineage,
)
from whence_cli.sql.project import dialect_near
from whence_cli.sql.sources import Source


@dataclass(frozen=True, slots=True)
class Reading:
    """How text is to be read.

    Attributes:
        dialect: sqlglot's name of it, ``auto``, or None for generic SQL.
        schema: The known columns, or None.
        catalog: Put in front of names that have none, or None.
        database: The schema put in front of bare names, or None.
        namespace: Of datasets and jobs.
        masking: Functions that hide their arguments, beside those that are known to.
        encoding: Of files, or None for UTF-8 or what a byte order mark says.
    """

    dialect: str | None = None
    schema: SchemaProvider | SchemaMapping | None = None
    catalog: str | None = None
    database: str | None = None
    namespace: str = "default"
    masking: tuple[str, ...] = ()
    encoding: str | None = None
    limits: Limits = field(default_factory=lambda: Limits(load(os.environ).sql_max_bytes))

    def check(self) -> None:
        """Raise `UnknownDialect` where the dialect is none, before anything is read."""
        lineage("", dialect=self.dialect)

    def lineage(
        self, sql: str, source: Source | None = None, derive: bool = False
    ) -> ScriptLineage:
        """The lineage of ``sql``.

        Args:
            sql: The text.
            source: Where it is from; settings of the project around help to guess the dialect.
            derive: Whether the expressions on the way are asked for too.
        """
        path = None if source is None or self.dialect != AUTO else source.path
        return lineage(
            sql,
            dialect=self.dialect,
            schema=self.schema,
            default_catalog=self.catalog,
            default_schema=self.database,
            limits=self.limits,
            masking=self.masking,
            derivations=derive,
            remember=False,  # each text is read once
            prefer=None if path is None else dialect_near(path),
        )

    def extract(self, sql: str) -> ScriptLineage:
        """The lineage of ``sql``; a dialect that is none is a gap of it."""
        if self.dialect == AUTO:
            return self.lineage(sql)
        return extract(
            sql,
            dialect=self.dialect,
            schema=self.schema,
            default_catalog=self.catalog,
            default_schema=self.database,
            limits=self.limits,
            masking=self.masking,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one text.

    Attributes:
        source: Where it is from.
        sql: The text.
        script: Its lineage.
        namespace: Of its datasets.
    """

    source: Source
    sql: str
    script: ScriptLineage
    namespace: str

    def bound(self, target: str | None = None) -> Lineage:
        """With datasets for names; ``target`` names the result of a bare query, if it is kept."""
        whole = None if target is None else Dataset(self.namespace, target)

        def dataset(name: TableName) -> Dataset:
            return Dataset(self.namespace, str(name))

        bare = any(
            column.dataset is None for each in self.script.statements for column in each.columns
        )
        return bind(self.script, dataset, whole if bare else None)

    def time(self) -> str:
        """Since when this is its text: the file's own time, or now where there is no file."""
        path = self.source.path
        at = time.time() if path is None else path.stat().st_mtime
        return datetime.fromtimestamp(at, timezone.utc).isoformat().replace("+00:00", "Z")


def answer(source: Source, reading: Reading, derive: bool) -> Answer | Exception:
    """The answer for one text, or why there is none; what goes wrong in one harms no other."""
    try:
        sql = source.read(reading.encoding)
    except BadInput as error:
        return error
    script, failure = attempt("cli.sql", reading.lineage, sql, source, derive)
    if script is None:
        return failure or WhenceError(f"{source.name} has no answer")
    return Answer(source, sql, script, reading.namespace)
