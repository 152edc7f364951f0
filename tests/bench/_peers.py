"""Other parsers, each in an environment of its own that is built once with uv.

Must not install anything into the project's environment: their pins conflict with ours.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot

REQUIREMENTS = {
    "sqlglot_lineage": f"sqlglot[c]=={sqlglot.__version__}",
    "datahub": "acryl-datahub[sql-parser]==1.7.0.17",
    "sqllineage": "sqllineage==1.5.9",
    "openlineage_sql": "openlineage-sql==1.54.0",
    "sqllineage_rs": "sqllineage-rs==0.2.0",
}
"""The peers, and what is installed for each; the parser alone runs beside `sqlglot.lineage`."""

FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whence-bench"
ANSWER = Path(__file__).resolve().parent / "peers" / "answer.py"


@dataclass(frozen=True, slots=True)
class Question:
    """A text with what is known of its tables."""

    sql: str
    dialect: str
    schema: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one peer said.

    Attributes:
        answers: One for each question: ``ms`` (None where it failed), ``columns`` (pairs of an
            output column and its sources), ``inputs``, ``outputs``.
    """

    import_s: float
    rss_bytes: int
    answers: list[dict[str, Any]]


def uv() -> list[str] | None:
    """The command that runs uv, None where there is none."""
    found = os.environ.get("UV") or shutil.which("uv")
    if found:
        return [found]
    as_module = [sys.executable, "-m", "uv"]
    tried = subprocess.run([*as_module, "--version"], capture_output=True, check=False)
    return as_module if tried.returncode == 0 else None


def environment(peer: str) -> Path | None:
    """The Python of the environment of ``peer``, built where it is not there yet."""
    requirement = REQUIREMENTS[peer]
    version = platform.python_version()
    folder = FOLDER / f"{peer}-{requirement.rpartition('==')[2]}-python{version}"
    python = folder / "bin" / "python"
    built = folder / ".built"
    if built.exists():
        return python
    command = uv()
    if command is None:
        return None
    print(f"building {folder}", file=sys.stderr, flush=True)
    subprocess.run([*command, "venv", "--quiet", "--clear", "-p", version, folder], check=True)
    subprocess.run(
        [*command, "pip", "install", "--quiet", "--python", python, requirement], check=True
    )
    built.touch()
    return python


def ask(
    peer: str, questions: Sequence[Question], rounds: int, seconds: float = 60.0
) -> Answers | None:
    """The answers of ``peer``, None where it cannot be installed.

    Args:
        peer: A name in `REQUIREMENTS`, or ``sqlglot_parse``.
        questions: What is asked, in order.
        rounds: How often each is timed; the best counts.
        seconds: No further round of a question after this.
    """
    try:
        python = environment("sqlglot_lineage" if peer == "sqlglot_parse" else peer)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{peer} is left out: {error}", file=sys.stderr)
        return None
    if python is None:
        print(f"{peer} is left out: there is no uv", file=sys.stderr)
        return None
    places: dict[int, int] = {}
    schemas: list[Mapping[str, Mapping[str, str]]] = []
    for each in questions:
        if id(each.schema) not in places:
            places[id(each.schema)] = len(schemas)
            schemas.append(each.schema)
    cases = [
        {"sql": each.sql, "dialect": each.dialect, "schema": places[id(each.schema)]}
        for each in questions
    ]
    asked = {"peer": peer, "rounds": rounds, "seconds": seconds, "cases": cases, "schemas": schemas}
    done = subprocess.run(
        [python, ANSWER], input=json.dumps(asked), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print(f"{peer} is left out: {done.stderr[-500:]}", file=sys.stderr)
        return None
    found = json.loads(done.stdout)
    return Answers(found["import_s"], found["rss_bytes"], found["answers"])
