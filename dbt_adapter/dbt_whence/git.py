"""Which code a project folder holds: commit, branch, remote, and whether it was changed since.

Runs ``git`` and waits for it, so it is called in the relay, never in dbt's process.
"""

from __future__ import annotations

import os
import subprocess
from typing import Any

TIMEOUT_S = 5.0


def read(folder: str) -> dict[str, Any]:
    """``commit``, ``branch``, ``remote``, ``prefix`` and ``dirty`` of ``folder``; {} without git.

    Returns:
        ``prefix`` is the folder's path from the repository's root, with ``/`` at its end or "".
        ``dirty`` is about this folder alone.
    """
    if not os.path.isdir(folder):
        return {}
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if not commit:
        return {}
    branch = _git(folder, "symbolic-ref", "--short", "-q", "HEAD")
    remote = _git(folder, "remote", "get-url", "origin")
    status = _git(folder, "status", "--porcelain", "--", ".")
    prefix = _git(folder, "rev-parse", "--show-prefix")
    found = {"commit": commit, "branch": branch, "remote": remote, "prefix": prefix or ""}
    known: dict[str, Any] = {key: value for key, value in found.items() if value is not None}
    return known if status is None else {**known, "dirty": bool(status)}


def _environment() -> dict[str, str]:
    """Without what points git at another repository: dbt may run from one's hook."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**own, "GIT_TERMINAL_PROMPT": "0"}


def _git(folder: str, *arguments: str) -> str | None:
    """What git prints; None where it fails, is missing or takes too long."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", folder, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode("utf-8", "replace").strip()
    return text if done.returncode == 0 and (text or arguments[0] != "symbolic-ref") else None
