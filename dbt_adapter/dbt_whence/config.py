"""The settings that only dbt's process knows: which commands are listened to, who runs them.

Must not read files; what all integrations share is `whence.config`.
"""

from __future__ import annotations

import getpass
import platform

from whence.config import Config

COMMANDS = frozenset(
    (
        "build",
        "run",
        "test",
        "seed",
        "snapshot",
        "retry",
        "clone",
        "freshness",
        "source freshness",
        "run-operation",
    )
)
"""dbt's own names of the commands that read or write data."""


def owner(config: Config) -> dict[str, str]:
    """Who runs dbt and where; empty when switched off."""
    if not config.owner_facet:
        return {}
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    return {key: value for key, value in (("user", user), ("host", platform.node())) if value}
