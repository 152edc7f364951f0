"""The relay over real processes: sidecars, readers, and kills at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from whence import relay
from whence.delivery import LOCAL, mark, pending, status
from whence.spool import CaptureWriter, Spool, iter_lines


def read_local(config):
    """Every event of the local destination, read and marked as the embedded store does."""
    events = []
    for waiting in pending(config, LOCAL):
        for line, offset in iter_lines(waiting.path, waiting.offset):
            events.append(line)
            mark(config, LOCAL, waiting.stem, offset)
    return events


def test_a_reader_translates_what_no_relay_has_seen(config, ship):
    """Without a sidecar the captures of an ended producer become events at the next reading."""
    ship.produce(3)
    assert relay.drain(config).translated == 6
    assert [ship.summary(event) for event in read_local(config)] == ship.expected(3)


def test_nothing_is_left_when_everybody_has_read(config, ship):
    """Captures, events, cursors and locks of an ended producer are removed."""
    ship.produce(3)
    relay.drain(config)
    read_local(config)
    assert [path.name for path in Spool(config.home).folder.rglob("*") if path.is_file()] == []


def test_a_sidecar_translates_while_its_host_lives(config, ship):
    """Events can be read before the host has ended, and the reader does not wait for its end."""
    ship.produce(3, sidecar=True, how="open")
    assert ship.eventually(lambda: sum(1 for f in pending(config, LOCAL) if f.size > 0) == 1)
    assert ship.eventually(lambda: len(list(iter_lines(pending(config, LOCAL)[0].path))) == 7)
    start = time.monotonic()
    report = relay.drain(config, wait_s=20)
    assert time.monotonic() - start < 5
    assert len(report.live) == 1
    assert [ship.summary(event) for event in read_local(config)] == [
        *ship.expected(3),
        ("job99", "START"),
    ]


def test_a_reader_waits_for_a_sidecar_that_is_still_translating(config, ship):
    """Right after the host's end, the reader gets everything."""
    ship.produce(5, sidecar=True)
    relay.drain(config, wait_s=20)
    assert [ship.summary(event) for event in read_local(config)] == ship.expected(5)


def test_a_killed_host_gets_its_abort_from_the_sidecar(config, ship):
    """SIGKILL of the host: within seconds the run that was open is ABORTed, time of detection."""
    producer = ship.produce(1, sidecar=True, how="open")
    producer.kill()
    producer.wait()
    spool = Spool(config.home)
    assert ship.eventually(lambda: not list(spool.captured()), 10)
    events = read_local(config)
    assert [ship.summary(event) for event in events][-2:] == [
        ("job99", "START"),
        ("job99", "ABORT"),
    ]
    assert json.loads(events[-1])["eventTime"] > "2026-01-02"


def test_a_killed_host_without_a_sidecar_gets_its_abort_from_the_reader(config, ship):
    """Who reads next finds the producer gone."""
    producer = ship.produce(1, how="open")
    producer.kill()
    producer.wait()
    relay.drain(config)
    assert ship.summary(read_local(config)[-1]) == ("job99", "ABORT")


def test_the_sidecar_does_not_hear_signals_for_the_hosts_group(ship):
    """It leads a session of its own, so that Ctrl-C at the terminal does not reach it."""
    producer = ship.produce(1, sidecar=True, how="open")
    assert os.getsid(producer.relay_pid) == producer.relay_pid
    assert os.getsid(producer.relay_pid) != os.getsid(producer.pid)


def test_the_sidecar_is_nice_to_the_host(ship):
    """It runs at a lower priority and holds none of the host's output."""
    producer = ship.produce(1, sidecar=True, how="open")
    assert ship.eventually(lambda: os.getpriority(os.PRIO_PROCESS, producer.relay_pid) >= 10)
    for number in (1, 2):
        assert os.readlink(f"/proc/{producer.relay_pid}/fd/{number}") == "/dev/null"


def test_a_file_in_the_users_folder_does_not_replace_a_library(config, ship):
    """A json.py beside the user's project is not imported by the sidecar."""
    (ship.folder.parent / "json.py").write_text("raise SystemExit(3)\n")
    ship.produce(2, sidecar=True)
    assert ship.eventually(lambda: not list(Spool(config.home).captured()))
    assert [ship.summary(event) for event in read_local(config)] == ship.expected(2)


@pytest.mark.parametrize("written", [0, 1, 20, 90])
def test_a_killed_sidecar_loses_and_doubles_nothing(config, ship, written):
    """SIGKILL of the relay when so many events stand: the next reader continues there."""
    producer = ship.produce(60, sidecar=True, pause=0.05)
    events = Spool(config.home).folder.glob
    assert ship.eventually(
        lambda: sum(f.read_bytes().count(b"\n") for f in events("*.events.ndjson")) >= written
    )
    os.kill(producer.relay_pid, signal.SIGKILL)
    first = [ship.summary(event) for event in read_local(config)]
    producer.wait(20)
    relay.drain(config, wait_s=5)
    assert first + [ship.summary(event) for event in read_local(config)] == ship.expected(60)


def test_a_torn_last_event_is_written_again(config, ship):
    """A death in the middle of a write costs nothing: the half line is cut off."""
    ship.produce(3)
    file = next(Spool(config.home).captured())
    file.events.write_bytes(b'{"eventTime": "2026-01-01T00:00:00Z", "eventT')
    relay.drain(config)
    assert [ship.summary(event) for event in read_local(config)] == ship.expected(3)


def test_a_capture_that_breaks_the_translator_costs_only_itself(config, ship):
    """The others are translated, and the failure stands in errors.ndjson."""
    writer = CaptureWriter.open(config, "ship")
    writer.append("start", {"run": 0}, "2026-01-01T00:00:00Z")
    writer.append("broken", {}, "2026-01-01T00:00:00Z")
    writer.append("done", {"run": 0}, "2026-01-01T00:01:00Z")
    writer.close()
    relay.drain(config)
    assert [ship.summary(event) for event in read_local(config)] == ship.expected(1)
    (error,) = status(config).errors
    assert (error["where"], error["error"]) == ("relay.translate", "RuntimeError")


def test_captures_without_a_translator_stay(config):
    """They wait for the day when their package is installed here."""
    writer = CaptureWriter.open(config, "unheard-of")
    writer.append("start", {}, "2026-01-01T00:00:00Z")
    writer.close()
    report = relay.drain(config)
    assert report.failed == (writer.path.name.removesuffix(".captures.ndjson"),)
    assert list(status(config).untranslated.values()) == [2]


def test_translated_captures_can_be_kept(config, ship):
    """For study and as fixtures: WHENCE_KEEP_CAPTURES."""
    ship.produce(1)
    from whence.config import load

    keeping = load(dict(config.environ) | {"WHENCE_KEEP_CAPTURES": "true"})
    relay.drain(keeping)
    (kept,) = (config.home / "captures").iterdir()
    assert len(kept.read_bytes().splitlines()) == 3


def test_disabled_is_disabled(ship, home):
    """With WHENCE_DISABLED the relay leaves everything as it is."""
    ship.produce(1)
    assert ship.drain(WHENCE_DISABLED="true").wait(20) == 0
    assert len(list(Spool(Path(home)).captured())) == 1


def test_a_full_disk_keeps_the_captures_for_later(config, ship, environ):
    """Where events cannot be written, the captures wait, and nothing is doubled afterwards."""
    ship.produce(40)
    limited = subprocess.run(
        ["bash", "-c", 'ulimit -f 4; "$0" -m whence.relay --drain', sys.executable],
        env=environ,
        cwd=ship.folder.parent,
        timeout=30,
    )
    assert limited.returncode == 1
    assert 0 < len(read_local(config)) < 80
    assert len(status(config).untranslated) == 1
    assert len(status(config).errors) == 1
    assert relay.drain(config).translated < 80
    (file,) = pending(config, LOCAL)
    assert [ship.summary(line) for line, _ in iter_lines(file.path)] == ship.expected(40)
