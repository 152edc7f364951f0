"""A small dbt project with one of each kind of node, run by real dbt processes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from whence import relay
from whence.config import load
from whence.spool import iter_lines
from whence.testing import Validator

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
FOREIGN = ("WHENCE_", "OPENLINEAGE_", "DBT_", "EDGE_", "SHOP_")
BATCHES = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04")

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of `projects/edge` and a data folder of Whence's own."""

    folder: Path
    home: Path

    def environment(self, **variables: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return own | {
            "HOME": str(self.folder),
            "WHENCE_HOME": str(self.home),
            "PYTHONPATH": str(HERE / "faults"),
            **variables,
        }

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """A dbt process that is not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "dbt.cli.main", "--no-use-colors", *arguments],
            cwd=self.folder,
            env=self.environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def dbt(self, *arguments: str, **variables: str) -> Done:
        """One dbt command, waited for."""
        process = self.start(*arguments, **variables)
        try:
            output, _ = process.communicate(timeout=120)
        finally:
            process.kill()
        return Done(process.returncode, output)

    def raw_events(self) -> list[Event]:
        """The whole lines that are in the spool now, in order; the relay may be writing one."""
        files = sorted((self.home / "spool").glob("*.events.ndjson"))
        return [json.loads(line) for file in files for line, _ in iter_lines(file, 0)]

    def events(self) -> list[Event]:
        """All events, after everything that was captured is translated."""
        report = relay.drain(load({"WHENCE_HOME": str(self.home)}), wait_s=30)
        assert report.waiting == () and report.failed == ()
        return self.raw_events()

    def errors(self) -> list[dict[str, Any]]:
        """What the guard swallowed."""
        path = self.home / "errors.ndjson"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def tables(self) -> dict[str, list[Any]]:
        """Every table and view of the database with its rows."""
        with duckdb.connect(str(self.folder / "edge.duckdb"), read_only=True) as connection:
            names = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables order by 1"
            ).fetchall()
            return {
                name: connection.execute(f"select * from {name} order by all").fetchall()
                for (name,) in names
            }

    def copy(self, to: Path) -> Project:
        shutil.copytree(self.folder, to / "edge")
        (to / "home").mkdir()
        return Project(to / "edge", to / "home")


@dataclass(frozen=True, slots=True)
class Done:
    """How a dbt command ended."""

    code: int
    output: str

    @property
    def normal(self) -> list[str]:
        """The output without times of day and durations."""
        text = re.sub(r"(?m)^\d\d:\d\d:\d\d", "TIME", self.output)
        text = re.sub(r"\d+ hours \d+ minutes and |\d+\.\d\d ?s(econds)?", "DURATION", text)
        return [re.sub(r"\.{2,}", "..", line) for line in text.splitlines()]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Older versions are fetched from the network, so they are run when asked for."""
    if "versions" in config.getoption("-m"):
        return
    for item in items:
        if item.get_closest_marker("versions"):
            item.add_marker(pytest.mark.skip(reason="asked for with `-m versions`"))


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project built by a dbt without the plugin. Copy it; do not change it."""
    folder = tmp_path_factory.mktemp("parsed")
    ignored = shutil.ignore_patterns("target", "logs", "*.duckdb*")
    shutil.copytree(HERE / "projects" / "edge", folder / "edge", ignore=ignored)
    project = Project(folder / "edge", folder / "home")
    done = project.dbt("build", *BATCHES, FAULT_AT="absent")
    assert done.code == 0, done.output
    assert not project.home.exists()
    return project


@pytest.fixture(scope="session")
def built(parsed: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project after `dbt build` with the plugin in an empty database. Do not change it."""
    project = parsed.copy(tmp_path_factory.mktemp("built"))
    (project.folder / "edge.duckdb").unlink()
    done = project.dbt("build", *BATCHES, WHENCE_KEEP_CAPTURES="true")
    assert done.code == 0, done.output
    project.events()
    assert project.errors() == []
    return project


@pytest.fixture
def project(parsed: Project, tmp_path: Path) -> Project:
    """A built copy with an empty data folder, for a test to change."""
    return parsed.copy(tmp_path)


@pytest.fixture(scope="session")
def validator() -> Validator:
    """OpenLineage's schemas and ours."""
    return Validator(
        REPOSITORY / "tests" / "spec" / "openlineage",
        REPOSITORY / "dbt_adapter" / "dbt_whence" / "schemas",
    )


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool], float], None]:
    """Wait for a condition, or fail after so many seconds."""

    def wait(condition: Callable[[], bool], timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"nothing within {timeout_s} s"
            time.sleep(0.05)

    return wait


def of_job(events: list[Event], name: str, *types: str) -> list[Event]:
    """The events of one job, of the given types or all."""
    return [
        event
        for event in events
        if event["job"]["name"] == name and (not types or event["eventType"] in types)
    ]


@pytest.fixture
def ended() -> Iterator[Callable[[list[Event], str], Event]]:
    """The one event that ends a job's run."""

    def end_of(events: list[Event], name: str) -> Event:
        (found,) = of_job(events, name, "COMPLETE", "FAIL", "ABORT")
        return found

    yield end_of
