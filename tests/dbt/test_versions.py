"""The captures hold for every supported version of dbt, each in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from whence.testing import Validator

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PINS = {
    "1.8": ("dbt-core==1.8.*", "dbt-duckdb==1.8.*"),
    "1.9": ("dbt-core==1.9.*", "dbt-duckdb==1.9.*"),
    "1.10": ("dbt-core==1.10.*", "dbt-duckdb==1.9.*"),
    "1.11": ("dbt-core==1.11.*", "dbt-duckdb>=1.10,<1.12"),
}
OWN = ["plugins/core", "plugins/cli", "dbt_adapter"]
SELECTED = "raw_people raw_orders star uni inc py after_py people_snap snap_reader ver from_src"


@pytest.mark.versions
@pytest.mark.parametrize("version", PINS)
def test_an_older_dbt_gives_the_same_lineage(
    version: str, tmp_path: Path, validator: Validator
) -> None:
    """A build with it has valid events and the columns that the newest one has."""
    uv = shutil.which("uv") or os.environ.get("UV", "")
    if not uv:
        pytest.skip("uv makes the environments")
    python = _environment(uv, version, tmp_path / "venv")
    project = tmp_path / "edge"
    _project(project)
    home = tmp_path / "home"
    environment = {**os.environ, "WHENCE_HOME": str(home), "HOME": str(tmp_path)}
    dbt = [python.with_name("dbt"), "--no-use-colors", "build", "--select", *SELECTED.split()]
    done = subprocess.run(dbt, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    drain = [python, "-m", "whence.relay", "--drain"]
    subprocess.run(drain, cwd=project, env=environment, check=True)
    assert not (home / "errors.ndjson").exists(), (home / "errors.ndjson").read_text()
    (file,) = (home / "spool").glob("*.events.ndjson")
    events = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert [problem for event in events for problem in validator.problems(event)] == []
    assert _columns(events) == EXPECTED
    assert _sends_the_same(python, project, environment, events)


EXPECTED = {
    "after_py": ["id", "shout"],
    "from_src": ["id", "region"],
    "inc": ["id", "amount"],
    "people_snap": [
        "id",
        "name",
        "manager_id",
        "dbt_scd_id",
        "dbt_updated_at",
        "dbt_valid_from",
        "dbt_valid_to",
    ],
    "py": ["id", "shout"],
    "raw_orders": ["id", "person_id", "amount", "ordered_at"],
    "raw_people": ["id", "name", "manager_id"],
    "snap_reader": ["name", "dbt_valid_from"],
    "star": ["order_id", "person_id", "amount", "name"],
    "uni": ["id", "label"],
    "ver_v1": ["id"],
    "ver_v2": ["id", "name"],
}


def _environment(uv: str, version: str, folder: Path) -> Path:
    subprocess.run([uv, "venv", "--quiet", "--python", "3.11", folder], check=True)
    python = folder / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", python]
    own = [argument for each in OWN for argument in ("-e", str(REPOSITORY / each))]
    subprocess.run([*install, *PINS[version], *own], check=True)
    return python


def _project(folder: Path) -> None:
    """The project without what only newer versions know."""
    ignored = shutil.ignore_patterns("target", "logs", "*.duckdb*")
    shutil.copytree(HERE / "projects" / "edge", folder, ignore=ignored)
    (folder / "models" / "mb.sql").unlink()
    models = folder / "models" / "schema.yml"
    text = models.read_text()
    text = text.replace("{arguments: {to: ref('raw_people'), field: id}}", OLD_ARGUMENTS)
    text = text.replace("              arguments: {values: [1.5], quote: false}\n", OLD_VALUES)
    models.write_text(text)


OLD_ARGUMENTS = "{to: ref('raw_people'), field: id}"
OLD_VALUES = "              values: [1.5]\n              quote: false\n"


def _columns(events: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        output["name"].rpartition(".")[2]: [
            field["name"] for field in output["facets"]["schema"]["fields"]
        ]
        for event in events
        if event["eventType"] == "COMPLETE" and event["outputs"]
        for output in event["outputs"]
        if not event["job"]["name"].startswith("operation.")
    }


def _sends_the_same(
    python: Path, project: Path, environment: dict[str, str], live: list[dict[str, Any]]
) -> bool:
    """Whether the artifacts give the runs of the live plugin."""
    other = {**environment, "WHENCE_HOME": f"{environment['WHENCE_HOME']}-sent"}
    send = [python.with_name("whence"), "dbt", "send"]
    subprocess.run(send, cwd=project, env=other, check=True, capture_output=True)
    (file,) = (Path(other["WHENCE_HOME"]) / "spool").glob("*.events.ndjson")
    sent = [json.loads(line) for line in file.read_bytes().splitlines()]
    # Before dbt 1.10 hooks are not in run_results.
    keys = [
        {
            (event["run"]["runId"], event["eventType"])
            for event in events
            if not event["job"]["name"].startswith("operation.")
        }
        for events in (live, sent)
    ]
    return keys[0] == keys[1]
