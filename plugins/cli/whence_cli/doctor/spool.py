"""What waits in the spool, what was lost on the way, and which errors were swallowed.

Must not deliver or translate anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whence.config import Config
from whence.delivery import EMPTY, DestinationStatus, Status, status
from whence.delivery.cursors import destination_ids
from whence.locks import is_locked
from whence.spool import Spool
from whence_cli.doctor.section import Section

SHOWN = 5


def examine(config: Config, *, readable: bool = True) -> tuple[Section, Section]:
    """The spool, and the swallowed errors; both empty where the data folder cannot be used."""
    now = status(config) if readable else EMPTY
    return _spool(config, now), _errors(config, now)


def _spool(config: Config, now: Status) -> Section:
    facts = {
        "path": str(Spool(config.home).folder),
        "pending": now.pending,
        "dropped": sum(now.dropped.values()),
        "dropped_by_reason": now.dropped,
        "rejected": sum(place.rejected for place in now.destinations),
        "untranslated": sum(now.untranslated.values()),
        "live": list(now.live),
        "size_bytes": now.size_bytes,
        "max_bytes": config.spool_max_bytes,
        "destinations": [_destination(config, place) for place in now.destinations],
    }
    return Section(facts, tuple(_losses(config, now)))


def _destination(config: Config, place: DestinationStatus) -> dict[str, Any]:
    return {
        "id": place.id,
        "pending": place.pending,
        "rejected": place.rejected,
        "breaker": place.breaker.word,
        "draining": is_locked(Spool(config.home).destination_lock(place.id)),
    }


def _losses(config: Config, now: Status) -> Iterator[str]:
    for reason, count in now.dropped.items():
        path = Spool(config.home).drops
        yield (
            f"{count} records were dropped ({reason}): {path} tells when;"
            " delete it when that is dealt with"
        )
    for place in now.destinations:
        if place.rejected:
            parked = Spool(config.home).rejected / f"{place.id}.ndjson"
            yield f"{place.id} refused {place.rejected} events: {parked} has them with the reasons"
        if place.breaker.word != "closed":
            yield (
                f"sending to {place.id} is paused after failures, {place.pending} events wait: "
                f"{place.breaker.reason}{_way_out(config, place)}"
            )


def _way_out(config: Config, place: DestinationStatus) -> str:
    """What to do about a destination that the settings no longer name."""
    if place.id in destination_ids(config):
        return ""
    return (
        "; the settings no longer name it: set them back, or send what waits where they lead now: "
        f"python -m whence.relay --drain --reroute {place.id}"
    )


def _errors(config: Config, now: Status) -> Section:
    """The last swallowed errors; `Status` holds a bounded number of them."""
    path = config.home / "errors.ndjson"
    last = [
        {key: entry.get(key) for key in ("time", "where", "error", "message")}
        for entry in now.errors[-SHOWN:]
    ]
    facts = {"path": str(path), "count": len(now.errors), "last": last}
    if not now.errors:
        return Section(facts)
    newest = now.errors[-1]
    said = f"the last at {newest.get('time')} in {newest.get('where')}: {newest.get('message')}"
    way_out = f"{path} has them in full; delete it when they are dealt with"
    return Section(facts, (f"errors were swallowed, {said}; {way_out}",))
