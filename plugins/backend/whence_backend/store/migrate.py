"""Brings a store's file to the version this code writes, by numbered alembic migrations.

Must not be imported while the file is at that version: alembic costs half a second.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig


def migrate(path: Path, target: str) -> None:
    """Run what is missing up to revision ``target``; the caller holds the store's lock.

    Raises:
        sqlite3.DatabaseError: The file does not take it; the store is as it was.
    """
    settings = AlembicConfig()
    folder = Path(__file__).resolve().parent.parent / "migrations"
    settings.set_main_option("script_location", str(folder).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["path"] = path
    command.upgrade(settings, target)
