"""Reads dbt's objects into facts: flags, profile, manifest nodes, events.

The only module that knows dbt's attributes; must not keep a host object nor change one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from dbt_whence.facts import ColumnFacts, FinishedFacts, InvocationFacts, NodeFacts

ARGUMENTS = (
    "select",
    "exclude",
    "selector",
    "full_refresh",
    "empty",
    "defer",
    "favor_state",
    "fail_fast",
    "indirect_selection",
    "resource_types",
    "event_time_start",
    "event_time_end",
    "macro",
    "threads",
)
"""The arguments that say what a command did; ``vars`` may carry secrets and is left out."""

CREDENTIALS = (
    "path",
    "host",
    "server",
    "port",
    "account",
    "database",
    "catalog",
    "project",
    "schema",
    "region",
    "region_name",
    "method",
    "metastore",
    "service",
    "role_arn",
    "account_id",
    "software_host",
    "schema_directory",
)
"""The settings of a connection that `whence.naming` reads; none of them is a secret."""

SERVER_PARTS = re.compile(r"\w+://\S+|(?:host|port|dbname|database)\s*=\s*\S+")
"""What names a database server in a connection string."""

CONFIG = (
    "incremental_strategy",
    "on_schema_change",
    "unique_key",
    "strategy",
    "updated_at",
    "invalidate_hard_deletes",
    "hard_deletes",
    "snapshot_meta_column_names",
    "severity",
    "warn_if",
    "error_if",
    "store_failures",
    "delimiter",
    "group",
)


def invocation(
    context: Mapping[str, Any],
    *,
    invocation_id: str,
    started_at: datetime | None,
    dbt_version: str,
    environ: Mapping[str, str],
    folder: str,
    owner: dict[str, str],
) -> InvocationFacts:
    """The facts of the invocation whose click context dbt has begun to fill.

    Args:
        context: ``click.get_current_context().obj`` after dbt's project step.
        invocation_id: dbt's own.
        started_at: Naive UTC.
        dbt_version: As dbt prints it.
        environ: Of the process; only ``OPENLINEAGE_*`` is read.
        folder: The process's working folder, where relative database paths start.
        owner: User and host, empty when switched off.
    """
    flags, profile, project = context["flags"], context["profile"], context["project"]
    return InvocationFacts(
        invocation_id=invocation_id,
        command=str(flags.WHICH),
        project=str(project.project_name),
        project_root=str(project.project_root),
        folder=folder,
        started_at=None if started_at is None else instant(started_at),
        arguments=arguments(flags),
        profile=str(profile.profile_name),
        target=str(profile.target_name),
        adapter=str(profile.credentials.type),
        credentials=credentials(profile.credentials, folder),
        dbt_version=dbt_version,
        parents=parents(environ),
        job_namespace=environ.get("OPENLINEAGE_NAMESPACE") or "dbt",
        owner=owner,
    )


def variables(context: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The variables of the command line and of the project; to be looked at, never captured."""
    given = getattr(context["flags"], "VARS", None)
    project = getattr(getattr(context["project"], "vars", None), "vars", None)
    return [each for each in (given, project) if isinstance(each, Mapping)]


def parents(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that name the run which started dbt."""
    names = ("OPENLINEAGE_PARENT_ID", "OPENLINEAGE_ROOT_PARENT_ID", "OPENLINEAGE_CONTEXT")
    return {name: environ[name] for name in names if environ.get(name)}


def arguments(flags: Any) -> dict[str, Any]:
    """What the command was asked for, without defaults that say nothing."""
    found = {name: getattr(flags, name.upper(), None) for name in ARGUMENTS}
    return {name: plain(value) for name, value in found.items() if value not in (None, (), [], "")}


def credentials(given: Any, folder: str) -> dict[str, Any]:
    """The naming part of dbt's resolved credentials; file paths absolute, secrets left out.

    Args:
        given: The profile's credentials.
        folder: Where dbt was started: dbt does not change to the project's folder.
    """
    found = {name: getattr(given, name, None) for name in CREDENTIALS}
    kept = {name: plain(value) for name, value in found.items() if value not in (None, "")}
    if "path" in kept:
        kept["path"] = absolute(str(kept["path"]), folder)
    attach = [_attachment(each, folder) for each in getattr(given, "attach", None) or ()]
    return {**kept, "attach": attach} if attach else kept


def _attachment(given: Any, folder: str) -> dict[str, str]:
    """A database that DuckDB attaches; of a server's connection string only what names it."""
    kind = str(getattr(given, "type", None) or "duckdb")
    path = str(given.path)
    if kind in ("duckdb", "sqlite"):
        path = absolute(path, folder)
    else:
        path = " ".join(_place(each) for each in SERVER_PARTS.findall(path))
    alias = getattr(given, "alias", None) or Path(path.partition("?")[0]).stem
    return {"path": path, "alias": str(alias), "type": kind}


def _place(part: str) -> str:
    """A part of a connection string; of an address neither user, password nor parameters."""
    scheme, separator, rest = part.partition("://")
    if not separator:
        return part
    rest = re.split(r"[?#]", rest)[0]
    return f"{scheme}://{rest.rpartition('@')[2]}"


def absolute(path: str, root: str) -> str:
    """A file path as dbt resolves it, without a query (MotherDuck's holds a token)."""
    path = path.partition("?")[0]
    if path.startswith((":", "md:")) or "://" in path:
        return path
    return str((Path(root) / Path(path).expanduser()).resolve())


def plain(value: Any) -> Any:
    """JSON-ready data; enums and dates become their text."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return str(getattr(value, "value", value))


def instant(value: datetime) -> str:
    """ISO-8601 UTC with microseconds and ``Z``; dbt's own datetimes are naive UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return aware.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def find_node(manifest: Any, unique_id: str) -> Any | None:
    """The manifest's object of any resource type; None if it has none."""
    for group in ("nodes", "sources", "exposures", "unit_tests", "saved_queries", "functions"):
        found = (getattr(manifest, group, None) or {}).get(unique_id)
        if found is not None:
            return found
    return None


def node(found: Any, project_root: str) -> NodeFacts:
    """The facts of a node, source, exposure, unit test or saved query of the manifest."""
    config = getattr(found, "config", None)
    resource_type = str(plain(found.resource_type))
    language = str(plain(getattr(found, "language", None)) or "sql")
    return NodeFacts(
        unique_id=found.unique_id,
        resource_type=resource_type,
        name=found.name,
        package=found.package_name,
        path=str(found.original_file_path).replace("\\", "/"),
        language=language,
        materialized=_text(getattr(config, "materialized", None)),
        database=_text(getattr(found, "database", None)),
        schema=_text(getattr(found, "schema", None)),
        identifier=_text(getattr(found, "identifier", None) or getattr(found, "alias", None)),
        relation_name=getattr(found, "relation_name", None),
        deferred_relation=getattr(getattr(found, "defer_relation", None), "relation_name", None),
        depends_on=tuple(getattr(getattr(found, "depends_on", None), "nodes", ())),
        columns=_columns(getattr(found, "columns", None) or {}),
        header=_header(found, project_root) if resource_type == "seed" else (),
        config=_config(config),
        test=_test(found),
        tags=tuple(getattr(found, "tags", None) or ()),
        owners=_owners(found),
        description=getattr(found, "description", None) or None,
        checksum=_text(getattr(getattr(found, "checksum", None), "checksum", None)),
        version=_text(getattr(found, "version", None)),
        url=getattr(found, "url", None),
        raw_code=_raw_code(found, language, resource_type),
    )


def _raw_code(found: Any, language: str, resource_type: str) -> str | None:
    """The text of a Python model, and of a hook without Jinja: dbt keeps no compiled hooks."""
    text = getattr(found, "raw_code", None)
    if language != "sql":
        return text
    plain_hook = resource_type == "operation" and text and not re.search(r"{[{%#]", text)
    return text if plain_hook else None


def hooks(found: Any) -> list[str]:
    """The texts of a node's pre- and post-hooks as the project has them, with their Jinja."""
    config = getattr(found, "config", None)
    texts = []
    for name in ("pre", "post"):
        given = getattr(config, f"{name}_hook", None) or getattr(config, f"{name}-hook", None)
        texts += [
            str(each["sql"] if isinstance(each, Mapping) else each.sql) for each in given or ()
        ]
    return texts


def _text(value: Any) -> str | None:
    return None if value is None else str(plain(value))


def _columns(columns: Mapping[str, Any]) -> tuple[ColumnFacts, ...]:
    return tuple(
        ColumnFacts(
            name=column.name,
            type=getattr(column, "data_type", None),
            description=getattr(column, "description", None) or None,
            tags=tuple(getattr(column, "tags", None) or ()),
        )
        for column in columns.values()
    )


def _header(seed: Any, project_root: str) -> tuple[str, ...]:
    root = getattr(seed, "root_path", None) or project_root
    delimiter = getattr(seed.config, "delimiter", None) or ","
    return header(Path(root) / seed.original_file_path, str(delimiter))


def header(path: Path, delimiter: str) -> tuple[str, ...]:
    """The first row of a CSV file; empty if it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return tuple(next(csv.reader(lines, delimiter=delimiter), ()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()


def _config(config: Any) -> dict[str, Any]:
    found = {name: getattr(config, name, None) for name in CONFIG}
    extra = getattr(config, "_extra", None) or {}
    found.update({name: extra[name] for name in CONFIG if name in extra})
    return {name: plain(value) for name, value in found.items() if value not in (None, "", {})}


def _test(found: Any) -> dict[str, Any] | None:
    metadata = getattr(found, "test_metadata", None)
    if metadata is None:
        return None
    arguments = {
        key: plain(value)
        for key, value in (metadata.kwargs or {}).items()
        if key not in ("model", "column_name")
    }
    return {
        "name": metadata.name,
        "namespace": metadata.namespace,
        "column": found.column_name or (metadata.kwargs or {}).get("column_name"),
        "attached_node": getattr(found, "attached_node", None),
        "model": plain((metadata.kwargs or {}).get("model")),
        "arguments": arguments,
    }


def _owners(found: Any) -> tuple[str, ...]:
    owner = getattr(found, "owner", None)
    if owner is not None:
        email = getattr(owner, "email", None)
        first = email[0] if isinstance(email, list) and email else email
        return tuple(str(each) for each in (getattr(owner, "name", None) or first,) if each)
    meta = getattr(getattr(found, "config", None), "meta", None) or getattr(found, "meta", None)
    given = (meta or {}).get("owner")
    if given is None:
        return ()
    return tuple(str(each) for each in given) if isinstance(given, list) else (str(given),)


def finished(unique_id: str, result: Any, response: dict[str, Any] | None) -> FinishedFacts:
    """How a node ended, from the ``run_result`` of NodeFinished.

    Args:
        unique_id: Of the node.
        result: The event's message.
        response: The adapter's response as plain data.
    """
    return FinishedFacts(
        unique_id=unique_id,
        status=result.status,
        message=result.message or None,
        failures=failures(unique_id, int(result.num_failures)),
        response={key: value for key, value in (response or {}).items() if value is not None},
        timing=timing(
            (each.name, stamp(each.started_at) or "", stamp(each.completed_at) or "")
            for each in result.timing_info
        ),
        execution_time=seconds(result.execution_time),
    )


def failures(unique_id: str, count: int | None) -> int | None:
    """The rows a test returned; of other nodes dbt counts none, in events as 0."""
    return count if unique_id.startswith(("test.", "unit_test.")) else None


def seconds(value: float | None) -> float | None:
    """A duration to the millisecond: dbt's events round it to 24 bits, its artifacts do not."""
    return None if value is None else round(value, 3)


def timing(given: Iterable[tuple[str, str, str]]) -> tuple[tuple[str, str, str], ...]:
    """The parts that have both ends, in dbt's order."""
    return tuple(each for each in given if each[1] and each[2])


def hook_finished(unique_id: str, status: str, data: Any) -> FinishedFacts:
    """How an on-run-start or on-run-end hook ended, from LogHookEndLine."""
    return FinishedFacts(
        unique_id=unique_id,
        status=status,
        execution_time=seconds(data.execution_time),
    )


def text_instant(text: str) -> str:
    """An ISO-8601 text of dbt's, naive meaning UTC, as `instant` spells it."""
    return instant(datetime.fromisoformat(text.replace("Z", "+00:00")))


def stamp(value: Any) -> str | None:
    """A protobuf timestamp as `instant` spells it; None where it is not set."""
    return instant(value.ToDatetime()) if value.seconds else None
