"""Holds back sqlglot's log lines while it works for us: what they say becomes a gap.

Must not change loggers for others: lines of other threads pass.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _OfOtherThreads(logging.Filter):
    """Lets pass what other threads log."""

    def __init__(self) -> None:
        """Hold back what the current thread logs."""
        super().__init__()
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self._thread


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back sqlglot's warnings of this thread within the block."""
    logger = logging.getLogger("sqlglot")
    held_back = _OfOtherThreads()
    logger.addFilter(held_back)
    try:
        yield
    finally:
        logger.removeFilter(held_back)
