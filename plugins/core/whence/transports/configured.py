"""Whether a transport is configured, asked without importing openlineage.

Must not decide more than that: `whence.transports.destinations` reads the settings in full.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

PREFIX = "OPENLINEAGE__TRANSPORT"
IN_FILE = re.compile(rb"""^\s*\{?\s*["']?transport["']?\s*:""", re.MULTILINE)


def is_configured(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> bool:
    """Whether openlineage-python would find a transport in these settings.

    Its default, printing into the host's output, is never chosen and so does not count. A file
    counts when it has a ``transport`` key; that is read by pattern, not by a YAML parser.

    Args:
        environ: Variables; None: those of the process.
        folder: Where ``openlineage.yml`` may lie; None: the working folder.
    """
    env = os.environ if environ is None else environ
    if env.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    if env.get("OPENLINEAGE_URL") or env.get(f"{PREFIX}__TYPE") or _whole(env.get(PREFIX, "")):
        return True
    path = _file(env, folder or Path.cwd())
    return path is not None and bool(IN_FILE.search(_content(path)))


def _whole(text: str) -> bool:
    """Whether ``OPENLINEAGE__TRANSPORT`` itself is an object with a type."""
    try:
        value = json.loads(text or "null")
    except ValueError:
        return False
    return isinstance(value, dict) and bool(value.get("type"))


def _file(environ: Mapping[str, str], folder: Path) -> Path | None:
    """The settings file that openlineage-python would read: the first there is."""
    home = environ.get("HOME") or os.path.expanduser("~")
    named = environ.get("OPENLINEAGE_CONFIG")
    candidates = [
        *([Path(named)] if named else []),
        folder / "openlineage.yml",
        Path(home, ".openlineage", "openlineage.yml"),
    ]
    for path in candidates:
        if path.is_file() and os.access(path, os.R_OK):
            return path
    return None


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
