"""Brings what the spool holds for the embedded store into it, before somebody reads.

Must not delete a spool file: it marks how far it got, and delivery removes what is done with.
"""

from __future__ import annotations

from itertools import chain, islice

from whence.config import Config
from whence.delivery import LOCAL, EventsFile, mark, pending
from whence.delivery.rejected import park
from whence.locks import FileLock
from whence.relay import drain as translate_leftovers
from whence.spool.files import iter_lines
from whence.spool.layout import Spool
from whence_backend.model import IngestReport
from whence_backend.store import Store

LOCK_WAIT_S = 60.0
CHUNK_LINES = 5_000


def drain(config: Config, store: Store, wait_s: float | None = None) -> IngestReport:
    """Translate what dead producers left, then store every event that is pending.

    Each event is stored before it is marked as read: after a crash between the two it comes
    again, byte for byte, and is stored once.

    Args:
        config: Whose spool.
        store: Where to.
        wait_s: Longest wait for sidecars; None: ``config.drain_wait_s``.

    Returns:
        What was stored; a rejected line is kept where delivery keeps those that are refused.
    """
    spool = Spool(config.home)
    if not spool.folder.is_dir():
        return IngestReport()
    translate_leftovers(config, wait_s)
    lock = FileLock(spool.destination_lock(LOCAL))
    if not lock.acquire(LOCK_WAIT_S):
        return IngestReport(busy=True)
    try:
        reports = [_drain_file(config, store, file) for file in pending(config, LOCAL)]
    finally:
        lock.release()
    return IngestReport(
        sum(report.stored for report in reports),
        sum(report.repeated for report in reports),
        tuple(chain.from_iterable(report.rejected for report in reports)),
    )


def _drain_file(config: Config, store: Store, file: EventsFile) -> IngestReport:
    lines = iter_lines(file.path, file.offset)
    total = IngestReport()
    while chunk := list(islice(lines, CHUNK_LINES)):
        report = store.ingest(line for line, _ in chunk)
        for rejected in report.rejected:
            line, _ = chunk[rejected.line - 1]
            park(config, LOCAL, file.stem, line, rejected.reason)
        mark(config, LOCAL, file.stem, chunk[-1][1])
        total = IngestReport(
            total.stored + report.stored,
            total.repeated + report.repeated,
            total.rejected + report.rejected,
        )
    return total
