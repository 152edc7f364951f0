"""The sidecar: translates beside a living host and finishes for a dead one.

Must not end before the producer's end or death is written down.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from whence.config import Config
from whence.guard import guard
from whence.locks import FileLock
from whence.plugins import TranslatorFactory, translator
from whence.relay.translation import Translation
from whence.spool.layout import Spool, SpoolFile
from whence.transports.enrich import enricher

TAKEOVER_S = 60.0
IDLE_S = 1.0
GATHER_S = 0.02


class Wakeup:
    """Standard input as a bell: a byte wakes, its end says that the producer let go."""

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._ended = threading.Event()
        self._parent = os.getppid()
        threading.Thread(target=self._listen, daemon=True).start()

    def wait(self, timeout_s: float) -> None:
        """Until a byte, the end, or the time-out; bytes that come together count once."""
        if self._ended.is_set():
            time.sleep(timeout_s / 10)
        elif self._rung.wait(timeout_s):
            time.sleep(GATHER_S)
            self._rung.clear()

    def orphaned(self) -> bool:
        """Whether the pipe has ended or the process that started us is no more."""
        return self._ended.is_set() or os.getppid() != self._parent

    def _listen(self) -> None:
        descriptor = sys.stdin.fileno()
        while os.read(descriptor, 4096):
            self._rung.set()
        self._ended.set()
        self._rung.set()


def follow(config: Config, captures: Path) -> None:
    """Translate ``captures`` while it grows, until its producer's end or death."""
    file = Spool(config.home).file_of(captures)
    factory = translator(file.host)
    if factory is None:
        return
    wakeup = Wakeup()
    lock = FileLock(file.relay_lock)
    # A reader may be translating what was there before we started.
    if not lock.acquire(TAKEOVER_S):
        return
    try:
        if file.captures.exists():
            with guard("relay.translate"):
                _translate(config, file, factory, wakeup)
    finally:
        lock.release()


def _translate(config: Config, file: SpoolFile, factory: TranslatorFactory, wakeup: Wakeup) -> None:
    with Translation(config, file, factory, enricher(config)) as translation:
        while not translation.ended:
            # Asked before reading, so that nothing is captured between the two.
            gone = wakeup.orphaned() and not file.is_live()
            translation.advance()
            if gone:
                translation.producer_is_gone()
            elif not translation.ended:
                wakeup.wait(IDLE_S)
        translation.finish()
