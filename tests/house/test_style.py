"""How our code reads, as far as a machine can tell."""

from __future__ import annotations

import ast
import re
from pathlib import Path

STATIONS = [
    "hook",
    "capture",
    "extractors",
    "translate",
    "naming",
    "facets",
    "config",
    "compat",
    "feeds",
    "commands",
]
INTEGRATIONS = ["dbt_whence"]
MODULE_LINES = 400
FUNCTION_LINES = 40
BROAD = {"Exception", "BaseException"}
MAY_CATCH_ALL = {"whence.guard", "dbt_whence"}
LIMIT = re.compile(r"\b(not|never|nothing|no|only|nor|without)\b", re.IGNORECASE)
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


def _name_of(node: ast.expr | None) -> set[str]:
    if node is None:
        return {"BaseException"}
    names = node.elts if isinstance(node, ast.Tuple) else [node]
    return {name.id for name in names if isinstance(name, ast.Name)}


def test_every_integration_has_the_same_station_files(modules):
    """Who knows one integration finds his way in each."""
    names = {module.name for module in modules}
    missing = [
        f"{integration}.{station}"
        for integration in INTEGRATIONS
        for station in STATIONS
        if f"{integration}.{station}" not in names
    ]
    assert missing == []


def test_only_the_guard_catches_everything(modules):
    """Beside it, only the module that dbt imports first, as there the guard itself may fail."""
    broad = {
        module.name
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _name_of(node.type) & BROAD
    }
    assert broad <= MAY_CATCH_ALL


def test_every_module_says_its_job_and_its_limits(modules):
    """A module's docstring has two parts: what it is for, and what it must not do."""
    wrong = []
    for module in modules:
        text = ast.get_docstring(module.tree)
        if not text:
            wrong.append(f"{module} has no docstring")
        elif module.path.name not in {"__init__.py", "__main__.py"}:
            _, _, rest = text.partition("\n")
            if not LIMIT.search(rest):
                wrong.append(f"{module} does not say what it must not do")
    assert wrong == []


def test_modules_and_functions_are_small(modules):
    """A module of more than 400 lines is a folder; a function of more than 40 is two."""
    wrong = []
    for module in modules:
        lines = len(module.path.read_text(encoding="utf-8").splitlines())
        if lines > MODULE_LINES:
            wrong.append(f"{module} has {lines} lines")
        for function in module.functions():
            lines = _length(function)
            if lines > FUNCTION_LINES:
                wrong.append(f"{module}:{function.lineno} {function.name} has {lines} lines")
    assert wrong == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        whole -= (first.end_lineno or first.lineno) - first.lineno + 1
    return whole


def test_modules_are_named_after_what_they_own(modules):
    """There is no room for odds and ends."""
    assert [str(module) for module in modules if module.stations & NAMELESS] == []


def test_imports_are_absolute(modules):
    """Every import says the whole way, so that the walls can be read."""
    relative = [
        f"{module}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_nothing_is_left_for_later(modules):
    """What is missing stands in a README's "What is not", not in a remark in the code."""
    later = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    left = [
        f"{module}:{number}"
        for module in modules
        for number, line in enumerate(module.path.read_text(encoding="utf-8").splitlines(), 1)
        if later.search(line)
    ]
    assert left == []


def test_no_file_names_a_place_on_somebodys_machine(tracked, root):
    """Paths of the machine a change was made on are of no use to anybody else."""
    places = [f"{place}/" for place in (root, Path.home()) if len(place.parts) > 1]
    found = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(root)}: {place}" for place in places if place in text]
    assert found == []
