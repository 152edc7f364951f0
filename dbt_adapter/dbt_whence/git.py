"""Which code a project held when dbt ran: commit, branch, remote, and whether it was changed.

Runs ``git`` and waits for it, so it is called in the relay, never in dbt's process.
"""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

TIMEOUT_S = 5.0
LIVE_S = 10.0
"""As long after the start of a run, what git says of now is taken for what it held then."""


def read(folder: str, started_at: str | None = None) -> dict[str, Any]:
    """``commit``, ``branch``, ``remote``, ``prefix`` and ``dirty`` of ``folder``; {} without git.

    A run may be translated long after it ran. Then the commit is the one that git's reflog names
    for that time, and what cannot be told any more is left out.

    Args:
        folder: The project's, in a repository or not.
        started_at: When the run began, ISO-8601; None for now.

    Returns:
        ``prefix`` is the folder's path from the repository's root, with ``/`` at its end or "".
        ``dirty`` is about this folder alone.
    """
    if not os.path.isdir(folder):
        return {}
    now = _git(folder, "rev-parse", "--verify", "HEAD")
    if not now:
        return {}
    past = _past(started_at)
    commit = now if past is None else _commit_at(folder, past)
    found: dict[str, Any] = {
        "commit": commit,
        "remote": _git(folder, "remote", "get-url", "origin"),
        "prefix": _git(folder, "rev-parse", "--show-prefix") or "",
    }
    if commit == now:
        found["branch"] = _git(folder, "symbolic-ref", "--short", "-q", "HEAD")
        found["dirty"] = _dirty(folder, past)
    return {key: value for key, value in found.items() if value is not None}


def _past(started_at: str | None) -> datetime | None:
    """``started_at`` where it is too long ago to be now."""
    if started_at is None:
        return None
    started = datetime.fromisoformat(started_at.replace("Z", "+00:00"))
    if started.tzinfo is None:
        started = started.replace(tzinfo=timezone.utc)
    age_s = (datetime.now(timezone.utc) - started).total_seconds()
    return started if age_s > LIVE_S else None


def _commit_at(folder: str, past: datetime) -> str | None:
    """The commit that was checked out at that time; None where the reflog is younger."""
    log = _git(folder, "reflog", "show", "--date=unix", "--format=%H %gd", "HEAD")
    for line in (log or "").splitlines():
        commit, _, selector = line.partition(" ")
        moved_at = selector.partition("@{")[2].rstrip("}")
        if moved_at.isdigit() and int(moved_at) <= past.timestamp():
            return commit
    return None


def _dirty(folder: str, past: datetime | None) -> bool | None:
    """Whether files differ from the commit; of a past run None where all changes may be younger."""
    status = _git(folder, "status", "--porcelain", "-z", "--", ".")
    if status is None or not status or past is None:
        return None if status is None else bool(status)
    root = Path(_git(folder, "rev-parse", "--show-toplevel") or folder)
    changed = [root / entry[3:] for entry in status.split("\0")]
    older = any(_changed_before(path, past) for path in changed)
    return True if older else None


def _changed_before(path: Path, past: datetime) -> bool:
    try:
        return path.lstat().st_mtime <= past.timestamp()
    except OSError:
        return False


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
    text = done.stdout.decode("utf-8", "replace").rstrip("\n")
    return text if done.returncode == 0 else None
