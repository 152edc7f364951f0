"""Who may import whom: the walls between core, backend, command line and integrations."""

from __future__ import annotations

import subprocess
import sys

OURS = {"whence", "whence_backend", "whence_cli", "dbt_whence"}
INTEGRATIONS = {"dbt_whence": "dbt"}
MAY_IMPORT = {
    "whence": set(),
    "whence_backend": {"whence"},
    "whence_cli": {"whence"},
    "dbt_whence": {"whence"},
}
HOST_STATIONS = {"hook", "capture", "compat", "provider", "config"}
ROOMS = {
    "sqlglot": [("whence", "sql")],
    "openlineage": [
        ("whence", "events"),
        ("whence", "facets"),
        ("whence", "ids"),
        ("whence", "naming"),
        ("whence", "testing"),
        ("whence", "transports"),
    ],
    "sqlite3": [("whence", "schema"), ("whence_backend", "store")],
    "alembic": [("whence_backend", "store"), ("whence_backend", "migrations")],
    "sqlalchemy": [("whence", "schema"), ("whence_backend", "migrations")],
}


def _top(name: str) -> str:
    return name.partition(".")[0]


def test_ours_is_imported_only_along_the_allowed_ways(modules):
    """Integrations, backend and command line import core; core imports nothing of ours.

    Commands may draw with the command line's ``render``; the command line's own doctor and demo
    may look into the backend where it is installed.
    """
    wrong = []
    for module in modules:
        allowed = MAY_IMPORT[module.package] | {module.package}
        if "commands" in module.stations:
            allowed = allowed | {"whence_cli"}
        if module.package == "whence_cli" and "doctor" in module.stations:
            allowed = allowed | {"whence_backend"}
        for found in module.imports():
            if _top(found.name) in OURS - allowed:
                wrong.append(f"{module}:{found.line} imports {found.name}")
    assert wrong == []


def test_only_the_host_side_of_an_integration_touches_the_host(modules):
    """Extractors, translate, naming and feeds never see a host's object."""
    wrong = []
    for module in modules:
        host = INTEGRATIONS.get(module.package)
        for found in module.imports():
            touches = _top(found.name) in set(INTEGRATIONS.values())
            if touches and not (_top(found.name) == host and module.stations & HOST_STATIONS):
                wrong.append(f"{module}:{found.line} imports {found.name}")
    assert wrong == []


def test_each_library_is_imported_in_its_own_room_only(modules):
    """The SQL parser, OpenLineage's classes and the databases have one door each."""
    wrong = []
    for module in modules:
        for found in module.imports():
            rooms = ROOMS.get(_top(found.name))
            if rooms is None:
                continue
            if not any(module.package == p and room in module.stations for p, room in rooms):
                wrong.append(f"{module}:{found.line} imports {found.name}")
    assert wrong == []


def test_only_commands_draw_on_the_terminal(modules):
    """Typer and rich are loaded by the command line and by ``commands`` alone."""
    wrong = []
    for module in modules:
        if module.package == "whence_cli" or "commands" in module.stations:
            continue
        for found in module.imports():
            if _top(found.name) in {"typer", "rich"}:
                wrong.append(f"{module}:{found.line} imports {found.name}")
    assert wrong == []


def test_every_module_is_under_a_rule(modules):
    """A new wheel has to say here what it may import."""
    assert {module.package for module in modules} <= MAY_IMPORT.keys()


def test_dbt_loads_nothing_heavy_through_the_hook():
    """In dbt's process neither the parser nor OpenLineage nor the command line is loaded."""
    probe = (
        "import sys, dbt_whence.hook; "
        "print([name for name in ('sqlglot', 'openlineage', 'typer', 'sqlalchemy', "
        "'whence_backend', 'whence_cli') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
