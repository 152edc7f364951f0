"""Run ids and event digests: the same input always yields the same id.

Must not ask for the time or for randomness; instants and names come in as arguments.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from whence.errors import BadInput


def run_id(instant: datetime, name: str) -> str:
    """The UUIDv7 of a run, by openlineage-python's own formula (``generate_static_uuid``).

    openlineage-python is imported by the call (0.4 s), so hosts call this in the relay only.

    Args:
        instant: When the run started, with a time zone; ids sort by it, to the millisecond.
        name: What makes the run unique at that instant, e.g. ``<invocation id>.model.shop.orders``.

    Raises:
        BadInput: ``instant`` has no time zone, so the id would depend on the machine's.
    """
    if instant.tzinfo is None:
        raise BadInput(f"a run id needs an instant with a time zone, not {instant.isoformat()}")
    from openlineage.client.uuid import generate_static_uuid

    return str(generate_static_uuid(instant, name.encode("utf-8", "replace")))


def event_digest(event: bytes) -> str:
    """The SHA-256 of an event's canonical bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(event).hexdigest()
