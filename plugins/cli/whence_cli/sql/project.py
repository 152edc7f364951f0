"""The dialect that the settings of a project name: those of sqlfluff and of dbt.

Reads the folders above a file; must not load what it finds as a program.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

HEAD_BYTES = 16_000
"""How much of a dbt manifest is read: its metadata stands first."""

_SETTINGS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (".sqlfluff", re.compile(r"^\s*dialect\s*=\s*(\w+)", re.MULTILINE)),
    (
        "pyproject.toml",
        re.compile(r"^\[tool\.sqlfluff\.core\][^\[]*?^dialect\s*=\s*\"(\w+)\"", re.M),
    ),
    ("setup.cfg", re.compile(r"^\[sqlfluff\][^\[]*?^dialect\s*=\s*(\w+)", re.MULTILINE)),
    ("target/manifest.json", re.compile(r'"adapter_type":\s*"(\w+)"')),
)


def dialect_near(file: Path) -> str | None:
    """What the nearest folder with such settings says of the files in it, or None."""
    folder = file.absolute().parent
    return next(filter(None, map(_said, (folder, *folder.parents))), None)


@lru_cache(maxsize=4096)
def _said(folder: Path) -> str | None:
    for name, pattern in _SETTINGS:
        try:
            with (folder / name).open("rb") as stream:
                head = stream.read(HEAD_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        found = pattern.search(head)
        if found:
            return found[1]
    return None
