"""What is known of datasets' columns: providers that answer, and the memory between runs.

Must not parse SQL or import openlineage-python: hosts load this.
"""

from whence.schema.memory import Known, Origin, SchemaMemory
from whence.schema.providers import (
    ChainProvider,
    MappingProvider,
    MemoryProvider,
    SchemaProvider,
    TableLike,
)

__all__ = [
    "ChainProvider",
    "Known",
    "MappingProvider",
    "MemoryProvider",
    "Origin",
    "SchemaMemory",
    "SchemaProvider",
    "TableLike",
]
