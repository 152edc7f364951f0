"""The store as every command opens it: with all that the spool holds brought in.

Must not answer anything itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from whence.config import Config, load
from whence.errors import BadInput, UnknownName
from whence.transports.configured import is_configured
from whence_backend import times
from whence_backend.drain import drain
from whence_backend.model import EventFilter
from whence_backend.store import FullDisk, Store, open_store
from whence_cli import render


@contextmanager
def opened_store() -> Iterator[Store]:
    """The store of the user's settings, up to date.

    Raises:
        BadInput: A name is unknown because nothing was ever stored.
    """
    config = load()
    store = open_store(config)
    try:
        if left := _brought_up(config, store):
            render.note(f"whence: {left}; this answer is without what waits in the spool")
        yield store
    except UnknownName as error:
        if next(store.events(EventFilter(limit=1)), None) is not None:
            raise
        raise BadInput(f"{error.name!r} is unknown, for {nothing_stored(config)}") from error
    finally:
        store.close()


def _brought_up(config: Config, store: Store) -> str:
    """Bring in what the spool holds; why it was not, or ""."""
    if store.read_only:
        return f"{config.home} cannot be written"
    try:
        busy = drain(config, store).busy
    except FullDisk as error:
        return str(error)
    return "another process is still taking it in" if busy else ""


def nothing_stored(config: Config) -> str:
    """Why the store is empty, and the way out; to follow "for" or a colon."""
    if is_configured(config.environ) and not config.local_store:
        return (
            f"the store in {config.home} is empty: events go to the transport that OpenLineage's"
            " settings name; WHENCE_LOCAL_STORE=true keeps them here too"
        )
    return (
        f"the store in {config.home} is empty: run something with an integration installed,"
        " or give events to whence ingest"
    )


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
