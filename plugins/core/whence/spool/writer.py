"""Appending captures and events: whole lines, within the bound, every loss counted.

Must never raise into a host for a full disk or an unwritable home, nor block it.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whence.captures import END, Capture
from whence.config import Config
from whence.errors import BadInput
from whence.guard import attempt, caught, report
from whence.locks import FileLock
from whence.spool.files import append_line, private_folder, write_line
from whence.spool.layout import Spool, SpoolFile

RESCAN_BYTES = 1 << 20
RESCAN_S = 1.0


class LineWriter:
    """Appends to one file of the spool.

    Attributes:
        spool: The spool it is in.
        file: The spool file.
        dropped: Lines that could not be kept so far.
    """

    def __init__(self, config: Config, file: SpoolFile, path: Path) -> None:
        """Prepare; nothing is opened before `open_file`."""
        self.spool = Spool(config.home)
        self.file = file
        self.dropped = 0
        self._path = path
        self._limit = config.spool_max_bytes
        self._room = 0
        self._scanned = (0.0, 0)
        self._recorded = 0
        self._reported = False
        self._descriptor: int | None = None

    @property
    def active(self) -> bool:
        """Whether lines reach the disk; False where the file could not be opened, or is closed."""
        return self._descriptor is not None

    def open_file(self) -> None:
        """Open for appending, private, created where missing.

        Raises:
            OSError: The home cannot be written.
        """
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._descriptor = os.open(self._path, flags, 0o600)

    def append(self, line: bytes, bounded: bool = True) -> bool:
        """Whether the line is on disk; if not, it is counted as dropped.

        Args:
            line: With its newline.
            bounded: False for the few bytes that must fit also above the bound.
        """
        if self._descriptor is None:
            return self.drop("unwritable")
        if bounded and not self._fits(len(line)):
            return self.drop("size-bound")
        try:
            write_line(self._descriptor, line)
        except OSError as error:
            self._report_once(error)
            return self.drop("disk-full" if error.errno == errno.ENOSPC else "write-failed")
        self._room -= len(line)
        return True

    def drop(self, reason: str) -> bool:
        """Count one loss and return False; recorded on disk at 1, 2, 4, 8 ... losses."""
        self.dropped += 1
        if self.dropped >= 2 * self._recorded:
            self.record_drops(reason)
        return False

    def record_drops(self, reason: str) -> None:
        """Append the losses since the last record to ``drops.ndjson``, if the disk lets us."""
        lost = self.dropped - self._recorded
        if lost and record_drops(self.spool, self.file, reason, lost):
            self._recorded = self.dropped

    def sync(self) -> None:
        """Wait until the disk has it."""
        if self._descriptor is not None:
            caught(os.fsync, self._descriptor)

    def close_file(self) -> None:
        """Record the last losses, sync and close; harmless when closed."""
        self.record_drops("at-close")
        self.sync()
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _fits(self, size: int) -> bool:
        """Whether the whole spool stays within the bound; it is measured now and then."""
        now = time.monotonic()
        when, room = self._scanned
        if (self._room < size or room - self._room > RESCAN_BYTES) and now - when >= RESCAN_S:
            used, _ = caught(self.spool.size)  # the folder may be gone
            self._room = 0 if used is None else self._limit - used
            self._scanned = (now, self._room)
        return self._room >= size

    def _report_once(self, error: OSError) -> None:
        if not self._reported:
            self._reported = True
            report("spool.append", error)


class CaptureWriter:
    """A host's own captures file; thread-safe, one system call a capture.

    Attributes:
        active: False where the home cannot be written: the host goes on, captures are counted
            as dropped, and no relay is worth starting.
    """

    def __init__(self, config: Config, host: str) -> None:
        """Use `open`."""
        spool = Spool(config.home)
        self._host = host
        self._file = spool.new_file(host)
        self._lines = LineWriter(config, self._file, self._file.captures)
        self._lock = FileLock(self._file.lock)
        # Re-entrant: a signal handler or a finalizer of the host may append within an append.
        self._mutex = threading.RLock()
        self._seq = 0
        self._closed = False

    @classmethod
    def open(cls, config: Config, host: str) -> CaptureWriter:
        """A new captures file, locked while this process lives; never raises ``OSError``."""
        writer = cls(config, host)
        attempt("spool.open", _open_locked, writer._lines, writer._lock)
        return writer

    @property
    def active(self) -> bool:
        return self._lines.active

    @property
    def path(self) -> Path:
        """The captures file, what `whence.relay.spawn` takes."""
        return self._file.captures

    @property
    def dropped(self) -> int:
        """Captures lost so far."""
        return self._lines.dropped

    def append(self, kind: str, payload: Mapping[str, Any], time: str) -> bool:
        """Whether the capture is on disk (in the system's cache: safe from our own death).

        Args:
            kind: The host's word for what happened.
            payload: JSON-ready facts.
            time: ISO-8601 UTC, from the host's own results.
        """
        with self._mutex:
            return not self._closed and self._write(kind, payload, time)

    def close(self, time: str | None = None) -> None:
        """Write `END`, sync, and unlock: the relay knows that nothing more comes.

        Args:
            time: When the host ended; None: now.
        """
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            if self.active:
                self._write(END, {"dropped": self.dropped}, time or utc_now(), bounded=False)
            caught(self._lines.close_file)
            self._lock.release()

    def _write(
        self, kind: str, payload: Mapping[str, Any], time: str, bounded: bool = True
    ) -> bool:
        capture = Capture(self._host, kind, time, self._seq, dict(payload))
        self._seq += 1
        return self._lines.append(capture.to_line(), bounded)


class EventWriter:
    """An events file: canonical OpenLineage events, one a line; thread-safe.

    For a producer that has events already, and so needs no translator.
    """

    def __init__(self, config: Config, file: SpoolFile) -> None:
        """Use `open`."""
        self._lines = LineWriter(config, file, file.events)
        self._lock = FileLock(file.lock)
        self._mutex = threading.RLock()

    @classmethod
    def open(cls, config: Config, host: str) -> EventWriter:
        """A new events file, locked while this process lives; never raises ``OSError``."""
        writer = cls(config, Spool(config.home).new_file(host))
        attempt("spool.open", _open_locked, writer._lines, writer._lock)
        return writer

    @property
    def path(self) -> Path:
        """The events file."""
        return self._lines.file.events

    @property
    def dropped(self) -> int:
        """Events lost so far."""
        return self._lines.dropped

    def append(self, event: bytes) -> bool:
        """Whether the event is on disk.

        Args:
            event: Canonical JSON without a newline.

        Raises:
            BadInput: The bytes are not one line.
        """
        if b"\n" in event or not event:
            raise BadInput(f"not one line of JSON: {event[:80]!r}")
        with self._mutex:
            return self._lines.append(event + b"\n")

    def close(self) -> None:
        """Sync and unlock; harmless when closed."""
        with self._mutex:
            caught(self._lines.close_file)
            self._lock.release()


def record_drops(spool: Spool, file: SpoolFile, reason: str, count: int) -> bool:
    """Whether the loss of ``count`` records of ``file`` could be written down.

    Args:
        spool: Whose ``drops.ndjson``.
        file: What the records were for, or from.
        reason: One word for why, as ``whence doctor`` shows it.
        count: How many.
    """
    entry = {
        "time": utc_now(),
        "host": file.host,
        "file": file.stem,
        "reason": reason,
        "count": count,
    }
    line = json.dumps(entry).encode() + b"\n"
    return caught(append_line, spool.drops, line)[1] is None


def utc_now(instant: float | None = None) -> str:
    """An instant as captures and events spell it: ``2026-11-22T18:37:09.123456Z``.

    Args:
        instant: Seconds of the Unix epoch; None: now.
    """
    now = time.time() if instant is None else instant
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1e6) % 10**6:06d}Z"


def _open_locked(lines: LineWriter, lock: FileLock) -> None:
    """Lock before the file exists, so that nobody ever sees it without its producer."""
    private_folder(lines.spool.folder)
    if not lock.acquire(timeout_s=1.0):
        raise OSError(errno.EWOULDBLOCK, "somebody holds a new lock", str(lines.file.lock))
    lines.open_file()
