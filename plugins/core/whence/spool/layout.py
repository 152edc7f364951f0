"""Where everything in the spool lies, and how a spool file is named.

Must not read or write the files' content.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from whence.locks import is_locked

CAPTURES = ".captures.ndjson"
EVENTS = ".events.ndjson"
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """The files of one producer: one stem, several endings.

    Attributes:
        folder: The spool's folder.
        stem: ``<host>-<utc time>-<pid>-<6 hex>``.
    """

    folder: Path
    stem: str

    @property
    def captures(self) -> Path:
        """What the host appends; removed when all of it is translated."""
        return self.folder / f"{self.stem}{CAPTURES}"

    @property
    def events(self) -> Path:
        """OpenLineage events, one a line; removed when every destination has them."""
        return self.folder / f"{self.stem}{EVENTS}"

    @property
    def lock(self) -> Path:
        """Held by the producer while it lives."""
        return self.folder / f"{self.stem}{LOCK}"

    @property
    def relay_lock(self) -> Path:
        """Held by the one process that translates the captures."""
        return self.folder / f"{self.stem}.relay.lock"

    @property
    def routes(self) -> Path:
        """The destinations of these events, fixed when the first process asks."""
        return self.folder / f"{self.stem}.routes.json"

    @property
    def host(self) -> str:
        """The integration that produced it, e.g. ``dbt``."""
        return self.stem.rsplit("-", 3)[0]

    @property
    def pid(self) -> int:
        """The producer's process id, as it was on its machine."""
        return int(self.stem.rsplit("-", 3)[2])

    @property
    def order(self) -> list[str]:
        """Sorts by age, oldest first, whichever the host."""
        return self.stem.rsplit("-", 3)[1:]

    def is_live(self) -> bool:
        """Whether the producer may still append."""
        return is_locked(self.lock)

    def is_translating(self) -> bool:
        """Whether some process is translating the captures now."""
        return is_locked(self.relay_lock)


@dataclass(frozen=True, slots=True)
class Spool:
    """The spool under one home.

    Attributes:
        home: ``Config.home``.
    """

    home: Path

    @property
    def folder(self) -> Path:
        """Where the producers' files lie."""
        return self.home / "spool"

    @property
    def drops(self) -> Path:
        """One line a loss: what could not be kept, why and how many."""
        return self.folder / "drops.ndjson"

    @property
    def rejected(self) -> Path:
        """Folder of events that a backend refused for good, one file a destination."""
        return self.folder / "rejected"

    def cursor(self, destination: str, stem: str) -> Path:
        """How far ``destination`` has read the events of ``stem``."""
        return self.folder / "cursors" / destination / stem

    def destination_lock(self, destination: str) -> Path:
        """Held by the one process that drains to ``destination``."""
        return self.folder / f"{destination}.lock"

    def breaker(self, destination: str) -> Path:
        """State of the circuit breaker that all processes share."""
        return self.home / "breaker" / f"{destination}.json"

    def new_file(self, host: str) -> SpoolFile:
        """A name no other producer has."""
        now = time.time()
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(now)) + f"{int(now * 1e6) % 10**6:06d}Z"
        return SpoolFile(self.folder, f"{host}-{stamp}-{os.getpid()}-{os.urandom(3).hex()}")

    def file_of(self, path: Path) -> SpoolFile:
        """The spool file that a captures or events path belongs to."""
        return SpoolFile(path.parent, path.name.removesuffix(CAPTURES).removesuffix(EVENTS))

    def captured(self) -> Iterator[SpoolFile]:
        """Files with captures that are not all translated yet, oldest first."""
        return self._ending(CAPTURES)

    def translated(self) -> Iterator[SpoolFile]:
        """Files with events that some destination may still need, oldest first."""
        return self._ending(EVENTS)

    def locked(self) -> Iterator[SpoolFile]:
        """Files with a producer's lock, held or not; destinations' locks are not among them."""
        for file in self._ending(LOCK):
            if not file.stem.endswith(".relay"):
                yield file

    def size(self) -> int:
        """Bytes in the spool's folder itself: captures and events, no counts, no parked ones."""
        total = 0
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.endswith(".ndjson") and entry.name != self.drops.name:
                    total += _size(entry)
        return total

    def _ending(self, ending: str) -> Iterator[SpoolFile]:
        if not self.folder.is_dir():
            return
        for name in sorted(os.listdir(self.folder), key=_age):
            stem = name.removesuffix(ending)
            if stem != name and stem.count("-") >= 3:
                yield SpoolFile(self.folder, stem)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        return 0


def _age(name: str) -> list[str]:
    return name.rsplit("-", 3)[1:]
