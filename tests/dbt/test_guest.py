"""Nothing of ours changes what dbt does: exit code, output, results."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SELECTED = ("build", "--threads", "1", "--select", "raw_people", "raw_orders", "star", "uni")
Plain = tuple[Any, Any, list[Any]]
"""What plain dbt said, the tables it left, and its results."""

PLACES = [
    "import",
    "initialize",
    "NodeStart",
    "NodeExecuting",
    "NodeFinished",
    "CommandCompleted",
    "manifest",
    "disk-full",
    "relay",
]


@pytest.fixture(scope="module")
def plain(parsed: Any, tmp_path_factory: pytest.TempPathFactory) -> Plain:
    """What dbt prints and builds without the plugin."""
    project = parsed.copy(tmp_path_factory.mktemp("plain"))
    done = project.dbt(*SELECTED, FAULT_AT="absent")
    assert done.code == 0, done.output
    return done, project.tables(), results(project.folder)


def results(folder: Path) -> list[Any]:
    """dbt's results without times."""
    content = json.loads((folder / "target" / "run_results.json").read_text())
    kept = ("unique_id", "status", "message", "failures", "adapter_response", "compiled_code")
    return [{key: result.get(key) for key in kept} for result in content["results"]]


def unharmed(project: Any, plain: Plain, **variables: str) -> None:
    done = project.dbt(*SELECTED, **variables)
    expected, tables, ended = plain
    assert done.normal == expected.normal
    assert results(project.folder) == ended
    assert done.code == expected.code
    assert project.tables() == tables


def test_the_plugin_changes_nothing(project: Any, plain: Plain) -> None:
    """With the plugin at work, output, exit code, results and tables are those of plain dbt."""
    unharmed(project, plain)
    assert len(project.events()) > 10
    assert project.errors() == []


@pytest.mark.parametrize("place", PLACES)
def test_an_exception_of_ours_does_not_reach_dbt(project: Any, plain: Plain, place: str) -> None:
    """Wherever it is raised: dbt is as without us, and what went wrong is written down."""
    unharmed(project, plain, FAULT_AT=place)
    assert project.errors()
    events = project.events()
    if place not in {"import", "initialize", "disk-full"}:
        assert events[0]["job"]["name"] == "dbt-build-edge"
        assert events[-1]["job"]["name"] == "dbt-build-edge"
    if place in {"relay", "NodeExecuting"}:
        assert events[-1]["eventType"] == "COMPLETE"
        assert [event for event in events if event["job"]["name"] == "model.edge.star"]


def test_a_question_without_an_answer_does_not_reach_dbt(project: Any) -> None:
    """Columns are asked for and never come: dbt goes on, and ends as it would without us."""
    model = project.folder / "models" / "of_outside.sql"
    model.write_text("select * from read_csv('seeds/raw_people.csv')")
    done = project.dbt("run", "--select", "of_outside", FAULT_AT="slow-question")
    assert done.code == 0, done.output
    assert project.events()[-1]["eventType"] == "COMPLETE"


def test_a_home_that_cannot_be_written_costs_dbt_nothing(project: Any, plain: Plain) -> None:
    """A file stands where the folder should be."""
    project.home.rmdir()
    project.home.write_text("no folder")
    unharmed(project, plain)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 KB; skipped where this user may not mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(folder)], capture_output=True
    )
    if mounting.returncode != 0:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_costs_dbt_nothing(project: Any, plain: Plain, small_disk: Path) -> None:
    """What fits is kept, the rest is lost; dbt is as without us."""
    unharmed(project, plain, WHENCE_HOME=str(small_disk))
    assert list((small_disk / "spool").iterdir())


@pytest.mark.parametrize("switch", ["WHENCE_DISABLED", "OPENLINEAGE_DISABLED"])
def test_switched_off_it_leaves_no_trace(project: Any, switch: str) -> None:
    """Neither a file nor a process."""
    done = project.dbt("run", "--select", "ver.v1", **{switch: "true"})
    assert done.code == 0
    assert list(project.home.iterdir()) == []


def test_commands_that_run_no_nodes_are_not_listened_to(project: Any) -> None:
    """`dbt ls` neither starts a relay nor captures anything."""
    assert project.dbt("ls", "--quiet").code == 0
    assert list(project.home.iterdir()) == []


def test_a_wrong_setting_is_not_said_in_dbts_output(project: Any, plain: Plain) -> None:
    """It goes to Whence's own log."""
    unharmed(project, plain, WHENCE_SQL_MAX_BYTE="5")
    assert "WHENCE_SQL_MAX_BYTES" in (project.home / "log" / "dbt.log").read_text()


def test_importing_the_door_loads_nothing(project: Any) -> None:
    """Whoever imports `dbt_whence` without dbt loads neither dbt nor the rest of Whence."""
    probe = (
        "import sys, dbt_whence; "
        "print([m for m in sys.modules if m.split('.')[0] in ('dbt', 'whence', 'sqlglot')])"
    )
    ran = subprocess.run(
        [os.sys.executable, "-c", probe], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
