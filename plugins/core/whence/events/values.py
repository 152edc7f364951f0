"""What facets are made of, as plain values that integrations fill in.

Must not import OpenLineage's classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class RunReference:
    """A run of a job, named from elsewhere (a parent, a root)."""

    namespace: str
    name: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a dataset or a job, e.g. ``team:data``; ``type`` e.g. ``MAINTAINER``."""

    name: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a run, a job, a dataset or one of its columns.

    Attributes:
        key: E.g. ``pii``.
        value: ``true`` where the host knows tags without values.
        source: Who says so, e.g. ``DBT``.
        column: The column, for a column's tag on a dataset.
    """

    key: str
    value: str = "true"
    source: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A data-quality check and what came of it.

    Attributes:
        type: Its class, e.g. ``not_null``, ``unique``, ``freshness``, ``custom_sql``.
        status: Whether issues were found, whatever the severity; ``skip`` where it did not run.
        column: The column under test, or None for the whole dataset.
        severity: ``error`` or ``warn``.
        name: The check's own name.
        description: For people.
        expected: The threshold, as text.
        actual: What was counted or seen, as text.
        content: The SQL or expression.
        content_type: ``sql``, ``json`` or ``expression``.
        params: Further arguments of the check.
    """

    type: str
    status: Literal["pass", "fail", "skip"]
    column: str | None = None
    severity: str | None = None
    name: str | None = None
    description: str | None = None
    expected: str | None = None
    actual: str | None = None
    content: str | None = None
    content_type: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Where a job's code is kept.

    Attributes:
        path: The file or folder in the repository, with ``/``.
        version: The commit's SHA, or None where it is unknown.
        repo_url: The remote as git has it, or None; credentials in it are left out.
        branch: The branch, or None (detached).
        tag: A tag at the commit.
        pull_request: The number of the pull or merge request that the CI runs for.
    """

    path: str
    version: str | None = None
    repo_url: str | None = None
    branch: str | None = None
    tag: str | None = None
    pull_request: str | None = None


@dataclass(frozen=True, slots=True)
class ExtractionFailure:
    """An extractor that raised: its lineage is missing from the event.

    Attributes:
        message: The error's text.
        task: What could not be read, e.g. the SQL; masked by the caller.
        number: The place among the run's tasks, from 0.
        stack_trace: The traceback, redacted.
    """

    message: str
    task: str | None = None
    number: int | None = None
    stack_trace: str | None = None
