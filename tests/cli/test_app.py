"""The executable: sub-commands of every package, help with examples, light to start."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.main import get_command

from whence_cli.app import application


def _commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Every command with the words that call it."""
    for name, command in getattr(group, "commands", {}).items():
        if getattr(command, "commands", None):
            yield from _commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


@pytest.fixture(scope="module")
def commands() -> dict[str, object]:
    return dict(_commands(get_command(application())))


def test_every_documented_command_is_there(commands):
    """From whichever wheel it comes."""
    expected = {"demo", "trace", "runs", "events", "explain", "dbt send", "sql", "doctor", "ingest"}
    assert expected <= commands.keys()


def test_every_help_has_examples(commands):
    """At least one line that can be typed as it stands."""
    for name, command in commands.items():
        text = getattr(command, "help", "") or ""
        _, _, examples = text.partition("Examples:")
        assert f"whence {name}" in examples, f"whence {name} --help has no example"


def test_help_loads_neither_parser_nor_database():
    """Commands import what they need when they run."""
    probe = (
        "import sys\nfrom typer.testing import CliRunner\n"
        "from whence_cli.app import application\n"
        "assert CliRunner().invoke(application(), ['--help']).exit_code == 0\n"
        "heavy = ('sqlglot', 'openlineage', 'sqlalchemy', 'alembic', 'dbt.cli')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"


def test_a_broken_package_does_not_take_the_others_down(whence, tmp_path):
    """Its commands are missing, and this is said; the others work."""
    folder = tmp_path / "site"
    dist = folder / "broken_plugin-1.0.dist-info"
    dist.mkdir(parents=True)
    (dist / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    (dist / "entry_points.txt").write_text("[whence.commands]\nbroken = broken_plugin:register\n")
    (folder / "broken_plugin.py").write_text("def register(app):\n    raise RuntimeError('no')\n")
    ran = whence("version", "--json", PYTHONPATH=str(folder))
    assert ran.returncode == 0
    assert "broken_plugin" in ran.stderr
    assert "whence-core" in ran.stdout


def test_an_error_of_ours_is_one_sentence(whence, home):
    """A data folder that is a file: exit code 2, no traceback."""
    home.write_text("not a folder")
    ran = whence("runs")
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("whence: ")


def test_the_reader_may_leave_early():
    """``whence sql --batch | head -1`` ends without a traceback."""
    line = '{"id": 1, "sql": "select a from t"}\n'
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m whence_cli sql --batch | head -1"],
        input=line * 2000,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.count("\n") == 1
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 0


def test_the_version_is_an_option_too(whence):
    """As every other tool has it."""
    assert re.fullmatch(r"whence \d+\.\d+\.\d+\n", whence("--version").stdout)


def test_the_application_is_made_anew_each_time():
    """Registering twice in one process does not double a command."""
    assert isinstance(application(), typer.Typer)
    once = list(dict(_commands(get_command(application()))))
    assert len(once) == len(set(once))
