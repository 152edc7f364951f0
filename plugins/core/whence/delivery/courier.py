"""Carries events to one destination, in a thread of its own that nothing ever waits for long.

Must not run in a host's process: a socket that hangs is left to the end of the process.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whence.config import Config
from whence.delivery.breaker import Breaker
from whence.delivery.cursors import EventsFile, mark, pending
from whence.delivery.rejected import park
from whence.guard import caught, guard
from whence.locks import FileLock
from whence.spool.files import iter_lines, private_folder
from whence.spool.layout import Spool
from whence.transports.destinations import Destination

if TYPE_CHECKING:
    from whence.transports.send import Outcome, Sender

IDLE_S = 1.0
TURN_S = 0.2
REQUEST_S = 5.0
LEAST_REQUEST_S = 0.05


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one courier did.

    Attributes:
        destination: Its id.
        sent: Events that the destination has taken.
        rejected: Events it refused for good: parked, or counted as lost where no room is left.
        left: Whether something is still waiting.
        reason: Why, for people.
    """

    destination: str
    sent: int = 0
    rejected: int = 0
    left: bool = False
    reason: str = ""


class Courier:
    """Sends to one destination whatever is pending, of this and of all earlier producers.

    Attributes:
        destination: Where to.
    """

    def __init__(self, config: Config, destination: Destination) -> None:
        self.destination = destination
        self._config = config
        self._spool = Spool(config.home)
        self._breaker = Breaker(self._spool.breaker(destination.id))
        self._bell = threading.Event()
        self._deadline: float | None = None
        self._patience_s = 0.0
        self._sent = 0
        self._rejected = 0
        self._slowest_s = 0.0
        self._thread = threading.Thread(target=self._run, name=destination.id, daemon=True)

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there are new events."""
        self._bell.set()

    def try_now(self) -> None:
        """Forget earlier failures: somebody has reason to think that it works again."""
        self._breaker.succeeded()

    def finish(self, timeout_s: float, patient: bool) -> None:
        """Let it end when nothing is pending, and no later than after ``timeout_s``.

        Args:
            timeout_s: Seconds from now.
            patient: True starts the time anew with every event that the destination takes.
        """
        self._patience_s = timeout_s if patient else 0.0
        self._deadline = time.monotonic() + timeout_s
        self._bell.set()

    def result(self) -> Delivery:
        """Wait for the end that `finish` set, and say what was done.

        A send that hangs is given up; it counts as a failure for the breaker.
        """
        while self._thread.is_alive() and (left_s := self._left_s()) > -TURN_S:
            self._thread.join(max(0.0, left_s) + TURN_S)
        if self._thread.is_alive():
            self._breaker.failed("no answer before the time was over", slow=True)
        left = bool(pending(self._config, self.destination.id))
        reason = self._breaker.state().reason if left else ""
        return Delivery(self.destination.id, self._sent, self._rejected, left, reason)

    def _run(self) -> None:
        with guard("delivery.courier"):
            from whence.transports.send import Sender

            sender = Sender(self.destination)
            while not self._over():
                wait = self._round(sender)
                if self._deadline is not None and (wait is None or self._too_late(wait)):
                    break
                self._bell.wait(IDLE_S if wait is None else wait)
                self._bell.clear()
            sender.close()

    def _round(self, sender: Sender) -> float | None:
        """Send what is pending; seconds until the next attempt makes sense, None: nothing left."""
        if not pending(self._config, self.destination.id):
            return None
        if (pause := self._breaker.wait_s()) > 0:
            return pause
        private_folder(self._spool.folder)
        lock = FileLock(self._spool.destination_lock(self.destination.id))
        if not lock.acquire():
            return TURN_S
        try:
            for waiting in pending(self._config, self.destination.id):
                if not self._carry(sender, waiting):
                    return self._breaker.wait_s()
        finally:
            lock.release()
        return 0.0

    def _carry(self, sender: Sender, waiting: EventsFile) -> bool:
        """Send one file's events in their order; False where the destination stops taking them.

        The cursor is written once before: where that fails, nothing is sent that would then be
        sent again and again.
        """
        mark(self._config, self.destination.id, waiting.stem, waiting.offset)
        for line, offset in iter_lines(waiting.path, waiting.offset):
            if self._over():
                return False
            started = time.monotonic()
            outcome = sender.send(line, self._request_s())
            # One slow answer counts less with each that is quick again.
            self._slowest_s = max(self._slowest_s / 2, time.monotonic() - started)
            if not self._settled(outcome, waiting, line):
                self._breaker.failed(outcome.reason, outcome.slow)
                return False
            mark(self._config, self.destination.id, waiting.stem, offset)
        return True

    def _settled(self, outcome: Outcome, waiting: EventsFile, line: bytes) -> bool:
        """Whether this event needs no further attempt."""
        from whence.transports.send import Verdict

        if outcome.verdict is Verdict.WAITING:
            return False
        if outcome.verdict is Verdict.REJECTED:
            arguments = (self._config, self.destination.id, waiting.stem, line, outcome.reason)
            if caught(park, *arguments)[1] is not None:
                return False
            self._rejected += 1
        else:
            self._sent += 1
        self._breaker.succeeded()
        if self._deadline is not None:
            self._deadline = max(self._deadline, time.monotonic() + self._patience_s)
        return True

    def _left_s(self) -> float:
        return (self._deadline or 0.0) - time.monotonic()

    def _request_s(self) -> float:
        if self._deadline is None:
            return REQUEST_S
        return min(REQUEST_S, max(self._deadline - time.monotonic(), LEAST_REQUEST_S))

    def _over(self) -> bool:
        """Whether the time is too short for one more answer: cutting it off risks a repeat."""
        return self._too_late(1.5 * self._slowest_s)

    def _too_late(self, wait: float) -> bool:
        return self._deadline is not None and time.monotonic() + wait >= self._deadline
