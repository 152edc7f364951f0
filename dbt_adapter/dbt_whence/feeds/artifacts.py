"""A project that was built already: manifest and run_results as the captures of the live plugin.

Pure over dbt's files; must not ask dbt or the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dbt_whence import capture, compiled
from dbt_whence.facts import FinishedFacts, InvocationFacts, NodeFacts, to_payload
from whence.captures import END, Capture
from whence.errors import BadInput

COMMANDS = ("run", "build", "test", "seed", "snapshot", "retry", "clone")


class Record(dict[str, Any]):
    """A JSON object whose keys are attributes too, as on the objects that dbt writes it from."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Artifacts:
    """What dbt wrote of its last command.

    Attributes:
        manifest: ``manifest.json``.
        results: ``run_results.json``.
        catalog: ``catalog.json``, empty where there is none.
        target: The folder they are in; of a microbatch, the batches' SQL is only there.
    """

    def __init__(self, manifest: Record, results: Record, catalog: Record, target: Path) -> None:
        """Keep what was read; `read` is the usual way."""
        self.target = target
        self.manifest = manifest
        self.results = results
        self.catalog = catalog

    @classmethod
    def read(cls, target: Path) -> Artifacts:
        """The artifacts in a target folder.

        Raises:
            BadInput: One is missing, is not JSON, or is of a command that runs no nodes.
        """
        manifest, results = load(target / "manifest.json"), load(target / "run_results.json")
        catalog = target / "catalog.json"
        for name, content in (("manifest", manifest), ("run_results", results)):
            _check_shape(target / f"{name}.json", content)
        found = cls(manifest, results, load(catalog) if catalog.exists() else Record(), target)
        if found.command not in COMMANDS:
            raise BadInput(
                f"{target / 'run_results.json'} is of `dbt {found.command}`, which runs no nodes; "
                f"send what one of these left: {', '.join(COMMANDS)}"
            )
        return found

    @property
    def command(self) -> str:
        """Dbt's command, e.g. ``build``."""
        return str(self.results["args"].get("which", ""))

    @property
    def invocation_id(self) -> str:
        """Dbt's own identifier of the command."""
        return str(self.results["metadata"]["invocation_id"])

    @property
    def started_at(self) -> str | None:
        """When the command began, as the live plugin says it; None before dbt 1.10."""
        found = self.results["metadata"].get("invocation_started_at")
        return None if found is None else capture.text_instant(found)

    def invocation(
        self,
        *,
        project_root: str,
        folder: str,
        profile: str | None,
        target: str | None,
        credentials: dict[str, Any],
        environ: Mapping[str, str],
    ) -> InvocationFacts:
        """The facts of the command; who runs this is not who ran dbt, so no owner is said.

        Args:
            project_root: Absolute.
            folder: Where dbt was started.
            profile: The profile's name.
            target: The target's name.
            credentials: As `dbt_whence.capture.credentials` gives them.
            environ: Of this process; only ``OPENLINEAGE_*`` is read.
        """
        metadata, arguments = self.manifest["metadata"], self.results["args"]
        return InvocationFacts(
            invocation_id=self.invocation_id,
            command=self.command,
            project=str(metadata.get("project_name") or Path(project_root).name),
            project_root=project_root,
            folder=folder,
            started_at=self.started_at,
            arguments=capture.arguments(Record({k.upper(): v for k, v in arguments.items()})),
            profile=profile,
            target=target,
            adapter=str(metadata.get("adapter_type") or ""),
            credentials=credentials,
            dbt_version=str(self.results["metadata"].get("dbt_version", "")),
            parents=capture.parents(environ),
            job_namespace=environ.get("OPENLINEAGE_NAMESPACE") or "dbt",
        )


def captures(artifacts: Artifacts, facts: InvocationFacts, sql_max_bytes: int) -> Iterator[Capture]:
    """The captures that the live plugin would have appended, as far as the artifacts know them.

    Args:
        artifacts: Of one command.
        facts: `Artifacts.invocation` of it.
        sql_max_bytes: Texts longer than this are cut just above it.
    """
    records = sorted(_records(artifacts, facts, sql_max_bytes), key=lambda record: record[0])
    ended = str(artifacts.results["metadata"]["generated_at"])
    ended = max([capture.text_instant(ended), *(time for time, _, _ in records)])
    yield Capture("dbt", "invocation", facts.started_at or ended, 0, to_payload(facts))
    sequence = 1
    for time, kind, payload in (*records, (ended, "completed", _completed(artifacts))):
        yield Capture("dbt", kind, time, sequence, payload)
        sequence += 1
    yield Capture("dbt", END, ended, sequence, {})


_Record = tuple[str, str, dict[str, Any]]


def _records(artifacts: Artifacts, facts: InvocationFacts, sql_max_bytes: int) -> Iterator[_Record]:
    """Of each result: the facts of the node and its parents, its code, its start and its end."""
    seen: set[str] = set()
    last = facts.started_at or _first_time(artifacts)
    for result in artifacts.results["results"]:
        if result["message"] == "Skipping due to fail_fast":
            continue
        finished = _finished(result)
        started = finished.timing[0][1] if finished.timing else last
        last = max(last, finished.timing[-1][2] if finished.timing else last)
        for node in _with_parents(artifacts, result["unique_id"], facts.project_root, seen):
            yield started, "node", to_payload(node)
            yield from _columns(artifacts, node, started)
        yield started, "start", {"unique_id": result["unique_id"]}
        code = _code(artifacts, result, sql_max_bytes)
        if code:
            yield started, "code", {"unique_id": result["unique_id"], "sql": code}
        for kind, payload in _hooks(artifacts, result["unique_id"]):
            yield started, kind, payload
        ended = finished.timing[-1][2] if finished.timing else last
        yield ended, "finished", to_payload(finished)


def _hooks(artifacts: Artifacts, unique_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The SQL of a node's hooks, as far as it follows from the project's text."""
    found = capture.find_node(artifacts.manifest, unique_id)
    for text in capture.hooks(found):
        sql = compiled.hook_code(text, found.get("relation_name") if found else None)
        if sql is None:
            yield "unread", {"unique_id": unique_id}
        elif compiled.is_change(sql):
            yield "statement", {"unique_id": unique_id, "sql": sql}


def _first_time(artifacts: Artifacts) -> str:
    times = [each["started_at"] for r in artifacts.results["results"] for each in r["timing"]]
    stamps = [capture.text_instant(time) for time in times if time]
    return (
        min(stamps)
        if stamps
        else capture.text_instant(artifacts.results["metadata"]["generated_at"])
    )


def _with_parents(
    artifacts: Artifacts, unique_id: str, project_root: str, seen: set[str]
) -> Iterator[NodeFacts]:
    found = capture.find_node(artifacts.manifest, unique_id)
    if found is None or unique_id in seen:
        return
    seen.add(unique_id)
    node = capture.node(found, project_root)
    for parent in node.depends_on:
        yield from _with_parents(artifacts, parent, project_root, seen)
    yield node


def _columns(artifacts: Artifacts, node: NodeFacts, time: str) -> Iterator[_Record]:
    """What ``dbt docs generate`` saw of a source, where somebody ran it."""
    known = artifacts.catalog.get("sources", {}).get(node.unique_id)
    if known and node.relation_name:
        ordered = sorted(known["columns"].values(), key=lambda column: column["index"])
        columns = [[column["name"], column["type"]] for column in ordered]
        yield time, "columns", {"relation": node.relation_name, "columns": columns}


def _code(artifacts: Artifacts, result: Mapping[str, Any], limit: int) -> str | None:
    found = capture.find_node(artifacts.manifest, result["unique_id"])
    if found is None or found.get("language", "sql") != "sql":
        return None
    code = result.get("compiled_code") or found.get("compiled_code")
    if code:
        return compiled.bounded(str(code), limit)
    return compiled.batch_code(found, artifacts.target, limit)


def _finished(result: Mapping[str, Any]) -> FinishedFacts:
    response = result.get("adapter_response") or {}
    return FinishedFacts(
        unique_id=result["unique_id"],
        status=str(result["status"]),
        message=result.get("message") or None,
        failures=capture.failures(result["unique_id"], result.get("failures")),
        response={key: value for key, value in response.items() if value is not None},
        timing=capture.timing(
            (each["name"], _stamp(each["started_at"]), _stamp(each["completed_at"]))
            for each in result.get("timing") or ()
        ),
        execution_time=capture.seconds(result.get("execution_time")),
    )


def _stamp(text: str | None) -> str:
    return capture.text_instant(text) if text else ""


def _completed(artifacts: Artifacts) -> dict[str, Any]:
    failed = {"error", "fail", "runtime error", "partial success", "skipped"}
    ends = {
        str(result["status"])
        for result in artifacts.results["results"]
        if not str(result["unique_id"]).startswith("exposure.")
    }
    return {"success": not ends & failed, "elapsed": artifacts.results.get("elapsed_time")}


def _check_shape(path: Path, content: Record) -> None:
    """Refuse what only looks like an artifact of dbt."""
    wanted = (
        ("metadata", "args", "results") if path.stem == "run_results" else ("metadata", "nodes")
    )
    missing = [key for key in wanted if key not in content]
    if missing:
        raise BadInput(f"{path} is not one of dbt's artifacts: it has no {', '.join(missing)}")


def load(path: Path) -> Record:
    """One of dbt's files; raises `BadInput` where it cannot be read."""
    try:
        content = json.loads(path.read_bytes(), object_hook=Record)
    except FileNotFoundError:
        raise BadInput(f"there is no {path}; run dbt first, or name its folder") from None
    except ValueError as error:
        raise BadInput(f"{path} is not JSON: {error}") from error
    if not isinstance(content, Record):
        raise BadInput(f"{path} is not one of dbt's artifacts")
    return content
