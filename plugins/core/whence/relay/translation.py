"""Translates one captures file into its events file, resumable after a kill at any moment.

Must not send anything, nor know any host.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from types import TracebackType

from whence.captures import END, GONE, Capture
from whence.config import Config
from whence.delivery.cursors import routes
from whence.guard import attempt
from whence.plugins import TranslatorFactory
from whence.schema.memory import SchemaMemory
from whence.spool.files import (
    append_line,
    cut_torn_line,
    iter_lines,
    private_folder,
    remove,
    write_line,
)
from whence.spool.layout import SpoolFile
from whence.spool.writer import utc_now

Enrich = Callable[[bytes], bytes | None]
"""What OpenLineage's client would make of an event; None where its filters drop it."""
Identity = tuple[str, ...]


class Translation:
    """The translation of one file; whoever makes it holds ``file.relay_lock``.

    Attributes:
        ended: The producer's last capture was translated.
        written: Events appended by this object.
    """

    def __init__(
        self, config: Config, file: SpoolFile, factory: TranslatorFactory, enrich: Enrich
    ) -> None:
        """Start over with a fresh translator; events that are written already are skipped."""
        self.ended = False
        self.written = 0
        self._config = config
        self._file = file
        self._enrich = enrich
        self._memory = SchemaMemory(config.home / "schemas.sqlite")
        self._translator = factory(config, self._memory)
        self._offset = 0
        self._lines = 0
        # Where the events go is decided by the settings of this process, so as early as can be.
        routes(config, file)
        cut_torn_line(file.events)
        self._done = Counter(identity(line) for line, _ in iter_lines(file.events))
        self._events = os.open(file.events, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def advance(self) -> int:
        """Translate what was captured since the last call; the number of events written.

        A capture that is broken, or that the translator cannot bear, is reported and costs
        its own lineage only.

        Raises:
            OSError: The events cannot be written; the captures stay for a later attempt.
        """
        before = self.written
        for line, offset in iter_lines(self._file.captures, self._offset):
            events: list[bytes] = []
            attempt("relay.translate", self._feed, line, events)
            for event in events:
                self._write(event)
            self._offset = offset
            self._lines += 1
        return self.written - before

    def producer_is_gone(self) -> None:
        """Append `GONE` for a producer that died; the next `advance` ends the file.

        Raises:
            OSError: The captures cannot be written.
        """
        if self.ended:
            return
        cut_torn_line(self._file.captures)
        seen = self._file.captures.stat().st_mtime
        gone = Capture(self._file.host, GONE, utc_now(), self._lines, {"last_seen": utc_now(seen)})
        append_line(self._file.captures, gone.to_line())

    def finish(self) -> None:
        """Sync the events and remove the captures: this file is translated."""
        os.fsync(self._events)
        if self._config.keep_captures:
            kept = private_folder(self._config.home / "captures") / self._file.captures.name
            os.replace(self._file.captures, kept)
        else:
            remove(self._file.captures)

    def close(self) -> None:
        """Let go of the events file and the schema memory."""
        self._memory.close()
        descriptor, self._events = self._events, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Translation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _feed(self, line: bytes, events: list[bytes]) -> None:
        """Put the capture's events into ``events``, also those before an exception."""
        capture = Capture.from_line(line)
        self.ended = self.ended or capture.kind in (END, GONE)
        _collect(self._translator.feed(capture), events)

    def _write(self, event: bytes) -> None:
        key = identity(event)
        if self._done[key]:
            self._done[key] -= 1
            return
        enriched, error = attempt("relay.enrich", self._enrich, event)
        line = event if error is not None else enriched
        if line is not None:
            write_line(self._events, line + b"\n")
            self.written += 1


def identity(event: bytes) -> Identity:
    """What makes an event this one and no other: run, type, time, job and dataset."""
    try:
        fields = json.loads(event)
    except ValueError:
        return (event.decode(errors="replace"),)
    run, job, dataset = (fields.get(key) or {} for key in ("run", "job", "dataset"))
    return tuple(
        str(part)
        for part in (
            run.get("runId"),
            fields.get("eventType"),
            fields.get("eventTime"),
            job.get("namespace"),
            job.get("name"),
            dataset.get("namespace"),
            dataset.get("name"),
        )
    )


def _collect(events: Iterable[bytes], into: list[bytes]) -> None:
    for event in events:
        into.append(event)
