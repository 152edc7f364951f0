"""Which wheels of Whence, and which hosts, this environment holds.

Reads package metadata only; must not import what it finds.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

WHEELS = ("whence-core", "whence-cli", "whence-backend", "dbt-whence")
"""The wheels of this repository that hold code."""

HOSTS = ("dbt-core", "dbt-duckdb", "apache-airflow", "pyspark")
"""The programs whose runs are captured, and the adapter that the demo needs."""

READERS = ("openlineage-python", "sqlglot", "sqlglotc")
"""What the core stands on; ``sqlglotc`` is the compiled part of sqlglot and may be absent."""


def wheels() -> dict[str, str]:
    """The version of each installed wheel of Whence, and of the libraries the core stands on."""
    return _versions((*WHEELS, *READERS))


def hosts() -> dict[str, str]:
    """The version of each host that is installed beside Whence."""
    return _versions(HOSTS)


def _versions(names: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
