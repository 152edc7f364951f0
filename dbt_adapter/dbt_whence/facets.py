"""dbt's own facets: what OpenLineage has no field for; each with a schema in ``schemas/``.

Must not repeat what a standard facet says.
"""

from __future__ import annotations

from typing import Any

import attr

from dbt_whence.facts import FinishedFacts, InvocationFacts, NodeFacts
from whence.events import RunFacet

SCHEMAS = "https://github.com/whence-lineage/whence/blob/main/dbt_adapter/dbt_whence/schemas"


@attr.define
class TimingField:
    """One part of a node's work: ``compile`` or ``execute``; instants in ISO-8601 UTC."""

    name: str
    startedAt: str
    completedAt: str


@attr.define
class WhenceDbtNodeRunFacet(RunFacet):
    """``whence_dbt_node``: what dbt reported of one node's run.

    Attributes:
        invocationId: dbt's own identifier of the command.
        status: dbt's own word for the end, absent at START.
        materialized: How the node becomes a relation, e.g. ``incremental``.
        checksum: dbt's checksum of the node's file.
        failures: Rows that a test returned.
        executionTime: Seconds.
        timing: The parts of the work, in order.
        adapterResponse: What the adapter answered, as it is.
    """

    invocationId: str
    status: str | None = attr.field(default=None)
    materialized: str | None = attr.field(default=None)
    checksum: str | None = attr.field(default=None)
    failures: int | None = attr.field(default=None)
    executionTime: float | None = attr.field(default=None)
    timing: list[TimingField] | None = attr.field(default=None)
    adapterResponse: dict[str, Any] | None = attr.field(default=None)

    @staticmethod
    def _get_schema() -> str:
        return _schema_url("WhenceDbtNodeRunFacet")


@attr.define
class WhenceDbtInvocationRunFacet(RunFacet):
    """``whence_dbt_invocation``: one dbt command.

    Attributes:
        invocationId: dbt's own identifier of the command.
        command: E.g. ``build``.
        project: The project's name.
        profile: The profile's name.
        target: The target's name.
        adapter: The adapter's type, e.g. ``duckdb``.
    """

    invocationId: str
    command: str
    project: str
    profile: str | None = attr.field(default=None)
    target: str | None = attr.field(default=None)
    adapter: str | None = attr.field(default=None)

    @staticmethod
    def _get_schema() -> str:
        return _schema_url("WhenceDbtInvocationRunFacet")


def _schema_url(name: str) -> str:
    return f"{SCHEMAS}/{name}.json#/$defs/{name}"


def invocation_facet(facts: InvocationFacts) -> dict[str, RunFacet]:
    """The ``whence_dbt_invocation`` facet."""
    facet = WhenceDbtInvocationRunFacet(
        invocationId=facts.invocation_id,
        command=facts.command,
        project=facts.project,
        profile=facts.profile,
        target=facts.target,
        adapter=facts.adapter or None,
    )
    return {"whence_dbt_invocation": facet}


def node_facet(
    facts: InvocationFacts, node: NodeFacts, finished: FinishedFacts | None
) -> dict[str, RunFacet]:
    """The ``whence_dbt_node`` facet; ``finished`` is None at START."""
    facet = WhenceDbtNodeRunFacet(
        invocationId=facts.invocation_id,
        materialized=node.materialized,
        checksum=node.checksum,
    )
    if finished is not None:
        facet = attr.evolve(
            facet,
            status=finished.status,
            failures=finished.failures,
            executionTime=finished.execution_time,
            timing=[TimingField(*each) for each in finished.timing] or None,
            adapterResponse=finished.response or None,
        )
    return {"whence_dbt_node": facet}
