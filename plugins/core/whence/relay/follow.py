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
from whence.delivery.couriers import Couriers
from whence.delivery.cursors import sweep_all
from whence.guard import guard
from whence.locks import FileLock
from whence.plugins import translator
from whence.relay.leftovers import drain
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
    """Translate ``captures`` while it grows until its producer's end or death, and send.

    What earlier runs left is translated and sent too. The process goes on as long as every
    ``config.flush_timeout_s`` a destination takes an event; nobody waits for it.
    """
    wakeup = Wakeup()
    couriers = Couriers(config)
    couriers.start()
    with guard("relay.translate"):
        _translate(config, Spool(config.home).file_of(captures), wakeup, couriers)
    with guard("relay.leftovers"):
        drain(config, 0.0, only_dead=True)
    couriers.finish(config.flush_timeout_s, patient=True)
    sweep_all(Spool(config.home))


def _translate(config: Config, file: SpoolFile, wakeup: Wakeup, couriers: Couriers) -> None:
    factory = translator(file.host)
    lock = FileLock(file.relay_lock)
    # A reader may be translating what was there before we started.
    if factory is None or not lock.acquire(TAKEOVER_S):
        return
    try:
        if file.captures.exists():
            with Translation(config, file, factory, enricher(config)) as translation:
                _keep_up(translation, file, wakeup, couriers)
    finally:
        lock.release()


def _keep_up(translation: Translation, file: SpoolFile, wakeup: Wakeup, couriers: Couriers) -> None:
    while not translation.ended:
        # Asked before reading, so that nothing is captured between the two.
        gone = wakeup.orphaned() and not file.is_live()
        if translation.advance():
            couriers.wake()
        if gone:
            translation.producer_is_gone()
        elif not translation.ended:
            wakeup.wait(IDLE_S)
    translation.finish()
