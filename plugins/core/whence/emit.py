"""Hands events to the spool from a thread of its own: for hosts that must not wait for a disk.

Must not send anything (the relay does), nor keep the host's process alive.
"""

from __future__ import annotations

import queue
import threading
import time

from whence.config import Config
from whence.guard import guard
from whence.spool import EventWriter

QUEUE_SIZE = 1_000
_END = b""


class Emitter:
    """A bounded queue before an events file.

    Attributes:
        dropped: Events lost because the queue was full or the emitter closed; what the disk
            refused is counted by the file (`whence.spool.EventWriter.dropped`).
    """

    def __init__(self, config: Config, host: str, size: int = QUEUE_SIZE) -> None:
        """Open the file and start the thread.

        Args:
            config: Whose spool.
            host: The integration, e.g. ``airflow``.
            size: Events that may wait.
        """
        self.dropped = 0
        self._queue: queue.Queue[bytes] = queue.Queue(size)
        self._config = config
        self._host = host
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="whence-emit", daemon=True)
        self._thread.start()

    def emit(self, event: bytes) -> bool:
        """Whether ``event`` is taken; never blocks.

        Args:
            event: Canonical JSON without a newline (`whence.events.canonical`).
        """
        if not self._closed:
            try:
                self._queue.put_nowait(event)
            except queue.Full:
                pass
            else:
                return True
        self.dropped += 1
        return False

    def close(self, timeout_s: float) -> bool:
        """Write what waits and end; whether all of it was written within ``timeout_s``."""
        self._closed = True
        until = time.monotonic() + timeout_s
        try:
            self._queue.put(_END, timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()

    def _run(self) -> None:
        with guard("emit"):
            writer = EventWriter.open(self._config, self._host)
            try:
                while event := self._queue.get():
                    with guard("emit"):
                        writer.append(event)
            finally:
                writer.close()
