"""Column lineage of SQL text in any dialect.

Light to import; sqlglot is loaded by the first call of `lineage` or `extract`.
"""

from whence.schema.providers import MappingSchema, SchemaProvider
from whence.sql.api import AUTO, Limits, bind, extract, lineage
from whence.sql.results import (
    Derivation,
    ExpressionText,
    Indirect,
    OutputColumn,
    ScriptLineage,
    SourceColumn,
    StatementLineage,
    TableChange,
    TableName,
    TextSpan,
)
from whence.sql.session import Session

__all__ = [
    "AUTO",
    "Derivation",
    "ExpressionText",
    "Indirect",
    "Limits",
    "MappingSchema",
    "OutputColumn",
    "SchemaProvider",
    "ScriptLineage",
    "Session",
    "SourceColumn",
    "StatementLineage",
    "TableChange",
    "TableName",
    "TextSpan",
    "bind",
    "extract",
    "lineage",
]
