"""What naming reads: the fields of a connection under their many names, and a table's parts.

Must not keep secrets: only the fields that name a system are ever looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name in parts, each "" where it has none."""

    database: str
    schema: str
    table: str

    @property
    def dotted(self) -> str:
        """The parts that there are, joined by dots."""
        return ".".join(part for part in (self.database, self.schema, self.table) if part)


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection's fields.

    Attributes:
        type: The scheme of generic names.
        fields: As dbt's profiles and Airflow's connections call them.
        cwd: The folder that relative paths start from; "" for this process's own.
        default_port: The port where none is given; "" for none.
    """

    type: str
    fields: Mapping[str, object]
    cwd: str = ""
    default_port: str = ""

    def text(self, *names: str) -> str:
        """The first of the fields that is there and not empty, as text; else ""."""
        for name in names:
            value = self.fields.get(name)
            if value is None or isinstance(value, (dict, list, tuple)):
                continue
            if text := str(value).strip():
                return text
        return ""

    def called(self, type: str, default_port: str = "") -> Connection:
        """The same connection under another scheme and with a default port."""
        return replace(self, type=type, default_port=default_port)

    def port(self, default: str) -> str:
        """The port, which SQL Server's clients also write ``host,1433``."""
        written = self.text("host", "server").partition(",")[2].strip()
        return self.text("port") or written or default

    @property
    def host(self) -> str:
        """The host without scheme, credentials, port or path; "" where there is none."""
        text = self.text("host", "server", "software_host", "hostname", "endpoint")
        text = re.sub(r"^[A-Za-z][A-Za-z0-9+.-]*://", "", text).partition("/")[0].rpartition("@")[2]
        return re.sub(r"(?:,|(?<!:):)\s*\d+$", "", text)

    @property
    def database(self) -> str:
        """The database that the connection opens."""
        return self.text("database", "dbname", "catalog", "project")
