"""Events that a backend refused for good: parked with the reason, so that the queue goes on.

Must not lose one uncounted: they stay until they are replayed or removed by hand, and above the
spool's bound the loss is written down.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from whence.config import Config
from whence.delivery.cursors import write_routes
from whence.spool.files import append_line, iter_lines, private_folder, remove, replace_file
from whence.spool.layout import Spool, SpoolFile
from whence.spool.writer import record_drops, utc_now


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
    """A new events file with the parked ones; its destination stands before it is seen."""
    taken = path.with_name(f".{path.name}.{os.getpid()}")
    os.replace(path, taken)
    events = [_event(line) for line, _ in iter_lines(taken)]
    file = spool.new_file("replay")
    write_routes(file, (path.name.removesuffix(".ndjson"),))
    replace_file(file.events, b"".join(event + b"\n" for event in events))
    remove(taken)
    return len(events)


def _event(line: bytes) -> bytes:
    event: str = json.loads(line)["event"]
    return event.encode(errors="surrogateescape")
