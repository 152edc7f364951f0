"""The README's two commands, run as they stand in a fresh clone."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

DEMO_S = 300
NARROW = "tests/house/test_versions.py"
"""What the test command runs here: all tests would run this one again."""


@pytest.fixture(scope="module")
def commands(root: Path) -> list[str]:
    """The commands under the heading "Two commands", in order."""
    text = (root / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Two commands\n")[1].split("\n## ")[0]
    return [block.strip() for block in re.findall(r"```console\n(.*?)```", section, re.DOTALL)]


@pytest.fixture(scope="module")
def clone(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of what is committed."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("clone") / "whence"
    subprocess.run(["git", "clone", "--quiet", str(root), str(folder)], check=True)
    return folder


def _run(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user would in ``folder``, with a data folder of its own."""
    ours = ("WHENCE_", "OPENLINEAGE_", "PYTEST_", "VIRTUAL_ENV", "UV", "DBT_", "SHOP_")
    kept = ("UV_CACHE_DIR", "UV_PYTHON")
    env = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(kept) or not name.startswith(ours)
    }
    own = Path(os.environ.get("VIRTUAL_ENV", "")) / "bin"
    env["PATH"] = os.pathsep.join(p for p in env["PATH"].split(os.pathsep) if Path(p) != own)
    env |= {"XDG_DATA_HOME": str(folder.parent / "data"), **more}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_there_are_two_commands_of_one_line_each(commands):
    """One to see it work, one to run the tests."""
    assert [len(command.splitlines()) for command in commands] == [1, 1]
    assert commands[0].endswith("whence demo")
    assert commands[1].endswith("pytest")


def test_the_first_command_builds_the_example_and_answers(commands, clone):
    """Within five minutes it sets everything up, runs dbt, and shows both directions."""
    started = time.monotonic()
    ran = _run(commands[0], clone)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    assert time.monotonic() - started < DEMO_S
    assert "whence trace" in ran.stdout
    assert "customers" in ran.stdout


def test_the_second_command_runs_tests(commands, clone):
    """It sets everything up and ends with pytest's own closing line."""
    ran = _run(commands[1], clone, PYTEST_ADDOPTS=NARROW)
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    assert re.search(r"\d+ passed", ran.stdout.splitlines()[-1])


def test_the_commands_work_where_pip_refuses_the_system(commands, clone):
    """Also where pip is told to install into a virtual environment or the user's folder only."""
    install = commands[0].split(" && ")[0]
    ran = _run(install, clone, PIP_REQUIRE_VIRTUALENV="1", PIP_USER="1")
    assert ran.returncode == 0, ran.stderr


def test_the_commands_name_the_packages_they_sync(commands):
    """So they stay small when other hosts join the workspace."""
    for command in commands:
        assert re.findall(r"--package (\S+)", command) == ["whence", "dbt-whence"]


def test_ci_runs_the_second_command(commands, root):
    """What passes for us passes for the user: the text is the same."""
    assert commands[1] in (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
