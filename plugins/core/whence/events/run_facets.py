"""The run's facets: where it belongs, what it ran on, how it ended.

Must not redact or mask: texts come in as they may be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from openlineage.client.generated import (
    error_message_run,
    execution_parameters_run,
    external_query_run,
    extraction_error_run,
    nominal_time_run,
    parent_run,
    processing_engine_run,
    tags_run,
    test_run,
)
from openlineage.client.generated.base import RunFacet

from whence.events.values import Check, ExtractionFailure, RunReference, Tag


def parent_facet(
    parent: RunReference | None, root: RunReference | None = None
) -> dict[str, RunFacet]:
    """The ``parent`` facet (1-2-0).

    Args:
        parent: The run that started this one; None for none, which gives {}.
        root: The run at the top; ``parent`` itself where it is None.
    """
    if parent is None:
        return {}
    top = root or parent
    facet = parent_run.ParentRunFacet(
        run=parent_run.Run(runId=parent.run_id, facets=None),
        job=parent_run.Job(namespace=parent.namespace, name=parent.name, facets=None),
        root=parent_run.Root(
            run=parent_run.RootRun(runId=top.run_id, facets=None),
            job=parent_run.RootJob(namespace=top.namespace, name=top.name, facets=None),
        ),
    )
    return {"parent": facet}


def error_message_facet(
    message: str, language: str, stack_trace: str | None = None
) -> dict[str, RunFacet]:
    """The ``errorMessage`` facet (1-0-1); ``language`` is what failed, e.g. ``SQL``, ``PYTHON``."""
    facet = error_message_run.ErrorMessageRunFacet(
        message=message, programmingLanguage=language, stackTrace=stack_trace
    )
    return {"errorMessage": facet}


def processing_engine_facet(
    version: str, name: str, adapter_version: str | None = None
) -> dict[str, RunFacet]:
    """The ``processing_engine`` facet (1-1-1).

    Args:
        version: The host's version, e.g. ``1.12.6``.
        name: The host, e.g. ``dbt``.
        adapter_version: Whence's own version.
    """
    facet = processing_engine_run.ProcessingEngineRunFacet(
        version=version, name=name, openlineageAdapterVersion=adapter_version
    )
    return {"processing_engine": facet}


def external_query_facet(query_id: str | None, source: str) -> dict[str, RunFacet]:
    """The ``externalQuery`` facet (1-0-2).

    Args:
        query_id: The id that the warehouse knows the query by; None or "" gives {}.
        source: The namespace or name of the warehouse.
    """
    if not query_id:
        return {}
    facet = external_query_run.ExternalQueryRunFacet(externalQueryId=query_id, source=source)
    return {"externalQuery": facet}


def extraction_error_facet(
    total: int, failures: Iterable[ExtractionFailure]
) -> dict[str, RunFacet]:
    """The ``extractionError`` facet (1-1-2), or {} where nothing failed.

    Args:
        total: Distinguishable tasks in the run (SQL statements), failed or not.
        failures: Those that could not be read.
    """
    errors = [
        extraction_error_run.Error(
            errorMessage=failure.message,
            stackTrace=failure.stack_trace,
            task=failure.task,
            taskNumber=failure.number,
        )
        for failure in failures
    ]
    if not errors:
        return {}
    facet = extraction_error_run.ExtractionErrorRunFacet(
        totalTasks=total, failedTasks=len(errors), errors=errors
    )
    return {"extractionError": facet}


def nominal_time_facet(start: str | None, end: str | None = None) -> dict[str, RunFacet]:
    """The ``nominalTime`` facet (1-0-1), for which time the run was due; {} without ``start``."""
    if not start:
        return {}
    facet = nominal_time_run.NominalTimeRunFacet(nominalStartTime=start, nominalEndTime=end)
    return {"nominalTime": facet}


def execution_parameters_facet(parameters: Mapping[str, str | None]) -> dict[str, RunFacet]:
    """The ``executionParameters`` facet (1-0-0), sorted by key; {} for none."""
    if not parameters:
        return {}
    facet = execution_parameters_run.ExecutionParametersRunFacet(
        parameters=[
            execution_parameters_run.ExecutionParameter(key=key, value=value)
            for key, value in sorted(parameters.items())
        ]
    )
    return {"executionParameters": facet}


def run_tags_facet(tags: Iterable[Tag]) -> dict[str, RunFacet]:
    """The ``tags`` facet of a run (1-0-0), in the given order; {} for none."""
    fields = [
        tags_run.TagsRunFacetFields(key=tag.key, value=tag.value, source=tag.source) for tag in tags
    ]
    return {"tags": tags_run.TagsRunFacet(tags=fields)} if fields else {}


def test_run_facet(checks: Iterable[Check]) -> dict[str, RunFacet]:
    """The ``test`` facet (1-0-1): the run's checks, also those that did not run; {} for none."""
    tests = [
        test_run.TestExecution(
            name=check.name or check.type,
            status=check.status,
            severity=check.severity,
            type=check.type,
            description=check.description,
            expected=check.expected,
            actual=check.actual,
            content=check.content,
            contentType=check.content_type,
            params=dict(check.params) or None,
        )
        for check in checks
    ]
    return {"test": test_run.TestRunFacet(tests=tests)} if tests else {}
