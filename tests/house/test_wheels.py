"""The wheels: they build, install into a clean environment, and work there."""

from __future__ import annotations

import json
import zipfile

import pytest


@pytest.fixture(scope="module")
def venv(make_venv):
    """An environment with the wheels and no host."""
    made = make_venv()
    made.pip_install("whence", "dbt-whence")
    return made


def test_every_wheel_is_built(wheels, projects):
    """One for each folder of the workspace, and the umbrella."""
    names = {project["project"]["name"].replace("-", "_") for project in projects.values()}
    assert {wheel.name.partition("-")[0] for wheel in wheels.glob("*.whl")} == names


def test_wheels_are_typed_and_hold_one_package(wheels):
    """A wheel has its import package with ``py.typed`` and nothing beside it."""
    for wheel in wheels.glob("*.whl"):
        names = zipfile.ZipFile(wheel).namelist()
        packages = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
        if wheel.name.startswith("whence-"):
            assert packages == set(), "the umbrella holds no code"
        else:
            assert len(packages) == 1, packages
            assert f"{packages.pop()}/py.typed" in names


def test_the_example_is_in_the_cli_wheel(wheels):
    """``whence demo`` needs no clone; what running the example leaves behind stays out."""
    (wheel,) = wheels.glob("whence_cli-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "whence_cli/shop/dbt_project.yml" in names
    assert "whence_cli/shop/generate.py" in names
    assert [name for name in names if "/target/" in name or ".duckdb" in name] == []


def test_all_entry_points_load_in_a_clean_environment(venv):
    """Commands, translators and scripts are found with no host installed."""
    probe = (
        "from importlib.metadata import entry_points\n"
        "for group in ('whence.commands', 'whence.translators', 'console_scripts'):\n"
        "    for point in entry_points(group=group):\n"
        "        if point.value.startswith(('whence', 'dbt_whence')):\n"
        "            point.load(); print(group, point.name)"
    )
    loaded = venv.run("python", "-c", probe, check=True).stdout.split("\n")
    assert "whence.commands backend" in loaded
    assert "whence.commands cli" in loaded
    assert "whence.commands dbt" in loaded
    assert "whence.translators dbt" in loaded
    assert "console_scripts whence" in loaded


def test_the_executable_reads_sql_in_a_clean_environment(venv):
    """With no host, no store and no settings."""
    ran = venv.run("whence", "sql", "--json", input="insert into b select x + 1 as y from a")
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert (answer["inputs"], answer["outputs"]) == (["a"], ["b"])


def test_the_demo_says_what_it_needs(venv, tmp_path):
    """Without dbt there is one sentence with the way out, and exit code 2."""
    ran = venv.run("whence", "demo", "--folder", str(tmp_path))
    assert ran.returncode == 2
    assert "dbt-core and dbt-duckdb" in ran.stderr
    assert "pip install" in ran.stderr
