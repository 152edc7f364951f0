"""The store as every command opens it: with all that the spool holds brought in.

Must not answer anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from whence.config import load
from whence.errors import BadInput, UnknownName
from whence_backend import times
from whence_backend.drain import drain
from whence_backend.model import EventFilter
from whence_backend.store import Store, open_store


@contextmanager
def opened_store() -> Iterator[Store]:
    """The store of the user's settings, up to date.

    Raises:
        BadInput: A name is unknown because nothing was ever stored.
    """
    config = load()
    store = open_store(config)
    try:
        drain(config, store)
        yield store
    except UnknownName as error:
        if next(store.events(EventFilter(limit=1)), None) is not None:
            raise
        raise BadInput(
            f"{error.name!r} is unknown, for the store in {config.home} is empty: run something"
            " with an integration installed, or give events to whence ingest"
        ) from error
    finally:
        store.close()


def instant(text: str | None) -> int | None:
    """A time from the command line; None where none was given.

    A date alone is its first moment in UTC.
    """
    return None if text is None else times.parse(text)


def steps(depth: int | None) -> int | None:
    """A number of steps from the command line; None, for all, where none was given.

    Raises:
        BadInput: It is not at least 1.
    """
    if depth is not None and depth < 1:
        raise BadInput(f"--depth is {depth}; it counts steps, so give 1 or more")
    return depth
