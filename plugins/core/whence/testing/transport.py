"""A transport that keeps events instead of sending them.

Must not look at the events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlineage.client.transport import Transport

if TYPE_CHECKING:
    from openlineage.client.client import Event


class RecordingTransport(Transport):
    """Keeps what is sent, in order.

    Attributes:
        events: The events as they came.
        error: Raised instead of keeping, where a test sets it: a backend that is down.
    """

    kind = "recording"

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.events: list[Event] = []
        self.error: Exception | None = None

    def emit(self, event: Event) -> None:
        if self.error is not None:
            raise self.error
        self.events.append(event)
