"""Events of a small warehouse as producers send them, and stores to put them in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from whence.config import Config
from whence_backend.model import EventFilter, IngestReport, Trace, TraceQuery
from whence_backend.store.sqlite import SqliteStore

NAMESPACE = "postgres://warehouse:5432"
PRODUCER = "https://github.com/OpenLineage/OpenLineage/tree/1.54.0/client/python"


class Warehouse:
    """Builds events and facets; every method returns JSON-ready data or one event's bytes."""

    namespace = NAMESPACE

    def facet(self, **fields: Any) -> dict[str, Any]:
        return {"_producer": PRODUCER, "_schemaURL": "https://example.com/Facet.json", **fields}

    def dataset(self, name: str, **facets: Any) -> dict[str, Any]:
        return {"namespace": NAMESPACE, "name": name, "facets": facets}

    def schema(self, *columns: str) -> dict[str, Any]:
        return self.facet(fields=[{"name": column, "type": "text"} for column in columns])

    def source(
        self, column: str, subtype: str = "IDENTITY", kind: str = "DIRECT", description: str = ""
    ) -> dict[str, Any]:
        """An input field, from ``table.column``."""
        table, _, field = column.rpartition(".")
        how = {"type": kind, "subtype": subtype, "description": description, "masking": False}
        return {"namespace": NAMESPACE, "name": table, "field": field, "transformations": [how]}

    def columns(
        self, fields: dict[str, list[str]], filters: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """A columnLineage facet: output column -> input ``table.column``."""
        return self.facet(
            fields={
                name: {"inputFields": [self.source(source) for source in sources]}
                for name, sources in fields.items()
            },
            dataset=[self.source(column, "FILTER", "INDIRECT") for column in filters],
        )

    def sql(self, query: str) -> dict[str, Any]:
        return {"sql": self.facet(query=query)}

    def run(
        self,
        type: str,
        time: str,
        job: str = "load",
        run: str = "run-1",
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
        job_facets: dict[str, Any] | None = None,
        run_facets: dict[str, Any] | None = None,
    ) -> bytes:
        return self.line(
            eventType=type,
            eventTime=time,
            run={"runId": run, "facets": run_facets or {}},
            job={"namespace": "jobs", "name": job, "facets": job_facets or {}},
            inputs=inputs or [],
            outputs=outputs or [],
        )

    def job(
        self,
        time: str,
        job: str = "load",
        inputs: list[dict[str, Any]] | None = None,
        outputs: list[dict[str, Any]] | None = None,
        job_facets: dict[str, Any] | None = None,
    ) -> bytes:
        return self.line(
            eventTime=time,
            job={"namespace": "jobs", "name": job, "facets": job_facets or {}},
            inputs=inputs or [],
            outputs=outputs or [],
        )

    def line(self, **body: Any) -> bytes:
        url = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
        return json.dumps({"producer": PRODUCER, "schemaURL": url, **body}).encode()


class Shelf(SqliteStore):
    """A store with short ways to ask."""

    def edges(self, name: str, **query: Any) -> set[tuple[str, str, str | None]]:
        """(origin, result, subtype) of a trace, by label; tables' own edges have no subtype."""
        return labelled(self.trace(name, TraceQuery(**query)))

    def tables(self, name: str, **query: Any) -> set[tuple[str, str]]:
        """(origin, result) between whole tables and jobs."""
        found = labelled(self.trace(name, TraceQuery(columns=False, **query)))
        return {(source, target) for source, target, _ in found}

    def bodies(self) -> list[bytes]:
        return [event.body for event in self.events(EventFilter())]

    def take(self, *lines: bytes) -> IngestReport:
        """Ingest that must not reject anything."""
        report = self.ingest(lines)
        assert report.rejected == ()
        return report

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement).fetchall()


def labelled(trace: Trace) -> set[tuple[str, str, str | None]]:
    names = {node.id: node.label() for node in trace.nodes}
    return {(names[edge.source], names[edge.target], edge.subtype) for edge in trace.edges}


@pytest.fixture
def warehouse() -> Warehouse:
    return Warehouse()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(home=tmp_path / "home")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a new store; creating one takes a second, copying it nothing."""
    path = tmp_path_factory.mktemp("empty") / "store.sqlite"
    store = SqliteStore(path)
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path.read_bytes()


@pytest.fixture
def new_store(tmp_path: Path, empty_store: bytes) -> Iterator[Callable[[], Shelf]]:
    """Makes as many empty stores as a test wants."""
    made: list[Shelf] = []

    def make() -> Shelf:
        path = tmp_path / f"store-{len(made)}" / "store.sqlite"
        path.parent.mkdir()
        path.write_bytes(empty_store)
        made.append(Shelf(path))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(new_store: Callable[[], Shelf]) -> Shelf:
    return new_store()
