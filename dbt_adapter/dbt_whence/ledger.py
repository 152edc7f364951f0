"""Which invocations this machine has captured already, so that `whence dbt send` doubles nothing.

One short line an invocation; must not grow without bound.
"""

from __future__ import annotations

import os
from pathlib import Path

MAX_BYTES = 400_000


def _path(home: Path) -> Path:
    return home / "dbt-invocations"


def add(home: Path, invocation_id: str) -> None:
    """Note that the invocation was captured to its end."""
    path = _path(home)
    if path.exists() and path.stat().st_size > MAX_BYTES:
        path.replace(path.with_name("dbt-invocations.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{invocation_id}\n".encode())
    finally:
        os.close(descriptor)


def has(home: Path, invocation_id: str) -> bool:
    """Whether the invocation was captured on this machine, as far back as the ledger goes."""
    for path in (_path(home), _path(home).with_name("dbt-invocations.1")):
        if path.exists() and invocation_id in path.read_text().splitlines():
            return True
    return False
