"""Puts an invocation's and its nodes' facets on events.

Must not decide what happened: outcome and lineage come in ready.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from dbt_whence import datasets, facets, runs
from dbt_whence.extractors import NodeCapture, Scope, tables
from dbt_whence.extractors.checks import tested
from dbt_whence.facts import FinishedFacts, InvocationFacts
from dbt_whence.outcome import Outcome
from whence import events as ol
from whence.config import Config
from whence.events import EventType, RunEvent
from whence.facets import code_facet, gaps_facet, owner_facet
from whence.model import Lineage
from whence.presentation import Presentation

VERSION = version("dbt-whence")
PRODUCER = ol.producer("dbt_adapter", VERSION)


class EventBuilder:
    """Builds the events of one invocation."""

    def __init__(self, facts: InvocationFacts, scope: Scope, config: Config) -> None:
        """Know the invocation's run and its parents."""
        self._facts = facts
        self._scope = scope
        self._config = config
        # A project's SQL lies in its repository: dbt's literals stay unless somebody says no.
        self._presented = Presentation(bool(config.mask_literals), scope.relations.dialect)
        self._run = runs.invocation_run(facts)
        self._parent, self._root = runs.parents(facts)

    def invocation(self, kind: EventType, time: str, message: str | None = None) -> RunEvent:
        """An event of the whole command."""
        facts = self._facts
        arguments = {key: _text(value) for key, value in (facts.arguments or {}).items()}
        job = ol.Job(
            self._run.namespace,
            self._run.name,
            {**ol.job_type_facet("DBT", "JOB"), **self._code("dbt_project.yml")},
        )
        return ol.run_event(
            kind,
            time,
            self._run.run_id,
            job,
            producer=PRODUCER,
            facets={
                **ol.parent_facet(self._parent, self._root),
                **self._about(),
                **facets.invocation_facet(facts),
                **ol.execution_parameters_facet({"command": facts.command, **arguments}),
                **self._error(message, "PYTHON"),
            },
        )

    def start(self, node: NodeCapture, time: str) -> RunEvent:
        """A node's START: its inputs by dbt's graph, its output, no columns yet."""
        lineage = tables(node, self._scope)
        return self._event("START", node, time, lineage, {}, self._job(node, None))

    def abort(self, node: NodeCapture, time: str, message: str) -> RunEvent:
        """The ABORT of a node that dbt did not end."""
        lineage = tables(node, self._scope)
        return self._event(
            "ABORT", node, time, lineage, self._error(message, "SQL"), self._job(node, None)
        )

    def end(
        self,
        node: NodeCapture,
        ended: Outcome,
        finished: FinishedFacts,
        lineage: Lineage,
        error: Exception | None,
    ) -> RunEvent:
        """A node's end, with its lineage where the run wrote what the SQL says."""
        done = ended.type == "COMPLETE"
        lineage = self._presented.lineage(lineage)
        if not done:
            lineage = Lineage(inputs=lineage.inputs, outputs=lineage.outputs)
        response = finished.response or {}
        query = response.get("query_id") or response.get("job_id")
        about = {
            **self._error(ended.message, node.facts.language.upper()),
            **gaps_facet(lineage.gaps),
            **ol.external_query_facet(query, self._facts.adapter),
            **self._extraction_error(error),
            **ol.test_run_facet([ended.check] if ended.check else []),
        }
        job = self._job(node, lineage if done else None)
        return self._event(ended.type, node, ended.time, lineage, about, job, ended, finished)

    def _event(
        self,
        kind: EventType,
        node: NodeCapture,
        time: str,
        lineage: Lineage,
        about: Mapping[str, ol.RunFacet],
        job: ol.Job,
        ended: Outcome | None = None,
        finished: FinishedFacts | None = None,
    ) -> RunEvent:
        run = runs.node_run(self._facts, node.facts.unique_id)
        root = self._root or self._parent or self._run
        return ol.run_event(
            kind,
            time,
            run.run_id,
            job,
            producer=PRODUCER,
            facets={
                **ol.parent_facet(self._run, root),
                **self._about(),
                **facets.node_facet(self._facts, node.facts, finished),
                **about,
            },
            inputs=self._inputs(node, lineage, ended),
            outputs=self._outputs(lineage, ended, finished),
        )

    def _inputs(
        self, node: NodeCapture, lineage: Lineage, ended: Outcome | None
    ) -> Iterable[ol.InputDataset]:
        check = None if ended is None else ended.check
        about = tested(node.facts, self._scope, lineage.inputs) if check is not None else ()
        for each in sorted({*lineage.inputs, *about}):
            checks = [check] if check is not None and each in about else []
            known = datasets.facets(self._scope, each, lineage.schemas.get(each))
            yield ol.input_dataset(each, known, ol.assertions_facet(checks))

    def _outputs(
        self, lineage: Lineage, ended: Outcome | None, finished: FinishedFacts | None
    ) -> Iterable[ol.OutputDataset]:
        for each in lineage.outputs:
            known = datasets.facets(self._scope, each, lineage.schemas.get(each))
            if ended is not None and ended.type == "COMPLETE":
                known = {**known, **ol.column_lineage_facets(lineage, each)}
            yield ol.output_dataset(each, known, datasets.statistics(finished))

    def _job(self, node: NodeCapture, lineage: Lineage | None) -> ol.Job:
        facts = node.facts
        kind = facts.resource_type.upper()
        tags = [ol.Tag(tag, source="DBT") for tag in facts.tags]
        owners = [ol.Owner(owner, "OWNER") for owner in facts.owners]
        said = {
            **ol.job_type_facet("DBT", kind),
            **ol.job_documentation_facet(facts.description),
            **ol.job_ownership_facet(owners),
            **ol.job_tags_facet(tags),
            **self._code(facts.path),
            **ol.sql_facet(self._shown(node.sql), self._scope.relations.dialect),
        }
        if lineage is not None:
            said.update(ol.lineage_job_facet(lineage))
        return ol.Job(self._facts.job_namespace, facts.unique_id, said)

    def _shown(self, sql: str | None) -> str | None:
        if sql is None or len(sql) > self._config.sql_max_bytes:
            return None
        return self._presented.sql(sql)

    def _error(self, message: str | None, language: str) -> dict[str, ol.RunFacet]:
        return ol.error_message_facet(self._presented.message(message), language) if message else {}

    def _extraction_error(self, error: Exception | None) -> dict[str, ol.RunFacet]:
        if error is None:
            return {}
        said = self._presented.message(f"{type(error).__name__}: {error}")
        return ol.extraction_error_facet(1, [ol.ExtractionFailure(said)])

    def _about(self) -> dict[str, ol.RunFacet]:
        """What all runs of an invocation share: dbt's version, and who ran it."""
        owner = self._facts.owner or {}
        return {
            **ol.processing_engine_facet(self._facts.dbt_version, "dbt", VERSION),
            **owner_facet(owner.get("user"), owner.get("host")),
        }

    def _code(self, path: str) -> dict[str, ol.JobFacet]:
        git = self._facts.git or {}
        if not git.get("commit") or not path:
            return {}
        location = ol.SourceLocation(
            path=f"{git.get('prefix', '')}{path}",
            version=git["commit"],
            repo_url=git.get("remote"),
            branch=git.get("branch"),
        )
        return {**ol.source_code_location_facet(location), **code_facet(dirty=git.get("dirty"))}


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
