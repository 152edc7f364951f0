"""Which hosts there are, and whether they will call us.

Must not import a host here: each is asked in an interpreter of its own, in bounded time.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whence_cli.doctor.section import Section

PROBE_TIMEOUT_S = 20.0
INTERPRETER = re.compile(rb"[^\s\"'!]*python[\d.]*")

PROBE = """
import sys
sys.path.pop(0)
import importlib.metadata, json

def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None

found = {"version": version("dbt-core"), "plugin": version("dbt-whence"), "hooked": False}
if found["plugin"]:
    import dbt_whence
    found["hooked"] = bool(dbt_whence.plugins)
print(json.dumps(found))
"""
"""Asked in dbt's own interpreter, as dbt itself would find the plugin there: a module in the
current folder, which Python puts first, is none of dbt's."""


@dataclass(frozen=True, slots=True)
class Dbt:
    """One dbt of this machine.

    Attributes:
        executable: The script, or None where this environment has dbt without one.
        python: Its interpreter, or None where the script does not say.
    """

    executable: Path | None
    python: Path | None


def examine() -> Section:
    """Each dbt that can be called from here, with its version and whether it has the plugin."""
    found = [_examine_dbt(dbt) for dbt in _dbts()]
    problems = [_problem(facts) for facts in found if not facts["hooked"]]
    return Section({"dbt": found}, tuple(problems))


def _dbts() -> Iterator[Dbt]:
    """The dbt of this environment, and the one on the path."""
    seen: set[Path] = set()
    own = Path(sysconfig.get_path("scripts")) / "dbt"
    named = shutil.which("dbt")
    for executable in (own, *([Path(named)] if named else [])):
        if executable.is_file() and executable.resolve() not in seen:
            seen.add(executable.resolve())
            yield Dbt(executable, _interpreter(executable))


def _interpreter(script: Path) -> Path | None:
    """The Python that a script's first lines name; None for a binary or a shell's shim."""
    with script.open("rb") as stream:
        head = stream.read(4096).splitlines()[:2]
    if not head or not head[0].startswith(b"#!"):
        return None
    for line in head:
        if named := INTERPRETER.search(line):
            return Path(named.group().decode())
    return None


def _examine_dbt(dbt: Dbt) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "executable": str(dbt.executable),
        "python": None if dbt.python is None else str(dbt.python),
        "version": None,
        "plugin": None,
        "hooked": False,
        "reason": None,
    }
    if dbt.python is None:
        return {**facts, "reason": "it does not say which Python runs it"}
    try:
        probe = subprocess.run(
            [str(dbt.python), "-c", PROBE],
            cwd=tempfile.gettempdir(),
            capture_output=True,
            text=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {**facts, "reason": str(error)}
    if probe.returncode:
        said = probe.stderr.strip().splitlines() or ["no message"]
        return {**facts, "reason": said[-1]}
    facts |= json.loads(probe.stdout)
    return facts if facts["hooked"] else {**facts, "reason": _why(facts)}


def _why(facts: dict[str, Any]) -> str:
    if facts["version"] is None:
        return "its Python has no dbt-core"
    if facts["plugin"] is None:
        return "dbt-whence is not installed beside it"
    return "the plugin is switched off, or could not be loaded (see the errors)"


def _problem(facts: dict[str, Any]) -> str:
    way_out = ""
    if facts["plugin"] is None and facts["python"] is not None:
        way_out = f": {facts['python']} -m pip install dbt-whence"
    return f"{facts['executable']} will not tell us anything: {facts['reason']}{way_out}"
