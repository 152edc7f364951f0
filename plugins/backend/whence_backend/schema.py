"""What the embedded store knows of tables' columns, for SQL that names them.

Must not create a store, nor write to one.
"""

from __future__ import annotations

from whence.config import load
from whence.model import Field
from whence.sql.results import TableName
from whence_backend.store import Store, open_store, store_path


class StoreSchema:
    """Columns as the stored events told them last.

    Attributes:
        local: Answers come from a file.
    """

    local = True

    def __init__(self, store: Store) -> None:
        """Ask ``store``."""
        self._store = store

    def columns(self, table: TableName) -> tuple[Field, ...] | None:
        return self._store.columns(".".join(table.parts))


def provider(source: str | None) -> StoreSchema | None:
    """What the entry point ``whence.schema_providers: backend`` names.

    Args:
        source: A file that a user named, which is never the store's; None for the store of the
            user's settings.
    """
    if source is not None:
        return None
    config = load()
    return StoreSchema(open_store(config)) if store_path(config).is_file() else None
