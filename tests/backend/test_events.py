"""Events come back byte for byte, whatever they look like; what is no event is rejected."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whence.errors import BadInput
from whence_backend.ingest.slicing import slice_event
from whence_backend.model import EventFilter, RunFilter, TraceQuery
from whence_backend.times import parse, show

SPEC = Path(__file__).resolve().parent.parent / "spec" / "openlineage" / "tests"
T1 = "2026-01-01T00:00:00Z"

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
facets = st.dictionaries(
    st.sampled_from(["schema", "columnLineage", "lineage", "sql", "ownership", "symlinks", "x"])
    | st.text(),
    values | st.dictionaries(st.text(), values, max_size=2),
    max_size=4,
)
datasets = st.lists(
    st.builds(
        lambda name, own, special: {"namespace": "n", "name": name, "facets": own, **special},
        st.text(min_size=1),
        facets | st.none(),
        st.sampled_from([{}, {"inputFacets": None}, {"outputFacets": {"a": {"b": 1}}}]),
    ),
    max_size=3,
)


def _event(**more) -> dict:
    return {"eventType": "COMPLETE", "eventTime": T1, "run": {"runId": "r"},
            "job": {"namespace": "n", "name": "j"}, **more}  # fmt: skip


def test_an_event_in_another_formatting_is_the_same_event(store):
    """Spaces, order of keys and escapes are no identity; the bytes that came first are kept."""
    event = _event(producer="é", outputs=[{"namespace": "n", "name": "x"}])
    first = json.dumps(event).encode()
    others = [
        json.dumps(event, indent=2, ensure_ascii=False).encode(),
        json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(),
        json.dumps(dict(reversed(event.items()))).encode(),
        first,
    ]
    assert store.take(first).stored == 1
    report = store.take(*others, *others)
    assert (report.stored, report.repeated) == (0, 8)
    assert store.bodies() == [first]
    assert store.take(json.dumps(event | {"producer": "e"}).encode()).stored == 1


@given(inputs=datasets | st.none(), outputs=datasets, run=facets, job=facets, spaces=st.booleans())
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_event_comes_back_as_it_was_received(store, inputs, outputs, run, job, spaces):
    """Facets of any shape, null lists, any text, with spaces or without."""
    event = _event(inputs=inputs, outputs=outputs)
    event["run"]["facets"], event["job"]["facets"] = run, job
    event["run"]["runId"] = f"run-{len(store.bodies())}"  # else it may be one that is stored
    separators = (" ,  ", " :\t") if spaces else (",", ":")
    line = json.dumps(event, ensure_ascii=spaces, separators=separators).encode()
    report = store.ingest([line])
    assert report.rejected == ()
    assert line in store.bodies()


def test_numbers_and_escapes_are_not_rewritten(store):
    """1.0e5, escaped slashes, key order, doubled keys: bytes are bytes."""
    line = (
        b'{ "eventTime":"2026-01-01T00:00:00Z" ,"job":{"namespace":"n","name":"j\\u00e9",'
        b'"facets":{"big":{"a":1.0e5,"b":12345678901234567890123,"c":"\\/"}}},'
        b'"run":{"runId":"r","facets":{"x":{"z":1,"a":2,"z":3},"n":null}},"zz":[1 , 2]}'
    )
    store.take(line)
    assert store.bodies() == [line]


@pytest.mark.skipif(not SPEC.is_dir(), reason="the OpenLineage spec's examples are not here")
def test_every_example_of_the_spec_is_stored(store):
    """Each facet example, put where its name says it belongs."""
    places = {"Run": "run", "Job": "job", "InputDataset": "inputs", "OutputDataset": "outputs"}
    lines = []
    for folder in sorted(path for path in SPEC.iterdir() if path.is_dir()):
        word = next((w for w in places if folder.name.endswith(f"{w}Facet")), "OutputDataset")
        for number, path in enumerate(sorted(folder.glob("*.json"))):
            given = json.loads(path.read_text("utf-8"))
            event = _event(inputs=[], outputs=[])
            event["run"]["runId"] = f"{folder.name}-{number}"
            name = {"namespace": "n", "name": folder.name}
            if word in ("Run", "Job"):
                event[places[word]]["facets"] = given
            elif folder.name == "LineageFacet" and "entries" in given["lineage"]:
                event["job"]["facets"] = given
            else:
                key = "inputs" if word == "InputDataset" else "outputs"
                event[key] = [{**name, "facets": given}]
            lines.append(json.dumps(event).encode())
    lines.append((SPEC / "example_full_event.json").read_bytes().replace(b"\n", b""))
    assert len(lines) > 30
    assert store.take(*lines).stored == len(lines)
    assert store.bodies() == [line.strip() for line in lines]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.100000Z"),
        ("2026-01-01T00:00:00.123456789012345Z", "2026-01-01T00:00:00.123456Z"),
        ("2025-12-31T19:00:00.5-0500", "2026-01-01T00:00:00.500000Z"),
        ("2026-01-01", "2026-01-01T00:00:00Z"),
    ],
)
def test_instants_of_every_spelling(text, shown):
    """Any number of fraction digits, any zone, and UTC where none is said."""
    assert show(parse(text)) == shown


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z"])
def test_what_is_no_instant_is_named(text):
    """The error shows the value and an example."""
    with pytest.raises(BadInput, match="not a date and time"):
        parse(text)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"eventTime": "2026-01-01T00:00:00Z", "run": {"ru', "ends in the middle"),
        (b'{"eventTime": "2026-01-01T00:00:00Z"', "ends in the middle"),
        (b"nonsense", "not a JSON object"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"eventTime": "2026-01-01T00:00:00Z"}', "neither a run, a job nor a dataset"),
        (b'{"eventTime": null, "job": {"namespace": "n", "name": "j"}}', "no eventTime"),
        (b'{"eventTime": "x", "job": {"namespace": "n", "name": "j"}}', "not a date and time"),
        (b'{"eventTime": "2026-01-01T00:00:00Z", "run": {"runId": "r"}}', "job is not an object"),
        (b'{"a": "\xff\xfe"}', "not UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1} {"b": 2}', "more text after"),
        (b'{"a": ' + b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_is_no_event_is_rejected_and_the_rest_kept(store, warehouse, line, reason):
    """The report names the line and the reason; its neighbours are stored."""
    good = warehouse.run("COMPLETE", T1), warehouse.run("COMPLETE", T1, run="r2")
    report = store.ingest([good[0], b"", line, good[1]])
    assert report.stored == 2
    (rejected,) = report.rejected
    assert rejected.line == 3
    assert reason in rejected.reason
    assert store.bodies() == list(good)


def test_slices_are_the_text_of_the_facets():
    """Every hole, cut out, is that facet's own JSON."""
    chance = random.Random(3)
    event = _event(outputs=[{"namespace": "n", "name": "d", "facets": {}}] * 3)
    for output in event["outputs"]:
        output["facets"] = {f"f{n}": {"v": chance.random()} for n in range(4)}
    sliced = slice_event(json.dumps(event, indent=2).encode())
    assert sliced.value == event
    for hole in sliced.holes:
        if hole.owner == "outputs":
            cut = json.loads(sliced.text[hole.start : hole.end])
            assert cut == event["outputs"][hole.place]["facets"][hole.key]


def test_persons_can_be_erased_and_the_events_stay(store, warehouse):
    """The facet says that it was erased; all else is as it was, and the digest stays."""
    owner = {"whence_owner": warehouse.facet(user="alice@example.com", host="laptop")}
    owned = warehouse.dataset(
        "x", ownership=warehouse.facet(owners=[{"name": "alice@example.com"}])
    )
    other = {"whence_owner": warehouse.facet(user="bob")}
    lines = [
        warehouse.run("COMPLETE", T1, outputs=[owned], run_facets=owner),
        warehouse.run("COMPLETE", T1, run="r2", run_facets=other),
    ]
    store.take(*lines)
    digests = store.rows("SELECT sha FROM event")
    assert [store.erase(part) for part in ("alice", "", "user")] == [0, 0, 0]
    assert store.erase("alice@example.com") == 2
    first, second = store.bodies()
    assert second == lines[1]
    assert b"alice" not in first
    erased = json.loads(first)
    assert erased["run"]["facets"]["whence_owner"]["_erased"].startswith("20")
    assert erased["outputs"][0]["name"] == "x"
    assert store.rows("SELECT sha FROM event") == digests
    assert all(b"alice" not in bytes(row[0]) for row in store.rows("SELECT inline FROM event"))


def test_runs_tell_how_they_went(store, warehouse):
    """START gives the beginning, the last event the end; OTHER after it changes nothing."""

    def at(second: int) -> str:
        return f"2026-01-01T00:00:{second:02d}Z"

    error = {"errorMessage": warehouse.facet(message="no such table", programmingLanguage="SQL")}
    parent = {"parent": warehouse.facet(run={"runId": "dag"}, job={"namespace": "n", "name": "d"})}
    store.take(
        warehouse.run("COMPLETE", at(9), run="not-a-uuid"),
        warehouse.run("START", at(1), run="not-a-uuid", run_facets=parent),
        warehouse.run("OTHER", at(11), run="not-a-uuid"),
        warehouse.run("START", at(2), run="r2", job="main.second"),
        warehouse.run("FAIL", at(3), run="r2", job="main.second", run_facets=error),
    )
    second, first = store.runs(RunFilter())
    assert (first.run_id, first.state, first.parent) == ("not-a-uuid", "COMPLETE", "dag")
    assert (first.started, first.ended) == (parse(at(1)), parse(at(9)))
    assert (second.state, second.error) == ("FAIL", "no such table")
    assert store.runs(RunFilter(state="fail")) == (second,)
    assert store.runs(RunFilter(job="second")) == (second,)
    assert store.runs(RunFilter(limit=1)) == (second,)
    with pytest.raises(BadInput, match="'gone' is none of"):
        store.runs(RunFilter(state="gone"))


def test_what_a_run_was_does_not_depend_on_the_order_of_arrival(new_store, warehouse):
    """State, error, parent and versions are those that the last event by its time told."""

    def said(kind, word, version):
        facets = {
            "errorMessage": warehouse.facet(message=word, programmingLanguage="SQL"),
            "parent": warehouse.facet(run={"runId": word}, job={"namespace": "n", "name": "d"}),
        }
        at_version = warehouse.dataset("x", version=warehouse.facet(datasetVersion=version))
        return warehouse.run(kind, T1, run_facets=facets, inputs=[at_version], outputs=[at_version])

    lines = [
        said("START", "a", "1"),
        said("RUNNING", "b", "2"),
        said("COMPLETE", "c", "3"),
        said("COMPLETE", "d", "4"),
        said("FAIL", "e", "5"),
        warehouse.run("ABORT", T1, outputs=[warehouse.dataset("x")]),
    ]
    answers = set()
    for seed in range(8):
        random.Random(seed).shuffle(lines)
        store = new_store()
        store.take(*lines[:3])
        store.take(*lines[3:])
        (run,) = store.runs(RunFilter())
        io = store.rows("SELECT output, version FROM run_io")
        versions = store.rows("SELECT external FROM dataset_version")
        answers.add((run.state, run.error, run.parent, str(sorted(io)), str(versions)))
    assert len(answers) == 1
    assert answers.pop()[:4] == ("ABORT", "e", "e", "[(0, '5'), (1, '5')]")


def test_events_can_be_chosen(store, warehouse):
    """By job, type and time; the last so many."""
    lines = [
        warehouse.run(kind, f"2026-01-0{day}T00:00:00Z", job)
        for day, kind, job in ((1, "START", "a"), (2, "COMPLETE", "a"), (3, "FAIL", "b"))
    ]
    store.take(*lines)

    def chosen(**wanted):
        return [event.body for event in store.events(EventFilter(**wanted))]

    assert chosen(job="a") == lines[:2]
    assert chosen(type="fail") == lines[2:]
    assert chosen(since=parse("2026-01-02")) == lines[1:]
    assert chosen(limit=2) == lines[1:]


def test_checks_sizes_and_schemas_are_kept_over_time(store, warehouse):
    """Assertions, row counts and the schema at each instant."""
    assertions = [{"assertion": "not_null", "column": "id", "success": False, "actual": "3"}]
    checked = warehouse.dataset("x")
    checked["inputFacets"] = {"dataQualityAssertions": warehouse.facet(assertions=assertions)}
    written = warehouse.dataset("x", schema=warehouse.schema("id"))
    written["outputFacets"] = {"outputStatistics": warehouse.facet(rowCount=10, size=99)}
    wider = warehouse.dataset("x", schema=warehouse.schema("id", "name"))
    store.take(
        warehouse.run("COMPLETE", "2026-01-01T00:00:00Z", outputs=[written]),
        warehouse.run("COMPLETE", "2026-01-02T00:00:00Z", "test", inputs=[checked]),
        warehouse.run("COMPLETE", "2026-01-03T00:00:00Z", run="r2", outputs=[wider]),
    )
    assert store.rows("SELECT field, name, ok, value FROM check_result") == [
        ("id", "not_null", 0, "3")
    ]
    assert store.rows("SELECT rows, bytes FROM dataset_version ORDER BY instant") == [
        (10, 99),
        (None, None),
    ]
    schemas = store.rows(
        "SELECT vf, vt FROM node_state WHERE key = 'schema' AND tt > vt ORDER BY 1"
    )
    first, second = parse("2026-01-01"), parse("2026-01-03")
    assert store.rows("SELECT vf FROM node_state WHERE key = 'schema' GROUP BY vf ORDER BY vf") == [
        (first,),
        (second,),
    ], schemas
    assert store.resolve("x.name").column == "name"


def test_other_names_of_a_table_lead_both_ways(store, warehouse):
    """A path and its catalogue name are one table, whichever of them a job uses."""
    link = warehouse.facet(
        identifiers=[{"namespace": warehouse.namespace, "name": "db.orders", "type": "TABLE"}]
    )
    columns = warehouse.columns
    store.take(
        warehouse.run("COMPLETE", T1, "write", outputs=[warehouse.dataset(
            "lake/orders", symlinks=link, columnLineage=columns({"id": ["raw.id"]}))]),
        warehouse.run("COMPLETE", T1, "read", outputs=[warehouse.dataset(
            "mart", columnLineage=columns({"id": ["db.orders.id"]}))]),
    )  # fmt: skip
    assert ("raw.id", "lake/orders.id", "IDENTITY") in store.edges("mart.id", direction="upstream")
    assert ("db.orders.id", "mart.id", "IDENTITY") in store.edges("raw.id")
    assert {("raw", "lake/orders"), ("db.orders", "mart")} < store.tables("mart")


def test_a_renamed_table_keeps_its_origins(store, warehouse):
    """The new name leads back to what was written under the old one."""
    renamed = warehouse.facet(
        lifecycleStateChange="RENAME",
        previousIdentifier={"namespace": warehouse.namespace, "name": "old"},
    )
    store.take(
        warehouse.run("COMPLETE", T1, inputs=[warehouse.dataset("a")],
                      outputs=[warehouse.dataset("old")]),
        warehouse.run("COMPLETE", "2026-01-02T00:00:00Z", "ddl",
                      outputs=[warehouse.dataset("new", lifecycleStateChange=renamed)]),
    )  # fmt: skip
    assert store.tables("new", direction="upstream") == {("a", "old"), ("old", "new")}


def test_gaps_of_the_jobs_on_the_way_are_told(store, warehouse):
    """The gaps of a job's last finished run, gone when a later run has none."""
    gap = {"code": "star-unknown-table", "reason": "star over a", "where": "line 1"}
    facet = {"whence_gaps": warehouse.facet(gaps=[gap])}
    read, written = [warehouse.dataset("a")], [warehouse.dataset("x")]
    store.take(warehouse.run("COMPLETE", T1, inputs=read, outputs=written, run_facets=facet))
    assert store.trace("x", TraceQuery()).gaps == ({"job": "load", **gap},)
    store.take(warehouse.run("COMPLETE", "2026-01-02T00:00:00Z", "load", "r2", read, written))
    assert store.trace("x", TraceQuery()).gaps == ()
    assert store.trace("x", TraceQuery(as_of=parse(T1))).gaps == ({"job": "load", **gap},)
