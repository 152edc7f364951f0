"""One version for all wheels, and one lock file that fits them."""

from __future__ import annotations


def test_all_wheels_have_the_same_version(projects):
    """Wheels are made and released together."""
    assert len({project["project"]["version"] for project in projects.values()}) == 1


def test_wheels_ask_for_one_another_in_exactly_this_version(projects):
    """Half an upgrade is refused by pip instead of failing in a host."""
    version = projects["."]["project"]["version"]
    names = {project["project"]["name"] for project in projects.values()}
    for project in projects.values():
        extras = project["project"].get("optional-dependencies", {})
        wanted = [*project["project"].get("dependencies", [])]
        wanted += [requirement for extra in extras.values() for requirement in extra]
        for requirement in wanted:
            name, _, pin = requirement.partition("==")
            if name in names:
                assert pin == version, requirement


def test_every_wheel_names_the_same_oldest_python_and_licence(projects):
    """What one wheel needs, all need."""
    for project in projects.values():
        assert project["project"]["requires-python"] == ">=3.10"
        assert project["project"]["license"] == "Apache-2.0"


def test_no_wheel_depends_on_a_host(projects):
    """Hosts come by extras: a wheel joins the host that is already there."""
    hosts = ("dbt-core", "apache-airflow", "pyspark")
    for project in projects.values():
        for requirement in project["project"].get("dependencies", []):
            assert not requirement.startswith(hosts), requirement


def test_the_dbt_folder_is_no_package(root):
    """Dbt imports every top-level ``dbt_*`` module it can see; the folder must not be one."""
    assert not (root / "dbt_adapter" / "__init__.py").exists()
