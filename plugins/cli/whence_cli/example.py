"""The example shop: where it lies, a copy of it to work in, its raw data, and dbt over it.

Must not ask the store anything; what fails raises `WhenceError` with the way out.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from whence.errors import WhenceError
from whence_cli import installed

NEEDED = ("dbt-core", "dbt-duckdb")
MARKER = ".whence-demo"
"""A file in each copy: what bears it may be replaced by the next."""
LEFT_BEHIND = shutil.ignore_patterns(
    "target", "logs", "raw", "expected", "__pycache__", "*.duckdb", "*.duckdb.wal", ".*"
)

FOREIGN = ("OPENLINEAGE_", "DBT_", "SHOP_", "WHENCE_DISABLED")
"""Variables that would lead the example elsewhere or switch the plugin off."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A copy of the example that can be built.

    Attributes:
        folder: The dbt project; its database is made here too.
        home: The data folder that takes what dbt tells.
        environ: What its processes are started with.
    """

    folder: Path
    home: Path
    environ: Mapping[str, str]


def prepare(folder: Path, environ: Mapping[str, str]) -> Shop:
    """A fresh copy of the example in ``folder``, with a data folder of its own unless one is set.

    Args:
        folder: Made where it does not exist; an earlier copy is replaced, its history kept.
        environ: Of this process. OpenLineage's variables are left out of the copy's, so that
            the example does not reach anybody's backend.
    """
    missing = [package for package in NEEDED if package not in installed.hosts()]
    if missing:
        raise WhenceError(
            f"the example needs {' and '.join(missing)}, which this environment does not have: "
            f'pip install "whence[dbt]" dbt-duckdb'
        )
    home = Path(environ.get("WHENCE_HOME") or folder / "whence").absolute()
    kept = {name: text for name, text in environ.items() if not name.startswith(FOREIGN)}
    own = {"WHENCE_HOME": str(home), "WHENCE_LOCAL_STORE": "true", "SHOP_HOME": "."}
    shop = Shop((folder / "shop").absolute(), home, {**kept, **own})
    _copy(shop.folder)
    return shop


def _copy(folder: Path) -> None:
    """Copy the example, in place of an earlier copy; nothing else is ever replaced."""
    if folder.exists():
        if not (folder / MARKER).is_file():
            raise WhenceError(f"{folder} is there already and no copy of the example of ours")
        shutil.rmtree(folder)
    shutil.copytree(source(), folder, ignore=LEFT_BEHIND)
    (folder / MARKER).touch()


def source() -> Path:
    """The example as it was shipped: in the wheel, or in the repository for an editable install."""
    package = Path(__file__).parent
    copies = (package / "shop", package.parents[2] / "examples" / "shop")
    for copy in copies:
        if (copy / "dbt_project.yml").is_file():
            return copy
    raise WhenceError(f"the example is at neither of {', '.join(str(copy) for copy in copies)}")


def generate(shop: Shop) -> None:
    """Write the raw data: the same rows each time."""
    _run("generate.py", [sys.executable, "generate.py"], shop)


def build(shop: Shop) -> None:
    """Run plain ``dbt build``, its output going where ours goes."""
    _run("dbt build", [*_dbt(), "build"], shop)


def _dbt() -> list[str]:
    """The ``dbt`` of this environment: another one may not have the plugin."""
    script = Path(sysconfig.get_path("scripts")) / "dbt"
    if script.is_file():
        return [str(script)]
    return [sys.executable, "-c", "from dbt.cli.main import cli; cli()"]


def _run(what: str, command: list[str], shop: Shop) -> None:
    ended = subprocess.run(command, cwd=shop.folder, env=dict(shop.environ), check=False)
    if ended.returncode:
        raise WhenceError(f"{what} ended with exit code {ended.returncode} in {shop.folder}")
