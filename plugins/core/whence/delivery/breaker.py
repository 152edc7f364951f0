"""The circuit breaker of a destination, shared by all processes of a machine through a file.

Must not wait itself: it says for how long.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from whence.guard import caught
from whence.spool.files import private_folder, remove, replace_file

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
OPENS_AT = 3
SLOW_COUNTS = 6
"""A time-out weighs as many quick failures, for it costs seconds: the pause is 3 s."""


@dataclass(frozen=True, slots=True)
class BreakerState:
    """What is known of a destination that failed.

    Attributes:
        failures: In a row, by any process; 0 where the last send went well.
        since: Unix time of the first of them.
        retry_at: Unix time before which nobody tries.
        reason: The last failure, for people.
    """

    failures: int = 0
    since: float = 0.0
    retry_at: float = 0.0
    reason: str = ""

    @property
    def word(self) -> str:
        """``closed``, ``open`` or ``half-open``."""
        if self.failures < OPENS_AT:
            return "closed"
        return "open" if wait_s(self) > 0 else "half-open"


class Breaker:
    """Remembers failures; after each, the pause before the next attempt doubles.

    One process at a time holds the destination's lock, so that one attempt is made when the
    pause is over, not one a process.
    """

    def __init__(self, path: Path) -> None:
        """Take the state's file from `whence.spool.Spool.breaker`."""
        self._path = path

    def state(self) -> BreakerState:
        """As the last process left it."""
        try:
            return BreakerState(**json.loads(self._path.read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return BreakerState()

    def wait_s(self) -> float:
        """Seconds until an attempt is allowed; 0: now."""
        return wait_s(self.state())

    def failed(self, reason: str, slow: bool = False) -> None:
        """Count a failure; where the disk is full, only this attempt is lost."""
        before, now = self.state(), time.time()
        failures = before.failures + (SLOW_COUNTS if slow else 1)
        pause = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 20), LONGEST_PAUSE_S)
        state = BreakerState(failures, before.since or now, now + pause, reason)
        caught(self._write, state)

    def succeeded(self) -> None:
        """Close."""
        remove(self._path)

    def _write(self, state: BreakerState) -> None:
        private_folder(self._path.parent)
        replace_file(self._path, json.dumps(asdict(state)).encode())


def wait_s(state: BreakerState) -> float:
    """Seconds until an attempt is allowed; a clock set back does not lengthen it."""
    left = state.retry_at - time.time()
    return left if 0 < left <= LONGEST_PAUSE_S else 0.0
