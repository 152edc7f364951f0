"""Which events go where and how far each destination has read; files are removed when all have.

Must not send anything. An events file's destinations are fixed once, by the first process that
asks: normally the sidecar, which has its host's settings.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from whence.config import Config
from whence.spool.files import complete_size, draft_of, private_folder, remove, replace_file
from whence.spool.layout import Spool, SpoolFile

LOCAL = "local"
"""The destination that the embedded store reads."""
LITTER_S = 3600.0


@dataclass(frozen=True, slots=True)
class EventsFile:
    """An events file that a destination has not read to its end.

    Attributes:
        file: With its stem.
        offset: Where to go on reading (`whence.spool.iter_lines`).
        size: Up to the last complete line.
    """

    file: SpoolFile
    offset: int
    size: int

    @property
    def stem(self) -> str:
        """The name that `mark` takes."""
        return self.file.stem

    @property
    def path(self) -> Path:
        """The events, one a line."""
        return self.file.events


def pending(config: Config, destination: str) -> list[EventsFile]:
    """What ``destination`` has still to read, oldest first.

    Whoever reads and marks holds ``Spool.destination_lock(destination)``.
    """
    spool = Spool(config.home)
    found = []
    for file in spool.translated():
        if destination not in routes(config, file):
            continue
        offset, size = read_cursor(spool, destination, file.stem), complete_size(file.events)
        if offset < size:
            found.append(EventsFile(file, offset, size))
    return found


def mark(config: Config, destination: str, stem: str, offset: int) -> None:
    """Write down that ``destination`` has everything before ``offset``, safely on disk.

    The file is removed where it was the last that was waited for.
    """
    spool = Spool(config.home)
    cursor = spool.cursor(destination, stem)
    private_folder(cursor.parent)
    _write_cursor(cursor, offset)
    sweep(spool, SpoolFile(spool.folder, stem))


def _write_cursor(path: Path, offset: int) -> None:
    """In place and of one width: one sector, so never torn, and possible on a full disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, b"%020d\n" % offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_cursor(spool: Spool, destination: str, stem: str) -> int:
    """The marked offset, 0 where there is none."""
    try:
        return int(spool.cursor(destination, stem).read_bytes())
    except (FileNotFoundError, ValueError):
        return 0


def routes(config: Config, file: SpoolFile) -> tuple[str, ...]:
    """The destinations of a file's events; fixed by this process's settings where they are not."""
    found = read_routes(file)
    if found is None:
        write_routes(file, destination_ids(config))
        found = read_routes(file)
    return found or ()


def destination_ids(config: Config) -> tuple[str, ...]:
    """Where events of this process go: its transports, or else (or also) the local store."""
    from whence.transports.destinations import destinations

    ids = tuple(destination.id for destination in destinations(config))
    return ids if ids and not config.local_store else (*ids, LOCAL)


def read_routes(file: SpoolFile) -> tuple[str, ...] | None:
    """The destinations that were fixed; None where nobody has asked yet."""
    try:
        return tuple(json.loads(file.routes.read_bytes()))
    except (FileNotFoundError, ValueError):
        return None


def write_routes(file: SpoolFile, ids: tuple[str, ...]) -> None:
    """Fix the destinations; of two processes at once, the first decides."""
    draft = draft_of(file.routes)
    replace_file(draft, json.dumps(ids).encode())
    try:
        os.link(draft, file.routes)
    except FileExistsError:
        return
    finally:
        remove(draft)


def reroute(config: Config, destination: str) -> int:
    """Let what waits for ``destination`` go where this process's settings lead; how many files.

    For a place that was wrong, or is no more. What it has taken already is not sent again.
    """
    spool = Spool(config.home)
    now = destination_ids(config)
    waiting = pending(config, destination)
    for each in waiting:
        before = routes(config, each.file)
        for name in now:
            if name not in before:
                private_folder(spool.cursor(name, each.stem).parent)
                _write_cursor(spool.cursor(name, each.stem), each.offset)
        kept = dict.fromkeys(name for name in (*before, *now) if name != destination)
        replace_file(each.file.routes, json.dumps(tuple(kept)).encode())
    remove(spool.breaker(destination))
    return len(waiting)


def sweep_all(spool: Spool) -> None:
    """`sweep` every file, and the locks of producers that died before their first record."""
    for file in list(spool.translated()):
        sweep(spool, file)
    for file in list(spool.locked()):
        nothing = not file.captures.exists() and not file.events.exists()
        if nothing and time.time() - _changed(file.lock) > LITTER_S and not file.is_live():
            remove(file.lock)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def sweep(spool: Spool, file: SpoolFile) -> bool:
    """Remove a file whose producer is gone, captures translated and destinations served."""
    if file.is_live() or file.captures.exists() or file.is_translating():
        return False
    ids, size = read_routes(file), complete_size(file.events)
    if ids is None or any(read_cursor(spool, name, file.stem) < size for name in ids):
        return False
    # The events first: without them the rest is only litter, that the next sweep removes.
    remove(file.events)
    for name in ids:
        remove(spool.cursor(name, file.stem))
    for path in (file.routes, file.relay_lock, file.lock):
        remove(path)
    return True
