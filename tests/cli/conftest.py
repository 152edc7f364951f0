"""The executable, run as a process with a data folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder that does not exist yet."""
    return tmp_path / "home"


@pytest.fixture
def whence(home: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Runs ``whence`` with arguments, standard input and further variables."""

    def run(*arguments: str, stdin: str | bytes = b"", **environ: str) -> Ran:
        ours = ("WHENCE_", "OPENLINEAGE_")
        env = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        env |= {"WHENCE_HOME": str(home), "HOME": str(tmp_path), **environ}
        given = stdin.encode() if isinstance(stdin, str) else stdin
        ran = subprocess.run(
            [sys.executable, "-m", "whence_cli", *arguments],
            input=given,
            env=env,
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        return Ran(ran.args, ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    return run
