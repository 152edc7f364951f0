"""The emitter: a queue with an end, and a host that never waits."""

from __future__ import annotations

import threading
import time

from whence.delivery import LOCAL, pending
from whence.emit import Emitter
from whence.spool import iter_lines


def lines(config):
    return [line for file in pending(config, LOCAL) for line, _ in iter_lines(file.path, 0)]


def test_events_reach_the_spool_in_their_order(config):
    """From several threads; each thread's own order is kept."""
    emitter = Emitter(config, "ship")

    def produce(letter):
        for number in range(100):
            assert emitter.emit(b'{"%s":%d}' % (letter, number))

    threads = [threading.Thread(target=produce, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert emitter.close(5)
    found = lines(config)
    assert [line for line in found if b'"a"' in line] == [b'{"a":%d}' % n for n in range(100)]
    assert len(found) == 200


def test_a_full_queue_drops_and_counts(config):
    """The host's call returns at once, whatever the disk does."""
    emitter = Emitter(config, "ship", size=5)
    started = time.monotonic()
    taken = sum(emitter.emit(b"{}") for _ in range(100_000))
    assert time.monotonic() - started < 5
    assert emitter.dropped > 0
    assert emitter.close(5)
    assert (taken + emitter.dropped, len(lines(config))) == (100_000, taken)


def test_after_its_end_nothing_is_taken(config):
    """And closing again is harmless."""
    emitter = Emitter(config, "ship")
    assert emitter.close(5)
    assert not emitter.emit(b"{}")
    assert emitter.dropped == 1
    assert emitter.close(0.1)


def test_what_is_no_event_costs_only_itself(config, monkeypatch):
    """A line with a break in it is reported; the next event is written."""
    reported = []
    monkeypatch.setattr("whence.guard._reporter", lambda where, error: reported.append(where))
    emitter = Emitter(config, "ship")
    emitter.emit(b"{\n}")
    emitter.emit(b"{}")
    assert emitter.close(5)
    assert (lines(config), reported) == ([b"{}"], ["emit"])
