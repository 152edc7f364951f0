"""The door through which dbt finds the plugin: dbt imports every module named ``dbt_*``.

Must never raise and never import what the process does not need: an error here breaks every dbt
command, so this is the one place beside the guard that catches everything.
"""

from __future__ import annotations

import os
from typing import Any

# As `whence.config` and openlineage-python read them; importing either could fail.
_DISABLING = {"WHENCE_DISABLED": ("1", "true", "yes", "on"), "OPENLINEAGE_DISABLED": ("true",)}


def _disabled() -> bool:
    return any(
        os.environ.get(name, "").strip().lower() in values for name, values in _DISABLING.items()
    )


def _report(error: Exception) -> None:
    try:
        from dbt_whence.log import to_file
        from whence.guard import report

        to_file(os.environ)
        report("dbt.import", error)
    except Exception:  # noqa: BLE001 - the guard itself may be what cannot be imported
        pass


def _plugins() -> list[type[Any]]:
    if _disabled():
        return []
    try:
        from dbt_whence.hook import WhencePlugin
    except Exception as error:  # noqa: BLE001 - dbt would end every command with this error
        _report(error)
        return []
    return [WhencePlugin]


def __getattr__(name: str) -> Any:
    """``plugins`` is found when dbt asks, so that the relay and the CLI never import dbt."""
    if name == "plugins":
        return _plugins()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
