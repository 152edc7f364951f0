"""What every folder of tests may use: the example shop, generated and built with real dbt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
FOREIGN = ("WHENCE_", "OPENLINEAGE_", "DBT_", "SHOP_")
"""Settings of whoever runs the tests that must not reach the processes they start."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A copy of `examples/shop` with its raw data and a data folder of Whence's own.

    Attributes:
        folder: The dbt project; its ``shop.duckdb`` holds the raw data and what was built.
        home: The folder that WHENCE_HOME names in every process started here.
    """

    folder: Path
    home: Path

    @property
    def database(self) -> Path:
        return self.folder / "shop.duckdb"

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables of a process in this shop, with the changes a test asks for."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        # A home folder of its own: settings in the user's must not decide where events go.
        return own | {"HOME": str(self.home), "WHENCE_HOME": str(self.home)} | variables

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """What a Python module or script does in the project's folder, with its output."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=300,
        )

    def dbt(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """One dbt command in this shop, e.g. ``dbt("build", "--target", "memory")``."""
        return self.run("-m", "dbt.cli.main", "--no-use-colors", *arguments, **variables)

    def whence(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """One command of the `whence` executable over what was built in this shop."""
        entry = "from whence_cli.app import main; main()"
        return self.run("-c", entry, *arguments, **variables)

    def events(self) -> list[dict[str, Any]]:
        """Every OpenLineage event in the shop's store, by time; waits for what is under way."""
        told = self.whence("events", "--json")
        assert told.returncode == 0, told.stderr
        events = [json.loads(line) for line in told.stdout.splitlines()]
        return sorted(events, key=lambda event: str(event["eventTime"]))

    def forget(self) -> None:
        """Empty Whence's data folder: nothing stored, nothing remembered of any table."""
        shutil.rmtree(self.home)
        self.home.mkdir(mode=0o700)

    def copy(self, to: Path) -> Shop:
        """This shop in another folder, built data and stored events included."""
        shutil.copytree(self.folder, to / "shop")
        shutil.copytree(self.home, to / "home")
        return Shop(to / "shop", to / "home")


def _new_shop(folder: Path) -> Shop:
    """The example as it stands in the repository, without what a build leaves behind."""
    left_behind = shutil.ignore_patterns("target", "logs", "*.duckdb*", "__pycache__")
    shutil.copytree(REPOSITORY / "examples" / "shop", folder / "shop", ignore=left_behind)
    (folder / "home").mkdir(mode=0o700)
    return Shop(folder / "shop", folder / "home")


@pytest.fixture(scope="session")
def generated_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The example with a twentieth of its raw data and nothing built. Copy it; do not change it."""
    shop = _new_shop(tmp_path_factory.mktemp("generated"))
    generated = shop.run("generate.py", "--scale", "0.05")
    assert generated.returncode == 0, generated.stderr
    return shop


@pytest.fixture(scope="session")
def built_shop(generated_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The example after one plain `dbt build`, its events stored. Copy it; do not change it."""
    shop = generated_shop.copy(tmp_path_factory.mktemp("built"))
    built = shop.dbt("build")
    assert built.returncode == 0, built.stdout
    # Whoever reads waits for what still works beside dbt: a copy made after this is whole.
    assert shop.events()
    return shop


@pytest.fixture
def shop(built_shop: Shop, tmp_path: Path) -> Shop:
    """A copy of the built example that a test may change."""
    return built_shop.copy(tmp_path)
