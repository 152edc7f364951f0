"""The code's state that is recorded is the one of the run, however late it is asked for."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from dbt_whence import git

NOW = datetime.now(timezone.utc)


def ago(minutes: int) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat()


def commit(folder: Path, minutes_ago: int) -> str:
    date = ago(minutes_ago)
    names = {"NAME": "An Author", "EMAIL": "author@example.org", "DATE": date}
    who = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in names.items()
    }
    run = ["git", "-C", str(folder)]
    subprocess.run([*run, "add", "-A"], check=True)
    subprocess.run([*run, "commit", "-q", "-m", "a change"], check=True, env={**os.environ, **who})
    done = subprocess.run([*run, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a sub-folder of a repository with a first commit of an hour ago."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    folder = tmp_path / "dbt"
    folder.mkdir()
    (folder / "model.sql").write_text("select 1")
    return folder


def test_a_run_of_now_tells_all_of_now(project: Path) -> None:
    head = commit(project, 60)
    (project / "model.sql").write_text("select 2")
    assert git.read(str(project)) == {
        "commit": head,
        "branch": "main",
        "prefix": "dbt/",
        "dirty": True,
    }


def test_a_past_run_tells_the_commit_of_its_time(project: Path) -> None:
    first = commit(project, 60)
    (project / "model.sql").write_text("select 2")
    commit(project, 30)
    found = git.read(str(project), ago(45))
    assert found["commit"] == first
    assert "dirty" not in found
    assert "branch" not in found


def test_a_run_before_the_clone_tells_no_commit(project: Path) -> None:
    commit(project, 60)
    assert "commit" not in git.read(str(project), ago(90))


def test_a_change_after_a_past_run_is_not_laid_to_it(project: Path) -> None:
    head = commit(project, 60)
    assert git.read(str(project), ago(10))["dirty"] is False
    (project / "model.sql").write_text("select 2")
    found = git.read(str(project), ago(10))
    assert found["commit"] == head
    assert "dirty" not in found


def test_a_change_older_than_a_past_run_makes_it_dirty(project: Path) -> None:
    commit(project, 60)
    model = project / "model.sql"
    model.write_text("select 2")
    changed = (NOW - timedelta(minutes=20)).timestamp()
    os.utime(model, (changed, changed))
    assert git.read(str(project), ago(10))["dirty"] is True


def test_a_folder_without_git_tells_nothing(tmp_path: Path) -> None:
    assert git.read(str(tmp_path / "missing")) == {}
    assert git.read("/") == {}
