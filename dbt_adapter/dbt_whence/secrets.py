"""The secrets that dbt itself knows: variables with secret names, ``DBT_ENV_SECRET_*``.

Must not write them down: they are taken out of texts before these are captured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from whence.redact import MIN_SECRET, hide, secret_values

PREFIX = "DBT_ENV_SECRET"

TEXTS = frozenset(("sql", "raw_code", "message", "response", "arguments"))
"""The parts of captures that hold rendered text."""


def known(environ: Mapping[str, str], *variables: Mapping[str, Any]) -> tuple[str, ...]:
    """The secrets among dbt's variables and the environment's.

    Args:
        environ: Of the process.
        variables: Those of the command line and those of the project.
    """
    found = {value for name, value in environ.items() if name.startswith(PREFIX)}
    for each in variables:
        found.update(secret_values(each))
    return tuple(sorted((each for each in found if len(each) >= MIN_SECRET), key=len, reverse=True))


def without(payload: dict[str, Any], secrets: tuple[str, ...]) -> dict[str, Any]:
    """A capture's payload without ``secrets`` in its texts."""
    if not secrets:
        return payload
    return {
        key: _hidden(value, secrets) if key in TEXTS else value for key, value in payload.items()
    }


def _hidden(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return hide(value, secrets)
    if isinstance(value, dict):
        return {key: _hidden(each, secrets) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hidden(each, secrets) for each in value]
    return value
