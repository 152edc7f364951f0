"""What went wrong on our side: the errors that were swallowed, the records that were dropped.

Must not fail over a torn or foreign line: those are counted and passed over.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whence_cli.doctor.section import Section

SHOWN = 5


def errors(home: Path) -> Section:
    """The swallowed errors: how many of each kind, and the last ones.

    Args:
        home: The data folder.
    """
    path = home / "errors.ndjson"
    found = list(read(path))
    kinds = Counter(f"{entry.get('where')}: {entry.get('error')}" for entry in found)
    last = [
        {key: entry.get(key) for key in ("time", "where", "error", "message")}
        for entry in found[-SHOWN:]
    ]
    facts = {"count": len(found), "kinds": dict(kinds.most_common()), "last": last}
    return Section(facts, tuple(_problems(path, found)))


def _problems(path: Path, found: list[dict[str, Any]]) -> Iterator[str]:
    if found:
        last = f"the last at {found[-1].get('time')} in {found[-1].get('where')}"
        way_out = f"{path} has them in full; delete it when they are dealt with"
        yield f"{len(found)} errors were swallowed, {last}: {way_out}"


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of an NDJSON file; none where there is no file."""
    if not path.is_file():
        return
    with path.open("rb") as stream:
        for line in stream:
            try:
                value = json.loads(line)
            except ValueError:
                continue
            if isinstance(value, dict):
                yield value
