"""Holds Python's garbage collector back while a long text is read.

Must not leave it other than it was found, nor be used for texts of ordinary length: the
collector belongs to the whole process.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

LONG_CHARACTERS = 20_000
"""From here on it pays. A syntax tree is nothing but objects that refer to each other and stay:
the collector walks the growing tree again and again, and finds nothing. Half of the time of a
text of 100 kB is that, and the time grows faster than the text."""

_lock = threading.Lock()
_texts = 0
_was_on = False


@contextmanager
def paused_for(sql: str) -> Iterator[None]:
    """No collection within the block if ``sql`` is long, in whatever thread it is read."""
    if len(sql) < LONG_CHARACTERS:
        yield
        return
    _pause()
    try:
        yield
    finally:
        _go_on()


def _pause() -> None:
    global _texts, _was_on
    with _lock:
        if _texts == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _texts += 1


def _go_on() -> None:
    global _texts
    with _lock:
        _texts -= 1
        if _texts == 0 and _was_on:
            gc.enable()
