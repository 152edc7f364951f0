"""The store as every command opens it: with all that the spool holds brought in.

Must not answer anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from whence.config import load
from whence_backend import times
from whence_backend.drain import drain
from whence_backend.store import Store, open_store


@contextmanager
def opened_store() -> Iterator[Store]:
    """The store of the user's settings, up to date."""
    config = load()
    store = open_store(config)
    try:
        drain(config, store)
        yield store
    finally:
        store.close()


def instant(text: str | None) -> int | None:
    """A time from the command line; None where none was given.

    A date alone is its first moment in UTC.
    """
    return None if text is None else times.parse(text)
