"""Column lineage of SQL text in any dialect.

Light to import; sqlglot is loaded by the first call of `extract`.
"""

from whence.sql.api import Limits, bind, extract
from whence.sql.results import (
    ExpressionText,
    Indirect,
    OutputColumn,
    ScriptLineage,
    SourceColumn,
    StatementLineage,
    TableName,
)
from whence.sql.schema import MappingSchema, SchemaProvider

__all__ = [
    "ExpressionText",
    "Indirect",
    "Limits",
    "MappingSchema",
    "OutputColumn",
    "SchemaProvider",
    "ScriptLineage",
    "SourceColumn",
    "StatementLineage",
    "TableName",
    "bind",
    "extract",
]
