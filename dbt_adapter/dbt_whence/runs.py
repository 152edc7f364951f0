"""Run ids and parents: who a run is, the same from the live plugin and from artifacts.

Must not use a time that dbt's artifacts do not have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from dbt_whence.facts import InvocationFacts
from whence.events import RunReference
from whence.ids import run_id

UNDATED = datetime(2020, 1, 1, tzinfo=timezone.utc)
"""Stands for the start of an invocation of dbt 1.8 and 1.9, whose artifacts do not have it."""

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def invocation_run(facts: InvocationFacts) -> RunReference:
    """The run of the whole command."""
    job = f"dbt-{facts.command.replace(' ', '-')}-{facts.project}"
    return RunReference(facts.job_namespace, job, _run_id(facts, facts.invocation_id))


def node_run(facts: InvocationFacts, unique_id: str) -> RunReference:
    """The run of one node."""
    name = f"{facts.invocation_id}.{unique_id}"
    return RunReference(facts.job_namespace, unique_id, _run_id(facts, name))


def _run_id(facts: InvocationFacts, name: str) -> str:
    if facts.started_at is None:
        return run_id(UNDATED, name)
    return run_id(datetime.fromisoformat(facts.started_at.replace("Z", "+00:00")), name)


def parents(facts: InvocationFacts) -> tuple[RunReference | None, RunReference | None]:
    """The parent and the root that the environment names; OPENLINEAGE_CONTEXT outweighs the ids."""
    given = facts.parents or {}
    parent, root = _context(given.get("OPENLINEAGE_CONTEXT", ""))
    parent = parent or _triple(given.get("OPENLINEAGE_PARENT_ID", ""))
    root = root or _triple(given.get("OPENLINEAGE_ROOT_PARENT_ID", ""))
    return parent, root


def _context(text: str) -> tuple[RunReference | None, RunReference | None]:
    """Parent and root of ``{"parent": {"run": {"runId"}, "job": {...}, "root": {...}}}``."""
    try:
        content = json.loads(text)
    except ValueError:
        return None, None
    if not isinstance(content, dict) or not isinstance(content.get("parent"), dict):
        return None, None
    parent = content["parent"]
    return _reference(parent), _reference(parent.get("root") or content.get("root") or {})


def _reference(content: Mapping[str, Any]) -> RunReference | None:
    run, job = content.get("run") or {}, content.get("job") or {}
    namespace, name, identifier = (
        str(each or "") for each in (job.get("namespace"), job.get("name"), run.get("runId"))
    )
    return _checked(namespace, name, identifier)


def _triple(text: str) -> RunReference | None:
    """The run in ``namespace/name/run id``; a namespace may hold slashes itself."""
    head, _, identifier = text.rpartition("/")
    namespace, _, name = head.rpartition("/")
    return _checked(namespace, name, identifier)


def _checked(namespace: str, name: str, identifier: str) -> RunReference | None:
    if not (namespace and name and UUID.fullmatch(identifier)):
        return None
    return RunReference(namespace, name, identifier)
