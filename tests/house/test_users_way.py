"""The way of a user with a dbt project and no clone: pip, plain dbt, ``whence``."""

from __future__ import annotations

import json
import re
import shutil

import pytest

# The parser that dbt-core 1.12 asks for cannot be built without a download of its own.
DBT = ("dbt-core==1.11.*", "dbt-duckdb")


@pytest.fixture(scope="module")
def venv(make_venv):
    """An environment made by pip from the wheels."""
    made = make_venv()
    made.pip_install("whence[dbt]", *DBT)
    return made


@pytest.fixture(scope="module")
def project(root, tmp_path_factory):
    """A dbt project of the user's own: a copy of the example, outside the repository."""
    folder = tmp_path_factory.mktemp("user") / "project"
    left = shutil.ignore_patterns("target", "logs", "expected", "*.duckdb*")
    return shutil.copytree(root / "examples" / "shop", folder, ignore=left)


@pytest.fixture(scope="module")
def built(venv, project):
    """What plain ``dbt build`` said; the data folder is the default one of a new user."""
    env = {"XDG_DATA_HOME": str(project.parent / "share"), "NO_COLOR": "1"}
    venv.run("python", "generate.py", "--scale", "0.05", cwd=project, env=env, check=True)
    return venv.run("dbt", "build", cwd=project, env=env), env


def test_dbt_does_not_mention_us(built):
    """What is said after ``dbt build`` is in ``whence runs``, not in dbt's output."""
    ran, _ = built
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert re.search("whence|lineage", ran.stdout + ran.stderr, re.IGNORECASE) is None


def test_runs_shows_the_build(venv, project, built):
    """Asked right after dbt has ended, with nothing started or configured."""
    _, env = built
    ran = venv.run(
        "whence", "runs", "--job", "dbt-build-shop", "--json", cwd=project, env=env, check=True
    )
    assert "dbt-build-shop" in ran.stdout
    assert "COMPLETE" in ran.stdout


def test_trace_answers_for_a_table_and_for_a_column(venv, project, built):
    """Upstream to the raw data, by the short name that the user has in mind."""
    _, env = built
    for name in ("customers", "customers.lifetime_value"):
        ran = venv.run("whence", "trace", f"shop.marts.{name}", "--json", cwd=project, env=env)
        assert ran.returncode == 0, ran.stderr
        nodes = {node["name"] for node in json.loads(ran.stdout)["nodes"]}
        assert any(name.startswith("shop.raw.orders") for name in nodes), nodes


def test_doctor_is_content(venv, project, built):
    """Plugin hooked, nothing pending or dropped, no error swallowed."""
    _, env = built
    venv.run("whence", "runs", cwd=project, env=env, check=True)
    ran = venv.run("whence", "doctor", "--json", cwd=project, env=env)
    answer = json.loads(ran.stdout)
    assert answer["problems"] == []
    assert ran.returncode == 0
    assert [dbt["hooked"] for dbt in answer["hosts"]["dbt"]] == [True]
    assert (answer["spool"]["pending"], answer["spool"]["dropped"]) == (0, 0)
