"""Events that a backend refused for good: parked with the reason, so that the queue goes on.

Must not lose one uncounted: they stay until they are replayed or removed by hand, and above the
spool's bound the loss is written down.
"""

from __future__ import annotations

import json
from pathlib import Path

from whence.config import Config
from whence.delivery.cursors import write_routes
from whence.locks import FileLock
from whence.spool.files import append_line, iter_lines, private_folder, remove, replace_file
from whence.spool.layout import Spool, SpoolFile
from whence.spool.writer import record_drops, utc_now

LOCK_WAIT_S = 5.0


def park(config: Config, destination: str, stem: str, event: bytes, reason: str) -> None:
    """Append an event to ``rejected/<destination>.ndjson``, or count it where that has no room.

    Raises:
        OSError: It could not be kept, and so must stay in the queue.
    """
    entry = {
        "time": utc_now(),
        "destination": destination,
        "file": stem,
        "reason": reason,
        "event": event.decode(errors="surrogateescape"),
    }
    line = json.dumps(entry).encode() + b"\n"
    spool = Spool(config.home)
    path = private_folder(spool.rejected) / f"{destination}.ndjson"
    if path.exists() and path.stat().st_size + len(line) > config.spool_max_bytes:
        record_drops(spool, SpoolFile(spool.folder, stem), "rejected-bound", 1)
    else:
        append_line(path, line)


def count(spool: Spool, destination: str) -> int:
    """Events parked for one destination."""
    return sum(1 for _ in iter_lines(spool.rejected / f"{destination}.ndjson"))


def replay(config: Config, destination: str | None = None) -> int:
    """Put parked events back into the queue of their own destination; how many.

    Args:
        config: Whose spool.
        destination: Its id; None: all.
    """
    spool = Spool(config.home)
    if not spool.rejected.is_dir():
        return 0
    names = sorted(path.name for path in spool.rejected.glob("*.ndjson"))
    chosen = [name for name in names if destination in (None, name.removesuffix(".ndjson"))]
    return sum(_put_back(spool, spool.rejected / name) for name in chosen)


def _put_back(spool: Spool, path: Path) -> int:
    """A new events file with the parked ones; its destination stands before it is seen.

    The parked file goes last, under the lock that whoever parks holds too: a death in between
    only sends them twice, which changes nothing.
    """
    destination = path.name.removesuffix(".ndjson")
    lock = FileLock(spool.destination_lock(destination))
    if not lock.acquire(LOCK_WAIT_S):
        return 0
    try:
        lines = [line for line, _ in iter_lines(path)]
        events = [event for event in map(_event, lines) if event is not None]
        file = spool.new_file("replay")
        write_routes(file, (destination,))
        replace_file(file.events, b"".join(event + b"\n" for event in events))
        broken = [line for line in lines if _event(line) is None]
        if broken:
            replace_file(path, b"".join(line + b"\n" for line in broken))
        else:
            remove(path)
    finally:
        lock.release()
    return len(events)


def _event(line: bytes) -> bytes | None:
    """The event of a parked line; None where the line is broken, and so stays."""
    try:
        event: str = json.loads(line)["event"]
    except (ValueError, KeyError, TypeError):
        return None
    return event.encode(errors="surrogateescape")
