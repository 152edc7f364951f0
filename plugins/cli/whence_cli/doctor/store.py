"""The embedded store: where it is, what it holds, and which gaps its last runs had.

Must not create a store, nor take in what waits; the backend may be absent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from whence.config import Config
from whence.errors import WhenceError
from whence_cli.doctor.section import Section

if TYPE_CHECKING:
    from whence_backend.store import Store

RECENT = 1_000
"""The last events that are looked through for gaps."""


def examine(config: Config, *, readable: bool = True) -> tuple[Section, Section]:
    """The store, and the gaps of its recent runs with the reasons.

    Args:
        config: Whose store.
        readable: False where the data folder cannot be used: then there is none.
    """
    try:
        from whence_backend.store import open_store, store_path
    except ModuleNotFoundError:
        return Section({"installed": False}), Section([])
    path = store_path(config)
    facts: dict[str, Any] = {"installed": True, "path": str(path)}
    facts["exists"] = readable and path.is_file()
    if not facts["exists"]:
        return Section(facts), Section([])
    facts["size_bytes"] = path.stat().st_size
    try:
        with closing(open_store(config)) as store:
            return _contents(store, facts)
    except (WhenceError, OSError) as error:
        return Section(facts, (f"the store cannot be read: {error}",)), Section([])


def _contents(store: Store, facts: dict[str, Any]) -> tuple[Section, Section]:
    from whence_backend.model import EventFilter, RunFilter

    last = store.runs(RunFilter(limit=1))
    facts["last_run"] = {"job": last[0].job, "state": last[0].state} if last else None
    events = (event.body for event in store.events(EventFilter(limit=RECENT)))
    return Section(facts), Section(list(_gaps(events)))


def _gaps(events: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Each gap once, with the job and how many of the recent runs had it; the latest first."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for body in events:
        if b'"whence_gaps"' not in body:
            continue
        event = json.loads(body)
        for gap in event.get("run", {}).get("facets", {}).get("whence_gaps", {}).get("gaps", []):
            key = (gap["code"], gap["reason"], gap.get("where") or "", event["job"]["name"])
            counts[key] = counts.pop(key, 0) + 1
    for (code, reason, where, job), count in reversed(counts.items()):
        yield {"code": code, "reason": reason, "where": where, "job": job, "runs": count}
