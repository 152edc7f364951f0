"""What the spool holds is in the store before anybody reads."""

from __future__ import annotations

from typer.testing import CliRunner

from whence.delivery import LOCAL
from whence.locks import FileLock
from whence.spool import EventWriter
from whence.spool.layout import Spool
from whence_backend.drain import drain
from whence_cli.app import application

T1 = "2026-01-01T00:00:00Z"


def test_spooled_events_are_stored_once_and_their_file_goes(config, store, warehouse):
    """A producer that is gone leaves a file; draining it twice stores its events once."""
    lines = [warehouse.run("COMPLETE", T1, run=f"r{n}") for n in range(3)]
    writer = EventWriter.open(config, "test")
    for line in lines:
        writer.append(line)
    assert drain(config, store, 0).stored == 3
    writer.append(warehouse.run("FAIL", T1))
    writer.close()
    assert drain(config, store, 0).stored == 1
    assert drain(config, store, 0).stored == 0
    assert store.bodies()[:3] == lines
    assert list(Spool(config.home).translated()) == []


def test_a_spooled_line_that_is_no_event_is_kept_aside(config, store, warehouse):
    """The others are stored, and the queue goes on."""
    writer = EventWriter.open(config, "test")
    writer.append(b'{"not": "an event"}')
    writer.append(warehouse.run("COMPLETE", T1))
    writer.close()
    report = drain(config, store, 0)
    assert (report.stored, len(report.rejected)) == (1, 1)
    assert b"neither a run" in (Spool(config.home).rejected / "local.ndjson").read_bytes()
    assert drain(config, store, 0).rejected == ()


def test_a_spool_that_another_process_reads_is_said(config, store, warehouse, monkeypatch):
    """An answer without what waits there says so on standard error."""
    writer = EventWriter.open(config, "test")
    writer.append(warehouse.run("COMPLETE", T1))
    writer.close()
    monkeypatch.setattr("whence_backend.drain.LOCK_WAIT_S", 0.0)
    monkeypatch.setenv("WHENCE_HOME", str(config.home))
    lock = FileLock(Spool(config.home).destination_lock(LOCAL))
    assert lock.acquire(0)
    try:
        assert drain(config, store, 0).busy
        ran = CliRunner().invoke(application(), ["runs"])
    finally:
        lock.release()
    assert "another process is still taking it in" in ran.stderr
    assert drain(config, store, 0).stored == 1


def test_without_a_spool_there_is_nothing_to_drain(config, store):
    """And no folder is made."""
    assert drain(config, store, 0).stored == 0
    assert not Spool(config.home).folder.exists()
