"""Delivery: from the events in the spool to every destination, each event once.

Must not import openlineage before something is to be sent.
"""

from whence.delivery.cursors import LOCAL, EventsFile, mark, pending
from whence.delivery.overview import EMPTY, DestinationStatus, Status, status
from whence.delivery.rejected import replay

__all__ = [
    "EMPTY",
    "LOCAL",
    "DestinationStatus",
    "EventsFile",
    "Status",
    "mark",
    "pending",
    "replay",
    "status",
]
