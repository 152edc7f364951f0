"""Nothing acknowledged is lost: kills, two writers, versions, broken files."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from whence.config import Config
from whence_backend.model import EventFilter
from whence_backend.store import (
    BrokenStore,
    FullDisk,
    NewerStore,
    UnusableStore,
    open_store,
    store_path,
)
from whence_backend.store.migrate import migrate

INGEST = """
import sys
from pathlib import Path
from whence_backend.store import sqlite

sqlite.GROUP_EVENTS = 5
store = sqlite.SqliteStore(Path(sys.argv[1]))

def lines():
    for n in range(int(sys.argv[3])):
        yield (
            '{"eventType":"COMPLETE","eventTime":"2026-01-01T00:00:00Z",'
            '"run":{"runId":"%s-%d"},"job":{"namespace":"n","name":"j%d"},'
            '"inputs":[{"namespace":"n","name":"a%d"}],"outputs":[{"namespace":"n","name":"b"}]}'
            % (sys.argv[2], n, n % 7, n % 3)
        ).encode()

store.ingest(lines(), lambda safe: print(safe, flush=True))
"""


def _start(path, name, count):
    command = [sys.executable, "-c", INGEST, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_a_killed_process_loses_no_acknowledged_event(tmp_path, empty_store, after):
    """kill -9 while it ingests: what it said is safe is there, and the store goes on."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(empty_store)
    with _start(path, "first", 1_000_000) as process:
        acknowledged = [int(process.stdout.readline()) for _ in range(after)]
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout.read().split()]
    connection = sqlite3.connect(path)
    (kept,) = connection.execute("SELECT count(*) FROM event").fetchone()
    connection.close()
    assert kept >= acknowledged[-1]
    with _start(path, "first", kept) as again:
        again.stdout.read()
    assert again.returncode == 0
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM event").fetchone() == (kept,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_two_processes_ingest_at_once(tmp_path, empty_store):
    """One writes at a time, both get through, and the graph is that of all events."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(empty_store)
    with _start(path, "one", 300) as one, _start(path, "two", 300) as two:
        one.stdout.read()
        two.stdout.read()
    assert (one.returncode, two.returncode) == (0, 0)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM event").fetchone() == (600,)
    assert connection.execute("SELECT count(*) FROM run").fetchone() == (600,)
    assert connection.execute(
        "SELECT count(*) FROM edge WHERE kind = 4 AND tt > 9e17 AND vt > 9e17"
    ).fetchone() == (21,)
    connection.close()


def test_two_openers_of_a_new_store_make_one(config):
    """The first creates it, the second finds it."""
    errors = []

    def create() -> None:
        try:
            open_store(config).close()
        except sqlite3.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_the_store_is_private(config):
    """Only its owner may read what was run."""
    open_store(config).close()
    assert stat.S_IMODE(store_path(config).stat().st_mode) == 0o600
    assert stat.S_IMODE(config.home.stat().st_mode) == 0o700


def test_a_store_of_a_newer_version_is_left_alone(tmp_path, empty_store):
    """The error names both versions and the way out."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(empty_store)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(NewerStore, match=r"9999.*upgrade whence-backend"):
        open_store(Config(home=tmp_path))


def test_a_file_that_is_no_store_is_left_alone(tmp_path):
    """And named."""
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"something else, longer than a header of a database " * 40)
    with pytest.raises(BrokenStore, match=r"store\.sqlite cannot be read"):
        open_store(Config(home=tmp_path))
    assert path.read_bytes().startswith(b"something else")


@pytest.fixture
def mounted(tmp_path):
    """Mounts what it is told on a folder; skipped where this user may not."""
    done = []

    def mount(folder, *options):
        folder.mkdir(exist_ok=True)
        command = ["mount", *options, str(folder)]
        if subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip("this user may not mount a file system")
        done.append(folder)

    yield mount
    for folder in reversed(done):
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_said_and_nothing_half_made_is_left(tmp_path, mounted):
    """With room again the store opens as if nothing had been."""
    home = tmp_path / "small"
    mounted(home, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    with pytest.raises(FullDisk, match=r"no room on the disk of .*store\.sqlite"):
        open_store(Config(home=home))
    subprocess.run(["mount", "-o", "remount,size=8m", str(home)], check=True)
    with closing(open_store(Config(home=home))) as store:
        assert list(store.events(EventFilter())) == []


def test_a_disk_that_fills_up_loses_nothing_that_is_stored(tmp_path, mounted, warehouse):
    """The event that has no room is refused; those before it stay."""
    home = tmp_path / "small"
    mounted(home, "-t", "tmpfs", "-o", "size=2m", "tmpfs")
    text = "".join(chr(97 + n * n % 26) for n in range(3_000))
    events = [
        warehouse.run("COMPLETE", "2026-01-01T00:00:00Z", run=f"r{n}", job=f"j{n}",
                      job_facets=warehouse.sql(f"{os.urandom(20_000).hex()} {text}"))
        for n in range(200)
    ]  # fmt: skip
    safe = []
    with closing(open_store(Config(home=home))) as store:
        with pytest.raises(FullDisk):
            for event in events:
                store.ingest([event])
                safe.append(event)
        assert [event.body for event in store.events(EventFilter())] == safe
    assert safe


def test_a_store_that_cannot_be_written_still_answers(tmp_path, mounted, warehouse):
    """On a read-only mount: what is there is read, what is not is said."""
    home = tmp_path / "home"
    event = warehouse.run("COMPLETE", "2026-01-01T00:00:00Z", outputs=[warehouse.dataset("x")])
    with closing(open_store(Config(home=home))) as store:
        store.ingest([event])
        assert not store.read_only
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder in (home, empty):
        mounted(folder, "--bind", str(folder))
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    with closing(open_store(Config(home=home))) as store:
        assert store.read_only
        assert [event.body for event in store.events(EventFilter())] == [event]
    with pytest.raises(UnusableStore, match=r"empty cannot hold the store.*WHENCE_HOME"):
        open_store(Config(home=empty))


def test_a_home_that_is_no_folder_is_said(tmp_path):
    """With the way out."""
    home = tmp_path / "home"
    home.write_text("a file")
    with pytest.raises(UnusableStore, match=r"home cannot hold the store.*WHENCE_HOME"):
        open_store(Config(home=home))


def test_an_older_store_is_migrated_with_all_it_holds(tmp_path, warehouse):
    """Every version before this one opens, knows its events, and goes on."""
    first = warehouse.run("COMPLETE", "2026-01-01T00:00:00Z", outputs=[warehouse.dataset("x")],
                          inputs=[warehouse.dataset("a")])  # fmt: skip
    path = tmp_path / "store.sqlite"
    migrate(path, "0001")
    connection = sqlite3.connect(path)
    sha = hashlib.sha256(first).digest()
    connection.execute(
        "INSERT INTO event (sha, instant, tx, type, run, subject, template, refs, inline)"
        " VALUES (?, 1, 1, 3, 0, 1, 1, x'', x'')",
        (sha,),
    )
    connection.commit()
    connection.close()
    with closing(open_store(Config(home=tmp_path))) as store:
        assert store.ingest([first]).repeated == 1
        assert store.ingest([first.replace(b"-01T", b"-02T")]).stored == 1


def test_migrations_are_loaded_only_when_one_is_due(tmp_path, empty_store):
    """Opening a store that is up to date imports neither alembic nor SQLAlchemy."""
    (tmp_path / "store.sqlite").write_bytes(empty_store)
    probe = (
        "import sys; from pathlib import Path; from whence.config import Config;"
        "from whence_backend.store import open_store;"
        f"open_store(Config(home=Path({str(tmp_path)!r}))).close();"
        "print([name for name in ('alembic', 'sqlalchemy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_group_that_fails_leaves_nothing_behind(store, warehouse):
    """An error in the middle of a transaction takes back all of it, caches included."""
    good = warehouse.run("COMPLETE", "2026-01-01T00:00:00Z", inputs=[warehouse.dataset("a")],
                         outputs=[warehouse.dataset("x")])  # fmt: skip

    def broken():
        yield good
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        store.ingest(broken())
    assert store.bodies() == []
    store._connection.execute(
        "CREATE TRIGGER no_edges BEFORE INSERT ON edge BEGIN SELECT raise(ABORT, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        store.ingest([good])
    assert store.bodies() == []
    store._connection.execute("DROP TRIGGER no_edges")
    store.take(good)
    assert store.tables("x") == {("a", "x")}
    assert [event.body for event in store.events(EventFilter())] == [good]
