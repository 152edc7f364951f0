"""What dbt knew, as frozen data that crosses the spool: the payload of each kind of capture.

Must not import dbt: the relay, the feeds and the tests read captures without it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InvocationFacts:
    """One dbt command (capture kind ``invocation``).

    Attributes:
        invocation_id: dbt's own.
        started_at: ISO-8601 UTC, None where dbt's artifacts do not carry it.
        command: ``build``, ``run``, ...
        arguments: What was asked for: select, exclude, full_refresh, ... never ``vars``.
        folder: Where dbt was started; relative paths of files begin there.
        credentials: The few connection settings that name datasets; never a secret.
        parents: ``OPENLINEAGE_PARENT_ID``, ``_ROOT_PARENT_ID`` and ``_CONTEXT`` as found.
        job_namespace: Where the jobs live.
        owner: User and host, empty when switched off.
        git: Commit, branch, dirty flag and remote of the project, where known.
    """

    invocation_id: str
    command: str
    project: str
    project_root: str = ""
    folder: str = ""
    started_at: str | None = None
    arguments: dict[str, Any] | None = None
    profile: str | None = None
    target: str | None = None
    adapter: str = ""
    credentials: dict[str, Any] | None = None
    dbt_version: str = ""
    parents: dict[str, str] | None = None
    job_namespace: str = "dbt"
    owner: dict[str, str] | None = None
    git: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column as the project's YAML or the database describes it."""

    name: str
    type: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node, source, exposure or unit test of the manifest (capture kind ``node``).

    Attributes:
        relation_name: The relation as ``ref()`` prints it; None for nodes without one.
        deferred_relation: What ``--defer`` reads instead, where the node was not built here.
        depends_on: Unique ids, as dbt found them.
        columns: The YAML's columns, often only some.
        header: The columns of a seed's CSV file, in order.
        config: The few settings that lineage and checks depend on.
        test: ``name``, ``column``, ``attached_node``, ``model``, ``arguments`` of a generic test.
        path: Relative to the project's root, with ``/``.
        raw_code: Only of Python models, and of hooks whose text is plain SQL.
    """

    unique_id: str
    resource_type: str
    name: str = ""
    package: str = ""
    path: str = ""
    language: str = "sql"
    materialized: str | None = None
    database: str | None = None
    schema: str | None = None
    identifier: str | None = None
    relation_name: str | None = None
    deferred_relation: str | None = None
    depends_on: tuple[str, ...] = ()
    columns: tuple[ColumnFacts, ...] = ()
    header: tuple[str, ...] = ()
    config: dict[str, Any] | None = None
    test: dict[str, Any] | None = None
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    description: str | None = None
    checksum: str | None = None
    version: str | None = None
    url: str | None = None
    raw_code: str | None = None


@dataclass(frozen=True, slots=True)
class FinishedFacts:
    """How a node ended (capture kind ``finished``).

    Attributes:
        status: dbt's own: success, error, fail, warn, skipped, pass, no-op, partial success.
        timing: ``(name, started_at, completed_at)`` of compile and execute, ISO-8601 UTC.
        failures: Rows a test returned.
    """

    unique_id: str
    status: str
    message: str | None = None
    failures: int | None = None
    response: dict[str, Any] | None = None
    timing: tuple[tuple[str, str, str], ...] = ()
    execution_time: float | None = None


def to_payload(facts: Any) -> dict[str, Any]:
    """The facts as JSON-ready data, without what is None or empty."""
    payload: dict[str, Any] = {}
    for each in fields(facts):
        value = getattr(facts, each.name)
        if value is None or value == () or value == {}:
            continue
        if each.name == "columns":
            value = [to_payload(column) for column in value]
        payload[each.name] = value
    return payload


def from_payload(kind: type[T], payload: dict[str, Any]) -> T:
    """The facts that `to_payload` wrote; keys of a newer version are left out."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]  # T is a dataclass
    values = {
        key: _tuples(value) if isinstance(value, list) else value
        for key, value in payload.items()
        if key in known
    }
    if "columns" in values:
        values["columns"] = tuple(from_payload(ColumnFacts, column) for column in values["columns"])
    return kind(**values)


def _tuples(values: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuples(each) if isinstance(each, list) else each for each in values)
