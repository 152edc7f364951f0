"""What ``whence doctor`` shows of the spool: what waits, what was lost, who is alive.

Must not change anything, nor import openlineage.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whence.config import Config
from whence.delivery import rejected
from whence.delivery.breaker import Breaker, BreakerState
from whence.delivery.cursors import read_cursor, read_routes
from whence.spool.files import iter_lines
from whence.spool.layout import Spool, SpoolFile

ERRORS = 20


@dataclass(frozen=True, slots=True)
class DestinationStatus:
    """One destination.

    Attributes:
        id: ``local``, or kind and hash of a transport's place.
        pending: Events it has not taken yet.
        rejected: Events it refused for good, parked.
        breaker: ``state`` is ``closed``, ``open`` or ``half-open``; ``reason`` the last failure.
    """

    id: str
    pending: int
    rejected: int
    breaker: BreakerState


@dataclass(frozen=True, slots=True)
class Status:
    """The spool at one moment.

    Attributes:
        destinations: Everything that events wait for, were refused by, or cannot reach.
        unassigned: Events whose destinations nobody has asked for yet.
        untranslated: Captures files that are not events yet, by stem: their captures.
        live: Stems of producers that are running.
        size_bytes: Of the spool.
        dropped: Losses by reason.
        errors: The last swallowed errors, oldest first, as in ``errors.ndjson``.
    """

    destinations: tuple[DestinationStatus, ...]
    unassigned: int
    untranslated: dict[str, int]
    live: tuple[str, ...]
    size_bytes: int
    dropped: dict[str, int]
    errors: tuple[dict[str, Any], ...]

    @property
    def pending(self) -> int:
        """Deliveries still to be made, over all destinations."""
        return self.unassigned + sum(place.pending for place in self.destinations)


EMPTY = Status((), 0, {}, (), 0, {}, ())
"""Of a spool that does not exist."""


def status(config: Config) -> Status:
    """Count everything under ``config.home``; a home that does not exist is an empty one."""
    spool = Spool(config.home)
    counts: Counter[str | None] = Counter()
    for file in spool.translated():
        for name in _routes(file):
            counts[name] += _left(spool, file, name)
    untranslated = {file.stem: _lines(file.captures) for file in spool.captured()}
    files = {file.stem: file for file in (*spool.captured(), *spool.translated())}
    return Status(
        destinations=tuple(
            _destination(spool, name, counts[name]) for name in _known(spool, counts)
        ),
        unassigned=counts[None],
        untranslated=untranslated,
        live=tuple(stem for stem, file in files.items() if file.is_live()),
        size_bytes=spool.size() if spool.folder.is_dir() else 0,
        dropped=_drops(spool.drops),
        errors=tuple(_objects(config.home / "errors.ndjson")[-ERRORS:]),
    )


def _routes(file: SpoolFile) -> tuple[str | None, ...]:
    found = read_routes(file)
    return (None,) if found is None else found


def _left(spool: Spool, file: SpoolFile, destination: str | None) -> int:
    offset = 0 if destination is None else read_cursor(spool, destination, file.stem)
    return _lines(file.events, offset)


def _lines(path: Path, offset: int = 0) -> int:
    return sum(1 for _ in iter_lines(path, offset))


def _known(spool: Spool, counts: Counter[str | None]) -> list[str]:
    refused = {path.stem for path in spool.rejected.glob("*.ndjson")}
    broken = {path.stem for path in spool.breaker("x").parent.glob("*.json")}
    return sorted({name for name in counts if name is not None} | refused | broken)


def _destination(spool: Spool, name: str, waiting: int) -> DestinationStatus:
    state = Breaker(spool.breaker(name)).state()
    return DestinationStatus(name, waiting, rejected.count(spool, name), state)


def _drops(path: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for entry in _objects(path):
        counts[str(entry.get("reason"))] += int(entry.get("count", 0))
    return dict(counts)


def _objects(path: Path) -> list[dict[str, Any]]:
    """The lines that are JSON objects; a torn one is left out."""
    found = []
    for line, _ in iter_lines(path):
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
