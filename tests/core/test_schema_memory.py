"""The schema memory: what it keeps, forgets, and survives."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from datetime import datetime, timezone
from pathlib import Path

import pytest

from whence.model import Dataset, Field
from whence.schema.memory import SchemaMemory

ORDERS = Dataset("duckdb:///shop.duckdb", "shop.main.orders")
FIELDS = (Field("id", "INTEGER"), Field("note", None))
T1, T2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


@pytest.fixture
def memory(tmp_path: Path) -> SchemaMemory:
    return SchemaMemory(tmp_path / "home" / "schemas.sqlite")


def dataset(number: int) -> Dataset:
    return Dataset("ns", f"t{number}")


def test_what_was_put_is_known_to_the_next_process(memory: SchemaMemory, tmp_path: Path) -> None:
    """Columns come back in the table's order, with time and origin."""
    assert memory.put(ORDERS, FIELDS, "observed", T1)
    memory.close()
    known = SchemaMemory(tmp_path / "home" / "schemas.sqlite").get_known(ORDERS)
    assert known is not None
    assert (known.fields, known.observed_at, known.origin) == (FIELDS, T1, "observed")
    assert known.age_s(datetime(2026, 1, 1, 0, 1, tzinfo=timezone.utc)) == 60.0


def test_a_dataset_never_seen_is_none(memory: SchemaMemory) -> None:
    """Not knowing is an answer."""
    assert memory.get(ORDERS) is None
    assert memory.get_known(ORDERS) is None


def test_an_older_observation_does_not_replace_a_newer_one(memory: SchemaMemory) -> None:
    """Events may arrive late; the newest time wins, whoever writes last."""
    memory.put(ORDERS, FIELDS, "inferred", T2)
    memory.put(ORDERS, (Field("old"),), "observed", T1)
    assert memory.get(ORDERS) == FIELDS


def test_of_one_time_the_systems_own_word_wins(memory: SchemaMemory) -> None:
    """Observed outweighs written outweighs inferred."""
    memory.put(ORDERS, FIELDS, "observed", T1)
    memory.put(ORDERS, (Field("guess"),), "inferred", T1)
    assert memory.get(ORDERS) == FIELDS
    memory.put(ORDERS, (Field("id", "BIGINT"),), "observed", T1)
    assert memory.get(ORDERS) == (Field("id", "BIGINT"),)


def test_the_least_recently_used_are_forgotten_first(tmp_path: Path) -> None:
    """A dataset that is read stays when one that is not must go."""
    memory = SchemaMemory(tmp_path / "m.sqlite", limit=3)
    for number in range(3):
        memory.put(dataset(number), FIELDS, "observed", T1)
    assert memory.get(dataset(0)) == FIELDS
    memory.put(dataset(3), FIELDS, "observed", T1)
    memory.put(dataset(4), FIELDS, "observed", T1)
    left = [number for number in range(5) if memory.get(dataset(number))]
    assert left == [0, 3, 4]


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 50, b"\0" * 5000]
)
def test_a_file_that_is_no_database_is_replaced(tmp_path: Path, content: bytes) -> None:
    """The broken file is kept beside the new one."""
    path = tmp_path / "m.sqlite"
    path.write_bytes(content)
    memory = SchemaMemory(path)
    assert memory.get(ORDERS) is None
    assert memory.put(ORDERS, FIELDS, "observed", T1)
    assert SchemaMemory(path).get(ORDERS) == FIELDS
    assert (tmp_path / "m.sqlite.broken").read_bytes() == content


def test_a_file_whose_pages_are_destroyed_is_replaced(tmp_path: Path) -> None:
    """Damage behind a good header is found at the first use that meets it."""
    path = tmp_path / "m.sqlite"
    memory = SchemaMemory(path)
    memory.put_many([(dataset(n), FIELDS * 50) for n in range(200)], "observed", T1)
    memory.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    memory = SchemaMemory(path)
    assert memory.get(dataset(7)) is None
    assert memory.put(ORDERS, FIELDS, "observed", T1)
    assert memory.get(ORDERS) == FIELDS


def test_another_layout_is_begun_anew(tmp_path: Path) -> None:
    """A file of another version is dropped, not misread."""
    path = tmp_path / "m.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE known (a); PRAGMA user_version = 99")
    connection.close()
    memory = SchemaMemory(path)
    assert memory.put(ORDERS, FIELDS, "observed", T1)
    assert memory.get(ORDERS) == FIELDS


def test_where_nothing_can_be_written_the_memory_is_empty(tmp_path: Path) -> None:
    """A home below a file cannot exist; the host must not notice."""
    (tmp_path / "file").write_text("")
    memory = SchemaMemory(tmp_path / "file" / "home" / "m.sqlite")
    assert memory.put(ORDERS, FIELDS, "observed", T1) is False
    assert memory.get(ORDERS) is None
    directory = SchemaMemory(tmp_path)
    assert directory.put(ORDERS, FIELDS, "observed", T1) is False
    assert directory.get(ORDERS) is None


def test_a_locked_file_delays_by_the_timeout_only_and_stays(tmp_path: Path) -> None:
    """A writer elsewhere costs this write, not the file."""
    path = tmp_path / "m.sqlite"
    memory = SchemaMemory(path, timeout_s=0.05)
    memory.put(ORDERS, FIELDS, "observed", T1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert memory.put(dataset(1), FIELDS, "observed", T1) is False
    assert memory.get(ORDERS) == FIELDS
    other.execute("ROLLBACK")
    other.close()
    assert memory.put(dataset(1), FIELDS, "observed", T1)


def test_a_name_that_is_no_unicode_text_is_not_remembered(memory: SchemaMemory) -> None:
    """Half a surrogate pair cannot be stored and must not cost the file."""
    memory.put(ORDERS, FIELDS, "observed", T1)
    assert memory.put(Dataset("ns", "\ud800"), FIELDS, "observed", T1) is False
    assert memory.get(Dataset("ns", "\ud800")) is None
    assert memory.get(ORDERS) == FIELDS


def test_many_processes_write_at_once(tmp_path: Path) -> None:
    """Nothing is lost, and nobody fails."""
    path = tmp_path / "m.sqlite"
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from whence.model import Dataset, Field
        from whence.schema.memory import SchemaMemory
        memory = SchemaMemory(Path(sys.argv[1]), timeout_s=20)
        for n in range(25):
            dataset = Dataset("ns", f"{sys.argv[2]}.{n}")
            assert memory.put(dataset, [Field("a")], "observed", "2026-01-01T00:00:00Z")
            assert memory.get(dataset) == (Field("a"),)
        """
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(number)])
        for number in range(4)
    ]
    assert [worker.wait(60) for worker in workers] == [0] * 4
    memory = SchemaMemory(path)
    names = [Dataset("ns", f"{worker}.{n}") for worker in range(4) for n in range(25)]
    assert all(memory.get(name) for name in names)


def test_importing_the_memory_loads_no_library() -> None:
    """Hosts pay for sqlite3 and json, not for OpenLineage or sqlglot."""
    program = (
        "import sys, whence.schema; "
        "print([m for m in ('openlineage', 'sqlglot', 'attr', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
