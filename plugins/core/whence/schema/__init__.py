"""What is known of datasets' columns: providers that answer, and the memory between runs.

Must not parse SQL or import openlineage-python: hosts load this.
"""

from whence.schema.providers import (
    REST,
    ChainSchema,
    MappingSchema,
    RememberedSchema,
    SchemaMapping,
    SchemaProvider,
    provider_of,
)

__all__ = [
    "REST",
    "ChainSchema",
    "MappingSchema",
    "RememberedSchema",
    "SchemaMapping",
    "SchemaProvider",
    "provider_of",
]
