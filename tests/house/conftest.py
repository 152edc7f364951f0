"""What the house's tests look at: the wheels, their modules as syntax trees, the tracked files."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Import:
    """One imported module, as ``a.b.c``, and the line it stands on."""

    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """One file of a wheel.

    Attributes:
        name: As it is imported, e.g. ``whence.sql.api``.
        path: Of the file.
    """

    name: str
    path: Path

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def stations(self) -> set[str]:
        """The parts of the name below the package: rules are about rooms, not about depth."""
        return set(self.name.split(".")[1:])

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    def imports(self) -> Iterator[Import]:
        """Every import, at the top or inside a function; those for type checkers too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                for alias in node.names:
                    yield Import(f"{node.module}.{alias.name}", node.lineno)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))


def project(folder: Path) -> dict[str, Any]:
    """The pyproject of a folder."""
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def members() -> list[Path]:
    """The folders of the workspace that are wheels with code."""
    return [ROOT / name for name in project(ROOT)["tool"]["uv"]["workspace"]["members"]]


def package_of(member: Path) -> Path:
    """The import package of a wheel's folder."""
    (package,) = project(member)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return member / package


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def projects() -> dict[str, dict[str, Any]]:
    """Each wheel's pyproject by its folder's path, the umbrella's under ``.``."""
    folders = [ROOT, *members()]
    return {str(folder.relative_to(ROOT)): project(folder) for folder in folders}


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of every wheel."""
    found = []
    for member in members():
        package = package_of(member)
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path))
    return found


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """The files that git knows, that are still there."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


@dataclass(frozen=True)
class Venv:
    """A clean environment beside the one that runs the tests.

    Attributes:
        folder: Of the environment.
        links: The folder of built wheels that pip may look into.
    """

    folder: Path
    links: Path

    @property
    def scripts(self) -> Path:
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin")

    def pip_install(self, *requirements: str) -> None:
        """Install as a user would, our own wheels coming from the folder."""
        asked = ["install", "--quiet", "--find-links", str(self.links), *requirements]
        self.run("python", "-m", "pip", *asked, check=True)

    def run(
        self, script: str, *arguments: str, check: bool = False, **more: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's scripts with nothing of this process's settings."""
        env = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("WHENCE_", "OPENLINEAGE_", "DBT_", "VIRTUAL_ENV", "PYTHON"))
        }
        env["PATH"] = os.pathsep.join([str(self.scripts), env["PATH"]])
        env |= more.pop("env", {})
        ran = subprocess.run(
            [str(self.scripts / script), *arguments],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            **more,
        )
        if check and ran.returncode:
            pytest.fail(
                f"{script} {' '.join(arguments)}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
            )
        return ran


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every wheel of the workspace, freshly built."""
    folder = tmp_path_factory.mktemp("wheels")
    for member in (ROOT, *members()):
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", folder, member],
            check=True,
            capture_output=True,
        )
    return folder


@pytest.fixture(scope="session")
def make_venv(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Venv]:
    """Makes clean environments with pip in them."""

    def make() -> Venv:
        folder = tmp_path_factory.mktemp("venv") / "venv"
        # Some systems' Python comes without ensurepip; uv brings a pip of its own.
        uv = os.environ.get("UV")
        seeded = [uv, "venv", "--quiet", "--seed", "--python", sys.executable]
        command = seeded if uv else [sys.executable, "-m", "venv"]
        subprocess.run([*command, str(folder)], check=True)
        return Venv(folder, wheels)

    return make
