"""The spool's files: private, whole lines, bounded, and harmless to a host whatever happens."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from whence.captures import Capture
from whence.config import Config, load
from whence.delivery import status
from whence.errors import BadInput
from whence.locks import FileLock, is_locked
from whence.spool import CaptureWriter, EventWriter, Spool, iter_lines
from whence.spool.files import cut_torn_line

AT = "2026-01-01T00:00:00Z"


def captures(path):
    return [Capture.from_line(line) for line, _ in iter_lines(path)]


def test_a_capture_comes_back_as_it_went(config):
    """Payload, kind, time and order survive the file."""
    writer = CaptureWriter.open(config, "ship")
    writer.append("start", {"name": "Björn \ud800", "n": [1, None]}, AT)
    writer.append("done", {}, AT)
    writer.close()
    first, second, end = captures(writer.path)
    assert first == Capture("ship", "start", AT, 0, {"name": "Björn \ud800", "n": [1, None]})
    assert (second.seq, end.seq, end.kind) == (1, 2, "end")


def test_a_capture_of_a_later_version_is_refused():
    """Who cannot read it says so."""
    line = b'{"v":2,"host":"h","kind":"k","time":"t","seq":0,"payload":{}}'
    with pytest.raises(BadInput, match="version 2"):
        Capture.from_line(line)
    with pytest.raises(BadInput):
        Capture.from_line(b"\xff\xfe")


def test_spool_files_are_private(config):
    """0600 for files, 0700 for folders, whatever the umask."""
    before = os.umask(0)
    try:
        writer = CaptureWriter.open(config, "ship")
        writer.append("start", {}, AT)
    finally:
        os.umask(before)
    paths = [config.home, *config.home.rglob("*")]
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_dir()} == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_file()} == {0o600}
    writer.close()


def test_threads_do_not_mix_their_lines(config):
    """Many threads, one file: every line whole, every number once."""
    writer = CaptureWriter.open(config, "ship")
    payload = {"text": "x" * 5000}
    threads = [
        threading.Thread(target=lambda: [writer.append("k", payload, AT) for _ in range(50)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    assert [capture.seq for capture in captures(writer.path)] == list(range(401))


def test_the_lock_lives_as_long_as_its_process(config):
    """A producer's file is locked while it lives and free after `close`."""
    writer = CaptureWriter.open(config, "ship")
    (file,) = [Spool(config.home).file_of(writer.path)]
    assert file.is_live()
    writer.close()
    assert not file.is_live()


def test_a_lock_is_had_by_one(tmp_path):
    """The second waits in vain, and gets it when the first lets go."""
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire(0.05)
    first.release()
    assert second.acquire()
    assert is_locked(tmp_path / "lock")
    second.release()
    assert not is_locked(tmp_path / "lock")
    assert not is_locked(tmp_path / "no such file")


def test_above_the_bound_captures_are_dropped_and_counted(config):
    """The spool stays within its size; the end is written all the same."""
    small = load(dict(config.environ) | {"WHENCE_SPOOL_MAX_BYTES": "20000"})
    writer = CaptureWriter.open(small, "ship")
    kept = sum(writer.append("k", {"text": "x" * 1000}, AT) for _ in range(100))
    writer.close()
    assert 10 < kept < 20
    assert sum(status(small).dropped.values()) == writer.dropped == 100 - kept
    assert captures(writer.path)[-1].payload == {"dropped": 100 - kept}


@pytest.mark.parametrize("blocked", ["home", "spool"])
def test_an_unwritable_home_does_not_reach_the_host(tmp_path, blocked, monkeypatch):
    """A file where the folder should be: nothing is raised, losses are counted."""
    home = tmp_path / "home"
    obstacle = home if blocked == "home" else home / "spool"
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.write_text("in the way")
    monkeypatch.setenv("WHENCE_HOME", str(home))
    writer = CaptureWriter.open(Config(home=home), "ship")
    assert not writer.active
    assert not writer.append("k", {}, AT)
    writer.close()
    assert writer.dropped == 1
    events = EventWriter.open(Config(home=home), "ship")
    assert not events.append(b"{}")
    events.close()


def test_a_home_below_proc_does_not_reach_the_host():
    """A place where nobody can write, not even root."""
    writer = CaptureWriter.open(Config(home=Path("/proc/whence")), "ship")
    assert not writer.append("k", {}, AT)
    writer.close()


FULL = """
import os, resource, signal, sys
from whence.config import load
from whence.spool import CaptureWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
config = load()
writer = CaptureWriter.open(config, "ship")
if sys.argv[1] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
kept = sum(writer.append("k", {"text": "x" * 1000}, "2026-01-01T00:00:00Z") for _ in range(400))
writer.close()
print(kept, writer.dropped)
"""


def fill(home, how):
    ran = subprocess.run(
        [sys.executable, "-c", FULL, how],
        env={**os.environ, "WHENCE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    kept, dropped = map(int, ran.stdout.split())
    assert kept + dropped in (400, 401)
    assert 0 < kept < 400
    (file,) = Spool(home).captured()
    cut_torn_line(file.captures)
    assert [c.seq for c in captures(file.captures)][:kept] == list(range(kept))


def test_a_file_that_cannot_grow_keeps_whole_lines(home):
    """At the limit of a file's size each line is there or not there, and the rest is counted."""
    fill(home, "limit")
    assert sum(status(Config(home=home)).dropped.values()) > 300


def test_a_full_disk_keeps_whole_lines(home):
    """ENOSPC on a tiny file system of its own: the host goes on, what fitted is readable."""
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(home)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        fill(home, "disk")
    finally:
        subprocess.run(["umount", str(home)], check=True)


def test_an_event_is_one_line(config):
    """Bytes with a newline would be two events."""
    writer = EventWriter.open(config, "ship")
    with pytest.raises(BadInput):
        writer.append(b"{}\n{}")
    writer.close()


def test_a_half_written_line_is_not_read(tmp_path):
    """It may still be growing; when its writer is dead it is cut off."""
    path = tmp_path / "lines"
    path.write_bytes(b"one\ntwo\nthr")
    assert list(iter_lines(path)) == [(b"one", 4), (b"two", 8)]
    assert list(iter_lines(path, 4)) == [(b"two", 8)]
    cut_torn_line(path)
    assert path.read_bytes() == b"one\ntwo\n"


def test_an_append_is_cheap(config):
    """A capture of two kilobytes costs the host's thread well under a millisecond."""
    writer = CaptureWriter.open(config, "ship")
    payload = {"text": "x" * 1500, "numbers": list(range(50))}
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(1000):
        writer.append("k", payload, AT)
    after = resource.getrusage(resource.RUSAGE_SELF)
    writer.close()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent / 1000 < 0.0005
