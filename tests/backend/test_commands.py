"""The commands, as a user runs them: piped, on files good and bad, with names right and wrong."""

from __future__ import annotations

import gzip
import json
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from whence.picture import html, mermaid
from whence_backend.model import TraceQuery
from whence_cli import render
from whence_cli.app import application

T1 = "2026-01-01T00:00:00Z"


@pytest.fixture
def lines(warehouse):
    """raw -> staging -> mart, with an expression, a filter and SQL; and a failed run."""
    staging = warehouse.facet(
        fields={
            "amount": {
                "inputFields": [
                    warehouse.source("shop.raw.cents", "TRANSFORMATION", "DIRECT", "cents / 100")
                ]
            }
        },
        dataset=[warehouse.source("shop.raw.status", "FILTER", "INDIRECT", "status <> 'x'")],
    )
    mart = warehouse.columns({"total": ["shop.staging.amount"]})
    error = {"errorMessage": warehouse.facet(message="boom\nbang", programmingLanguage="SQL")}
    return [
        warehouse.run(
            "COMPLETE", T1, "stage", "r1", [warehouse.dataset("shop.raw")],
            [warehouse.dataset("shop.staging", columnLineage=staging)],
            warehouse.sql("select cents / 100 as amount from raw where status <> 'x'"),
        ),
        warehouse.run("COMPLETE", T1, "build", "r2",
                      outputs=[warehouse.dataset("shop.mart", columnLineage=mart)]),
        warehouse.run("FAIL", T1, "broken", "r3", run_facets=error),
    ]  # fmt: skip


@pytest.fixture
def whence(config, empty_store, monkeypatch):
    """Runs a command with a data folder of its own."""
    config.home.mkdir(mode=0o700)
    (config.home / "store.sqlite").write_bytes(empty_store)
    monkeypatch.setenv("WHENCE_HOME", str(config.home))
    runner, app = CliRunner(), application()

    def run(*arguments, input=None):
        return runner.invoke(app, [str(argument) for argument in arguments], input=input)

    return run


@pytest.fixture
def filled(whence, lines, tmp_path):
    """The same, with the events ingested."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert whence("ingest", path).exit_code == 0
    return whence


def test_trace_prints_the_documented_object(filled):
    """Edges from origin to result, each with type, subtype and job."""
    ran = filled("trace", "mart.total", "--json")
    assert ran.exit_code == 0
    answer = json.loads(ran.stdout)
    names = {n["id"]: (n["kind"], n["name"], n.get("column")) for n in answer["nodes"]}
    assert names[answer["root"]] == ("column", "shop.mart", "total")
    assert {(names[e["from"]], names[e["to"]], e["type"], e["subtype"], e["job"])
            for e in answer["edges"]} == {
        (("column", "shop.raw", "cents"), ("column", "shop.staging", "amount"),
         "DIRECT", "TRANSFORMATION", "stage"),
        (("column", "shop.raw", "status"), ("table", "shop.staging", None),
         "INDIRECT", "FILTER", "stage"),
        (("column", "shop.staging", "amount"), ("column", "shop.mart", "total"),
         "DIRECT", "IDENTITY", "build"),
    }  # fmt: skip
    assert answer["gaps"] == []


def test_trace_of_a_table_holds_its_tables_and_columns(filled):
    """Upstream only, one step, tables only: as asked."""

    def ends(*options):
        answer = json.loads(filled("trace", "mart", *options).stdout)
        names = {n["id"]: n["name"] + "." * ("column" in n) for n in answer["nodes"]}
        return {(names[e["from"]], names[e["to"]]) for e in answer["edges"]}

    assert ends("--tables") == {("shop.raw", "shop.staging"), ("shop.staging", "shop.mart")}
    assert ends("--tables", "--depth", "1") == {("shop.staging", "shop.mart")}
    assert ends("--downstream") == set()
    assert ("shop.staging.", "shop.mart.") in ends("--upstream")
    assert ends("--as-of", "2025-01-01") == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trace", "mrt"), "did you mean mart"),
        (("trace", "mart.totl"), "did you mean mart.total"),
        (("trace", "mart", "--depth", "-1"), "--depth is -1; it counts steps"),
        (("explain", "mart.total", "--depth", "0"), "--depth is 0; it counts steps"),
        (("explain", "mart"), "give TABLE.COLUMN"),
        (("trace", "mart", "--as-of", "soon"), "'soon' is not a date and time"),
        (("runs", "--state", "GREAT"), "'GREAT' is none of"),
        (("ingest", "no-such-file"), "no-such-file: No such file"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_and_exit_code_2(filled, arguments, said):
    """On standard error, without a traceback."""
    ran = filled(*arguments)
    assert ran.exit_code == 2
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert ran.stdout == ""


def test_events_come_out_as_they_went_in(filled, lines, whence, tmp_path):
    """Byte for byte, in order, and choosable."""
    assert filled("events", "--json").stdout_bytes == b"\n".join(lines) + b"\n"
    assert filled("events", "--type", "fail").stdout_bytes == lines[2] + b"\n"
    assert filled("events", "--job", "stage").stdout_bytes == lines[0] + b"\n"


def test_runs_are_listed_with_their_errors(filled):
    """The newest first; JSON when piped."""
    runs = json.loads(filled("runs").stdout)["runs"]
    assert {(run["job"], run["state"], run["error"]) for run in runs} == {
        ("stage", "COMPLETE", None),
        ("build", "COMPLETE", None),
        ("broken", "FAIL", "boom\nbang"),
    }
    assert len(json.loads(filled("runs", "--limit", "1").stdout)["runs"]) == 1


@pytest.fixture
def built(whence, warehouse, tmp_path):
    """After a build of 93 nodes, two of which failed; more rows than a table shows."""
    parent = {"parent": warehouse.facet(run={"runId": "r0"}, job={"namespace": "n", "name": "b"})}
    lines = [warehouse.run("COMPLETE", "2026-01-01T00:00:00.123456Z", "dbt-build-shop", "r0")]
    lines += [
        warehouse.run("FAIL" if n in (7, 8) else "COMPLETE", f"2026-01-01T00:01:00.{n:06d}Z",
                      f"model.shop.m{n}", f"r{n}", run_facets=parent)
        for n in range(1, 94)
    ]  # fmt: skip
    path = tmp_path / "build.ndjson"
    path.write_bytes(b"\n".join(lines))
    assert whence("ingest", path).exit_code == 0
    return whence


def test_a_table_of_runs_shows_the_build_with_what_became_of_its_nodes(built, monkeypatch):
    """One row for each run that nothing here started; JSON has them all."""
    runs = json.loads(built("runs").stdout)["runs"]
    assert len(runs) == 94
    assert runs[-1]["children"] == {"COMPLETE": 91, "FAIL": 2}
    monkeypatch.setattr(render, "is_terminal", lambda: True)
    table = built("runs").stdout.splitlines()
    (row,) = (line for line in table if "2026" in line)
    assert row.split()[0] == "2026-01-01T00:00:00Z"
    assert "dbt-build-shop" in row
    assert "93, 2 FAIL" in row
    assert built("runs", "--all", "--limit", "94").stdout.count("model.shop.") == 93
    assert built("runs", "--job", "m3").stdout.count("model.shop.") == 1


def test_runs_below_a_run_are_asked_for_by_its_id_or_its_job(built):
    """And narrowed further by state."""
    for name in ("r0", "dbt-build-shop"):
        failed = json.loads(built("runs", "--children", name, "--state", "FAIL").stdout)["runs"]
        assert [run["job"] for run in failed] == ["model.shop.m8", "model.shop.m7"]
    assert json.loads(built("runs", "--children", "r1").stdout)["runs"] == []


def test_an_empty_list_of_runs_says_where_events_went(whence, monkeypatch):
    """To the configured transport, or nowhere yet; or there are none like that."""
    monkeypatch.setattr(render, "is_terminal", lambda: True)
    assert "run something with an integration installed" in whence("runs").stderr
    assert whence("runs", "--job", "x").stderr == "No such runs.\n"
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:9")
    assert "WHENCE_LOCAL_STORE=true keeps them here too" in whence("runs").stderr


def test_explain_gives_each_step_with_expression_and_sql(filled):
    """The column first, then what it is made of."""
    steps = json.loads(filled("explain", "mart.total").stdout)["steps"]
    assert [(step["column"]["name"], step["job"]) for step in steps] == [
        ("shop.mart", "build"),
        ("shop.staging", "stage"),
    ]
    expressions = {(each["column"], each["expression"]) for each in steps[1]["inputs"]}
    assert expressions == {("cents", "cents / 100"), ("status", "status <> 'x'")}
    assert steps[1]["sql"].startswith("select cents / 100")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["ndjson", "array", "pretty", "crlf", "bom"])
def test_files_of_every_form_are_read(whence, lines, tmp_path, form, packed):
    """NDJSON, arrays, indented arrays, Windows line ends and marks; gzipped or not."""
    events = [json.loads(line) for line in lines]
    content = {
        "ndjson": b"\n".join(lines),
        "array": json.dumps(events).encode(),
        "pretty": json.dumps(events, indent=2).encode(),
        "crlf": b"\r\n".join(lines) + b"\r\n",
        "bom": b"\xef\xbb\xbf" + b"\n".join(lines),
    }[form]
    path = tmp_path / "events"
    path.write_bytes(gzip.compress(content) if packed else content)
    ran = whence("ingest", path)
    assert json.loads(ran.stdout) == {"stored": 3, "repeated": 0, "rejected": []}
    assert ran.exit_code == 0
    if form in ("ndjson", "crlf", "bom"):
        assert whence("events").stdout_bytes == b"\n".join(lines) + b"\n"
    assert [json.loads(line) for line in whence("events").stdout.splitlines()] == events


def test_one_indented_event_and_standard_input_are_read(whence, lines, tmp_path):
    """A file may be one event over several lines; ``-`` is standard input."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps(json.loads(lines[0]), indent=1))
    assert json.loads(whence("ingest", path).stdout)["stored"] == 1
    piped = whence("ingest", "-", input=b"\n".join(lines[1:]))
    assert json.loads(piped.stdout)["stored"] == 2


@pytest.mark.parametrize("form", ["ndjson", "array", "gzip"])
def test_a_truncated_file_names_the_line_and_keeps_the_rest(whence, lines, tmp_path, form):
    """What came before the cut is stored; the exit code is 1."""
    whole = {
        "ndjson": b"\n".join(lines),
        "array": b"[\n" + b",\n".join(lines) + b"\n]",
        "gzip": gzip.compress(b"\n".join(lines * 1) + b"\n"),
    }[form]
    path = tmp_path / "events"
    path.write_bytes(whole[: len(whole) - 40] if form != "gzip" else whole[:-20])
    ran = whence("ingest", path)
    assert ran.exit_code == 1
    answer = json.loads(ran.stdout)
    (rejected,) = answer["rejected"][-1:]
    assert f"line {rejected['line']}:" in ran.stderr
    if form != "gzip":
        assert answer["stored"] == 2
        assert rejected["line"] == {"ndjson": 3, "array": 4}[form]


def test_pictures_name_every_node_and_run_nothing_foreign(filled, config, warehouse):
    """Names are data: markup in a table's name stays text, in the page and in Mermaid."""
    from whence_backend.store.sqlite import SqliteStore

    evil = '</script><script>alert(1)</script>"]'
    facet = warehouse.columns({"c": ["shop.mart.total"]})
    with SqliteStore(config.home / "store.sqlite") as store:
        store.ingest([warehouse.run("COMPLETE", T1, "evil", outputs=[
            warehouse.dataset(evil, columnLineage=facet)])])  # fmt: skip
        trace = store.trace("raw", TraceQuery())
    page, chart = html(trace.graph()), mermaid(trace.graph())
    scripts = _Scripts()
    scripts.feed(page)
    assert scripts.count == 1
    assert not scripts.links
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert page.count("alert(1)") == page.count("\\u003cscript\\u003ealert(1)") > 0
    for node in trace.nodes:
        assert node.id in page
        assert node.id.replace("-", "_") in chart
    assert chart.startswith("flowchart LR\n")
    assert "<" not in chart


def test_trace_prints_pictures(filled):
    """Mermaid text and a page, also when piped."""
    assert filled("trace", "mart", "--format", "mermaid").stdout.startswith("flowchart LR")
    page = filled("trace", "mart.total", "--format", "html").stdout
    assert page.startswith("<!doctype html>")


def test_an_ambiguous_name_lists_what_it_could_be_one_a_line(filled, tmp_path, warehouse):
    """Each candidate can be given as it stands there."""
    path = tmp_path / "more.ndjson"
    path.write_bytes(warehouse.run("COMPLETE", T1, "b", "r9", outputs=[warehouse.dataset("x.raw")]))
    assert filled("ingest", path).exit_code == 0
    ran = filled("trace", "raw")
    assert ran.exit_code == 2
    first, *candidates = ran.stderr.splitlines()
    assert first == "whence: 'raw' could be any of these; give more of it:"
    assert candidates == [f"  {warehouse.namespace}/{name}" for name in ("shop.raw", "x.raw")]
    for candidate in candidates:
        assert filled("trace", candidate.strip()).exit_code == 0


def test_a_name_in_an_empty_store_is_answered_by_how_to_fill_it(whence):
    """No names to choose from would be no help."""
    ran = whence("trace", "orders")
    assert ran.exit_code == 2
    assert "is empty: run something with an integration installed" in ran.stderr


def test_a_bare_column_is_answered_by_the_tables_that_have_it(filled):
    """The table was forgotten, not the name."""
    ran = filled("trace", "amount")
    assert ran.exit_code == 2
    assert "did you mean staging.amount?" in ran.stderr


def test_a_time_before_everything_is_said(filled):
    """An empty answer is no claim that there never was lineage."""
    ran = filled("trace", "mart", "--as-of", "1999-01-01", "--json")
    assert json.loads(ran.stdout)["edges"] == []
    assert ran.stderr == "No lineage of shop.mart was known at that time.\n"
    assert filled("trace", "mart", "--as-of", "2026-01-02", "--json").stderr == ""


def test_explain_on_a_terminal_shows_what_matters(filled, monkeypatch):
    """Values first, what only decides in one line, the lines of SQL, and how to see more."""
    monkeypatch.setattr(render, "is_terminal", lambda: True)
    ran = filled("explain", "mart.total")
    assert "── shop.raw.cents  transformation  cents / 100" in ran.stdout
    assert "── rows decided by: filter raw.status" in ran.stdout
    assert "select cents / 100 as amount" in ran.stdout
    assert "whence explain shop.mart.total --sql" in ran.stderr
    assert "select" not in filled("explain", "mart.total", "--no-sql").stdout


@pytest.mark.parametrize("command", ["trace", "explain", "runs", "events", "ingest"])
def test_every_help_has_examples(whence, command):
    """Copy, paste, change."""
    ran = whence(command, "--help")
    assert ran.exit_code == 0
    assert "Examples:" in ran.stdout
    assert f"whence {command}" in ran.stdout


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.count += tag == "script"
        self.links += [value for key, value in attrs if key in ("src", "href")]
