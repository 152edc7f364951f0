"""The ways dbt is used: one model alone, other targets, in process, in parallel, afterwards."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest

Event = dict[str, Any]
EndOf = Callable[[list[Event], str], Event]
HERE = Path(__file__).resolve().parent


def outputs(events: list[Event]) -> dict[str, Event]:
    return {
        output["name"]: output
        for event in events
        if event["eventType"] == "COMPLETE"
        for output in event["outputs"]
    }


def fields(output: Event) -> list[str]:
    return [field["name"] for field in output["facets"]["schema"]["fields"]]


def test_every_relation_of_the_example_has_the_columns_of_the_catalogue(built_shop: Any) -> None:
    """All models, seeds and snapshots; in the table's order."""
    found = {name: fields(output) for name, output in outputs(built_shop.events()).items()}
    catalogue: dict[str, list[str]] = {}
    with duckdb.connect(str(built_shop.database), read_only=True) as connection:
        for name, column in connection.execute(
            "select concat_ws('.', database_name, schema_name, table_name), column_name"
            " from duckdb_columns() where database_name = 'shop' and not internal"
            " and schema_name <> 'raw' order by 1, column_index"
        ).fetchall():
            catalogue.setdefault(name, []).append(column)
    assert found == catalogue
    assert len(found) > 25


def test_one_model_alone_has_the_same_lineage(shop: Any, built_shop: Any, tmp_path: Path) -> None:
    """In a fresh process with an empty memory the columns of its parents are asked for."""
    done = shop.dbt("run", "--select", "customers", WHENCE_HOME=str(tmp_path / "fresh"))
    assert done.returncode == 0, done.stdout
    fresh = type(shop)(shop.folder, tmp_path / "fresh")
    alone = outputs(fresh.events())["shop.marts.customers"]
    before = outputs(built_shop.events())["shop.marts.customers"]
    assert fields(alone) == fields(before)
    text = json.dumps(alone["facets"]["columnLineage"], sort_keys=True)
    text = text.replace(str(shop.folder), str(built_shop.folder))
    assert text == json.dumps(before["facets"]["columnLineage"], sort_keys=True)


def test_tests_after_a_build_read_the_tables_of_the_build(shop: Any) -> None:
    """`dbt test` names the datasets as `dbt build` did, and claims nothing about their columns."""
    (shop.folder / "target" / "manifest.json").unlink()
    before = outputs(shop.events())
    read = len(shop.events())
    assert shop.dbt("test", "--select", "customers").returncode == 0
    tested = shop.events()[read:]
    assert {event["job"]["name"].split(".")[0] for event in tested} >= {"test", "dbt-test-shop"}
    assert not any(event["outputs"] for event in tested)
    assert "shop.marts.customers" in {d["name"] for e in tested for d in e["inputs"]}
    assert "shop.marts.customers" in before


@pytest.mark.parametrize("target", ["memory", "attached"])
def test_attached_databases_are_named_by_their_own_files(shop: Any, target: str) -> None:
    """What is read stands under the file it lies in, absolute, whatever the target."""
    read = len(shop.events())
    (shop.folder / "analytics.duckdb").unlink(missing_ok=True)
    done = shop.dbt("run", "--select", "stg_customers", "--target", target)
    assert done.returncode == 0, done.stdout
    (event,) = (
        event
        for event in shop.events()[read:]
        if event["job"]["name"] == "model.shop.stg_customers" and event["eventType"] == "COMPLETE"
    )
    (source,) = event["inputs"]
    assert source["namespace"] == f"duckdb://{shop.folder}/shop.duckdb"
    assert source["name"] == "shop.raw.customers"
    own = ":memory:" if target == "memory" else f"{shop.folder}/analytics.duckdb"
    assert event["outputs"][0]["namespace"] == f"duckdb://{own}"
    assert event["outputs"][0]["facets"]["columnLineage"]["fields"]


def test_two_commands_in_one_process_are_two_invocations(project: Any, tmp_path: Path) -> None:
    """Of two projects; the user's own callbacks hear everything as before.

    The database's relative path starts where the process was started, not in the project.
    """
    shutil.copy(project.folder / "edge.duckdb", tmp_path)
    other = project.copy(tmp_path / "other")
    ran = subprocess.run(
        [sys.executable, HERE / "runner.py", project.folder, other.folder],
        env=project.environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["success"] == [True, True]
    events = project.events()
    commands = [event for event in events if event["job"]["name"] == "dbt-run-edge"]
    assert [event["eventType"] for event in commands] == ["START", "COMPLETE"] * 2
    assert said["finished"] * 2 == len(events) - len(commands) - hooks(events)
    spaces = {output["namespace"] for event in events for output in event["outputs"]}
    assert spaces == {f"duckdb://{tmp_path}/edge.duckdb"}


def hooks(events: list[Event]) -> int:
    return sum(event["job"]["name"].startswith("operation.") for event in events)


def test_parallel_processes_do_not_mix(project: Any, tmp_path: Path) -> None:
    """Two builds at once under one home: each event once, each run whole."""
    other = type(project)(project.copy(tmp_path / "other").folder, project.home)
    processes = [each.start("run", "--select", "ver.v1") for each in (project, other)]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    events = project.events()
    kinds = {(event["run"]["runId"], event["eventType"]) for event in events}
    assert len(kinds) == len(events)
    assert len([e for e in events if e["job"]["name"] == "dbt-run-edge"]) == 4


def test_the_runs_parent_comes_from_the_environment(project: Any, ended: EndOf) -> None:
    """The run that started dbt is the parent of the command and the root of its nodes."""
    run_id = "01931a2b-0000-7000-8000-000000000001"
    done = project.dbt(
        "run", "--select", "ver.v1", OPENLINEAGE_PARENT_ID=f"airflow/shop.build/{run_id}"
    )
    assert done.code == 0
    events = project.events()
    command = ended(events, "dbt-run-edge")["run"]["facets"]["parent"]
    assert command["run"]["runId"] == run_id
    assert command["job"] == {"namespace": "airflow", "name": "shop.build"}
    node = ended(events, "model.edge.ver.v1")["run"]["facets"]["parent"]
    assert node["root"]["run"]["runId"] == run_id


def whence(project: Any, *arguments: str, code: int = 0, **variables: str) -> Any:
    ran = subprocess.run(
        [sys.executable, "-c", "from whence_cli.app import main; main()", *arguments],
        cwd=project.folder,
        env=project.environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def test_artifacts_give_the_runs_of_the_live_plugin(built: Any, tmp_path: Path) -> None:
    """`whence dbt send` elsewhere: the same runs, transitions, datasets and columns."""
    live = built.events()
    project = built.copy(tmp_path)
    said = whence(project, "dbt", "send")
    assert (said["sent"], said["already"]) == (len(live), False)
    sent = project.events()
    assert keys(sent) == keys(live)
    for name in ("model.edge.star", "model.edge.mb", "snapshot.edge.people_snap"):
        (one,), (other,) = (of(events, name) for events in (live, sent))
        assert one["eventTime"] == other["eventTime"]
        assert lineage(one) == lineage(other).replace(str(project.folder), str(built.folder))
    assert whence(project, "dbt", "send")["already"] is True
    first = project.raw_events()
    whence(project, "dbt", "send", "--again")
    assert project.raw_events()[len(first) :] == first


def test_artifacts_are_sent_to_the_backend_that_is_configured(
    built: Any, tmp_path: Path, endpoint: Endpoint
) -> None:
    """`whence dbt send` waits until the backend has everything; a dead one is said."""
    project = built.copy(tmp_path)
    dead = {"OPENLINEAGE_URL": "http://127.0.0.1:9", "WHENCE_FLUSH_TIMEOUT_S": "1"}
    waiting = whence(project, "dbt", "send", code=1, **dead)
    assert waiting["waiting"][0]["reason"]
    other = built.copy(tmp_path / "other")
    said = whence(other, "dbt", "send", OPENLINEAGE_URL=endpoint.url)
    assert (said["sent"], said["waiting"]) == (len(endpoint.received), [])
    assert keys(endpoint.received) == keys(built.events())


def test_masked_literals_are_in_no_text_of_an_event(project: Any, ended: EndOf) -> None:
    """SQL, expressions and messages alike; by default dbt's literals stay."""
    literal = "alice@corp.example"
    models = project.folder / "models"
    (models / "who.sql").write_text(
        f"select coalesce(name, '{literal}') as who from {{{{ ref('raw_people') }}}}"
    )
    (models / "broken.sql").write_text(
        f"select cast(who || '{literal}' as date) as day from {{{{ ref('who') }}}}"
        " {{ config(materialized='table') }}"
    )
    assert project.dbt("build", "--select", "raw_people", "who").code == 0
    plain = ended(project.events(), "model.edge.who")
    assert literal in plain["job"]["facets"]["sql"]["query"]
    assert literal in json.dumps(plain["outputs"][0]["facets"]["columnLineage"])
    before = len(project.events())
    assert project.dbt("run", "-s", "who", "broken", WHENCE_MASK_LITERALS="true").code == 1
    masked = project.events()[before:]
    assert ended(masked, "model.edge.broken")["eventType"] == "FAIL"
    assert [line for line in map(json.dumps, masked) if "alice" in line] == []


def test_columns_of_a_file_are_asked_from_the_database(project: Any, ended: EndOf) -> None:
    """A star over a file: only the database knows; what reads the model has them too.

    However the file is named, as a source outside the database too, it is one dataset.
    """
    duckdb.sql(f"copy (select 1 as a, 'x' as b) to '{project.folder}/out.parquet'")
    models = project.folder / "models"
    (models / "files.yml").write_text(EXTERNAL)
    texts = {
        "of_file": f"select * from read_parquet('{project.folder}/out.parquet')",
        "of_name": "select f.* from 'out.parquet' f where f.b <> 'from ''x'",
        "of_read": "with c as (select * from {{ source('outside', 'out') }}) select * from c",
        "of_path": "select * exclude (a), 1 as c from {{ source('outside', 'path') }}",
        "of_both": "select x.*, y.* from {{ ref('of_file') }} x join {{ ref('of_name') }} y"
        " on x.a = y.a",
        "of_again": "select a as one, a_1 as two from {{ ref('of_both') }}",
    }
    for name, text in texts.items():
        (models / f"{name}.sql").write_text(text)
    assert project.dbt("run", "--select", *texts).code == 0
    events = project.events()
    columns = [["a", "b"], ["a", "b"], ["a", "b"], ["b", "c"], ["a", "b", "a_1", "b_1"]]
    for name, expected in zip(texts, columns, strict=False):
        (output,) = ended(events, f"model.edge.{name}")["outputs"]
        assert fields(output) == expected
    file = ("file", f"{project.folder}/out.parquet")
    for name in list(texts)[:4]:
        (event,) = of(events, f"model.edge.{name}")
        assert [(each["namespace"], each["name"]) for each in event["inputs"]] == [file]
        assert f'"field": "b", "name": "{file[1]}"' in lineage(event)
    read = {(each["namespace"], each["name"]) for event in events for each in event["inputs"]}
    assert {each for each in read if "out" in each[1].rpartition("/")[2]} == {file}
    (again,) = of(events, "model.edge.of_again")
    assert '"field": "a_1"' in lineage(again)
    assert not [event for event in events if "whence_gaps" in event["run"]["facets"]]
    assert project.errors() == []


EXTERNAL = """
sources:
  - name: outside
    config: {external_location: "read_parquet('{name}.parquet')"}
    tables:
      - name: out
      - name: path
        config: {external_location: "out.parquet"}
"""


def test_what_the_plugin_captured_is_not_sent_again(project: Any) -> None:
    """After a live run there is nothing to do."""
    assert project.dbt("run", "--select", "ver.v1").code == 0
    before = project.events()
    assert whence(project, "dbt", "send")["already"] is True
    assert project.events() == before


def keys(events: list[Event]) -> set[tuple[str, str]]:
    return {(event["run"]["runId"], event["eventType"]) for event in events}


def of(events: list[Event], name: str) -> list[Event]:
    return [e for e in events if e["job"]["name"] == name and e["eventType"] == "COMPLETE"]


def lineage(event: Event) -> str:
    return json.dumps(event["outputs"][0]["facets"]["columnLineage"]["fields"], sort_keys=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a backend in trouble of the given kind."""
    if request.param == "refused":
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    elif request.param == "black hole":
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(64)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(request.param))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A backend that is well."""

    url: str
    received: list[Event]


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    received: list[Event] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering("well", received))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Endpoint(f"http://127.0.0.1:{server.server_port}", received)
    server.shutdown()
    server.server_close()


def test_what_a_dead_backend_missed_is_delivered_once(project: Any, wait_until: Any) -> None:
    """On the next run, before that run's own events, each event once."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    assert project.dbt("run", "--select", "ver.v1", OPENLINEAGE_URL=url).code == 0
    wait_until(lambda: not list(project.home.glob("spool/*.captures.ndjson")), 10)
    missed = len(project.raw_events())
    assert missed
    received: list[Event] = []
    server = ThreadingHTTPServer(("127.0.0.1", port), _answering("well", received))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert project.dbt("run", "--select", "ver.v2", OPENLINEAGE_URL=url).code == 0
        wait_until(lambda: len(received) >= 2 * missed, 20)
    finally:
        server.shutdown()
        server.server_close()
    assert len(received) == len({(e["run"]["runId"], e["eventType"]) for e in received})
    assert len(received) == 2 * missed
    assert {e["job"]["name"] for e in received} >= {"model.edge.ver.v1", "model.edge.ver.v2"}


def _answering(kind: str, received: list[Event] | None = None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if received is not None:
                received.append(json.loads(body))
            time.sleep(0.2 if kind == "slow" else 0)
            self.send_response(503 if kind == "503" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@pytest.mark.parametrize("backend", ["refused", "503", "black hole", "slow"], indirect=True)
def test_a_backend_in_trouble_neither_slows_nor_fails_dbt(project: Any, backend: str) -> None:
    """dbt does not wait for the relay; what is not delivered stays in the spool."""
    started = time.monotonic()
    done = project.dbt("run", "--select", "ver.v1", "uni", OPENLINEAGE_URL=backend)
    assert done.code == 0, done.output
    assert time.monotonic() - started < 30
    assert project.errors() == []
