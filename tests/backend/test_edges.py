"""Which edges an event makes: lineage facet, else columnLineage, else inputs times outputs."""

from __future__ import annotations

import json

import pytest

from whence_backend.model import TraceQuery
from whence_backend.times import parse

T1, T2 = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"


def test_inputs_times_outputs_where_nothing_finer_is_said(store, warehouse):
    """Two inputs and two outputs without facets are four edges."""
    data = warehouse.dataset
    store.take(warehouse.run("COMPLETE", T1, inputs=[data("a"), data("b")],
                             outputs=[data("x"), data("y")]))  # fmt: skip
    assert store.tables("a") == {("a", "x"), ("a", "y")}
    assert store.tables("y") == {("a", "y"), ("b", "y")}


def test_column_lineage_says_which_input_feeds_which_output(store, warehouse):
    """With columnLineage on both outputs the product of inputs and outputs is not made."""
    data, columns = warehouse.dataset, warehouse.columns
    store.take(
        warehouse.run(
            "COMPLETE",
            T1,
            inputs=[data("a"), data("b")],
            outputs=[
                data("x", columnLineage=columns({"c": ["a.c"]})),
                data("y", columnLineage=columns({"c": ["b.c"]})),
            ],
        )
    )
    assert store.tables("x") == {("a", "x")}
    assert store.tables("y") == {("b", "y")}
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY")}


def test_an_input_no_column_accounts_for_was_still_read(store, warehouse):
    """``select count(*) from b`` names no column of b; b is an origin of the table all the same."""
    data = warehouse.dataset
    facet = warehouse.columns({"c": ["a.c"]})
    store.take(
        warehouse.run("COMPLETE", T1, inputs=[data("a"), data("b")],
                      outputs=[data("x", columnLineage=facet)])
    )  # fmt: skip
    assert store.tables("x") == {("a", "x"), ("b", "x")}
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY")}


def test_an_input_that_could_not_be_resolved_may_be_in_any_column(store, warehouse):
    """Where the event has a gap, what no column accounts for is an origin of each."""
    data = warehouse.dataset
    gap = {"code": "star-unknown-table", "reason": "star over b, whose columns are unknown"}
    store.take(
        warehouse.run("COMPLETE", T1, inputs=[data("a"), data("b")],
                      outputs=[data("x", columnLineage=warehouse.columns({"c": ["a.c"]}))],
                      run_facets={"whence_gaps": warehouse.facet(gaps=[gap])})
    )  # fmt: skip
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY"), ("b", "x", None)}


def test_the_columns_of_a_run_are_finer_than_what_its_start_said(store, warehouse):
    """START names the datasets alone; once the columns are told, other columns do not follow."""
    data = warehouse.dataset
    store.take(warehouse.run("START", T1, inputs=[data("a")], outputs=[data("x")]))
    assert store.tables("x") == {("a", "x")}
    facet = warehouse.columns({"c": ["a.c"], "d": ["a.d"]})
    done = [data("x", columnLineage=facet)]
    store.take(warehouse.run("COMPLETE", T2, inputs=[data("a")], outputs=done))
    later = "2026-01-03T00:00:00Z"
    store.take(warehouse.run("START", later, run="two", inputs=[data("a")], outputs=[data("x")]))
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY")}
    assert store.edges("a.d", direction="downstream") == {("a.d", "x.d", "IDENTITY")}
    assert store.tables("x") == {("a", "x")}


def test_a_dataset_wide_influence_ends_at_the_table(store, warehouse):
    """columnLineage's ``dataset`` inputs bear on each row, and so on each column's trace."""
    facet = warehouse.columns({"c": ["a.c"]}, filters=("a.flag",))
    store.take(warehouse.run("COMPLETE", T1, outputs=[warehouse.dataset("x", columnLineage=facet)]))
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY"), ("a.flag", "x", "FILTER")}
    assert store.edges("a.flag") == {("a.flag", "x", "FILTER")}
    assert store.edges("x.c", direct=True) == {("a.c", "x.c", "IDENTITY")}


def test_direct_and_indirect_use_of_one_column_are_two_edges(store, warehouse):
    """A column that is both copied and tested keeps both, each with its own expression."""
    both = warehouse.source("a.c") | {
        "transformations": [
            {"type": "DIRECT", "subtype": "IDENTITY"},
            {"type": "INDIRECT", "subtype": "CONDITIONAL", "description": "case when c"},
        ]
    }
    facet = warehouse.facet(fields={"c": {"inputFields": [both]}})
    store.take(warehouse.run("COMPLETE", T1, outputs=[warehouse.dataset("x", columnLineage=facet)]))
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY"), ("a.c", "x.c", "CONDITIONAL")}


def test_the_old_column_lineage_facet_is_read(store, warehouse):
    """Version 1-0-0 gave one transformation to the output column and none to the inputs."""
    inputs = [{"namespace": warehouse.namespace, "name": "a", "field": "mail"}]
    entry = {"inputFields": inputs, "transformationType": "MASKED",
             "transformationDescription": "md5"}  # fmt: skip
    facet = warehouse.facet(fields={"mail": entry})
    store.take(warehouse.run("COMPLETE", T1, outputs=[warehouse.dataset("x", columnLineage=facet)]))
    (edge,) = json.loads(json.dumps(_json(store, "x.mail")))["edges"]
    assert (edge["masking"], edge["description"]) == (True, "md5")


def test_explicit_lineage_comes_before_column_lineage(store, warehouse):
    """Where a dataset has the lineage facet, its columnLineage is not looked at."""
    source = warehouse.source("a.c") | {"type": "DATASET"}
    lineage = warehouse.facet(
        inputs=[{"namespace": warehouse.namespace, "name": "a", "type": "DATASET"}],
        fields={"c": {"inputs": [source]}},
    )
    other = warehouse.columns({"c": ["b.c"]})
    store.take(
        warehouse.run(
            "COMPLETE",
            T1,
            inputs=[warehouse.dataset("a"), warehouse.dataset("b")],
            outputs=[warehouse.dataset("x", lineage=lineage, columnLineage=other)],
        )
    )
    assert store.tables("x") == {("a", "x")}
    assert store.edges("x.c") == {("a.c", "x.c", "IDENTITY")}


def test_outputs_the_lineage_facet_leaves_out_fall_back_one_by_one(store, warehouse):
    """Mixed granularity: x is explicit, y has columns, z has nothing."""
    data = warehouse.dataset
    here = {"namespace": warehouse.namespace, "name": "a", "type": "DATASET"}
    entry = {"namespace": warehouse.namespace, "name": "x", "type": "DATASET",
             "inputs": [here]}  # fmt: skip
    store.take(
        warehouse.run(
            "COMPLETE",
            T1,
            inputs=[data("a"), data("b")],
            outputs=[
                data("x"),
                data("y", columnLineage=warehouse.columns({"c": ["a.c", "b.c"]})),
                data("z"),
            ],
            job_facets={"lineage": warehouse.facet(entries=[entry])},
        )
    )
    assert store.tables("x", direction="upstream") == {("a", "x")}
    assert store.tables("y", direction="upstream") == {("a", "y"), ("b", "y")}
    assert store.tables("z", direction="upstream") == {("a", "z"), ("b", "z")}


def test_an_empty_list_of_inputs_means_no_origin(store, warehouse):
    """A generator: what it writes comes from no dataset, whatever the event lists as inputs."""
    entry = {"namespace": warehouse.namespace, "name": "x", "type": "DATASET", "inputs": [],
             "fields": {"total": {"inputs": [{"type": "JOB"}]}}}  # fmt: skip
    store.take(
        warehouse.run("COMPLETE", T1, inputs=[warehouse.dataset("a")],
                      outputs=[warehouse.dataset("x")],
                      job_facets={"lineage": warehouse.facet(entries=[entry])})
    )  # fmt: skip
    assert store.tables("x") == {("load", "x")}
    assert store.edges("x.total") == {("load", "x.total", None)}


def test_a_sink_and_job_to_job_flows_are_followed(store, warehouse):
    """Dataset to job, job to job, job to dataset: one way through all of them."""
    here = {"namespace": warehouse.namespace, "type": "DATASET"}
    job = {"namespace": "jobs", "type": "JOB"}
    entries = [
        {**job, "name": "extract", "inputs": [{**here, "name": "a"}]},
        {**job, "name": "load", "inputs": [{**job, "name": "extract"}]},
        {**here, "name": "x", "inputs": [{**job, "name": "load"}]},
    ]
    store.take(warehouse.job(T1, "plan", job_facets={"lineage": warehouse.facet(entries=entries)}))
    assert store.tables("x") == {("a", "extract"), ("extract", "load"), ("load", "x")}


def test_a_dataset_event_gives_a_view_its_origins(store, warehouse):
    """A view needs no job: its lineage facet stands on a DatasetEvent, and replaces the last."""

    def view(time: str, source: str) -> bytes:
        lineage = warehouse.facet(
            inputs=[{"namespace": warehouse.namespace, "name": source, "type": "DATASET"}]
        )
        return warehouse.line(eventTime=time, dataset=warehouse.dataset("v", lineage=lineage))

    store.take(view(T1, "a"), view(T2, "b"))
    assert store.tables("v") == {("b", "v")}
    assert [edge.job for edge in _trace(store, "v").edges] == [None]
    assert store.tables("v", as_of=_us(T1)) == {("a", "v")}


def test_jobs_stand_between_tables_where_asked(store, warehouse):
    """With jobs, an edge between tables leads through the job that makes it."""
    store.take(
        warehouse.run("COMPLETE", T1, inputs=[warehouse.dataset("a")],
                      outputs=[warehouse.dataset("x")])
    )  # fmt: skip
    assert store.tables("x", jobs=True) == {("a", "load"), ("load", "x")}
    assert store.tables("load") == {("a", "load"), ("load", "x")}


def test_a_cycle_ends(store, warehouse):
    """Tables that feed each other, and one that feeds itself, are traced in finite time."""
    data, columns = warehouse.dataset, warehouse.columns
    store.take(
        warehouse.run("COMPLETE", T1, "one", inputs=[data("a")],
                      outputs=[data("b", columnLineage=columns({"c": ["a.c", "b.c"]}))]),
        warehouse.run("COMPLETE", T1, "two", inputs=[data("b")],
                      outputs=[data("a", columnLineage=columns({"c": ["b.c"]}))]),
    )  # fmt: skip
    identity = {("a.c", "b.c"), ("b.c", "b.c"), ("b.c", "a.c")}
    assert {edge[:2] for edge in store.edges("a.c")} == identity
    assert {edge[:2] for edge in store.edges("a.c", depth=5)} == identity
    assert store.tables("a") == {("a", "b"), ("b", "a")}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depth_counts_steps_from_the_name(store, warehouse, depth):
    """Depth 1 is the nearest; whole-table influences and columns are counted alike."""
    for n in range(4):
        facet = warehouse.columns({"c": [f"t{n}.c"]}, filters=(f"t{n}.f",))
        store.take(
            warehouse.run("COMPLETE", T1, f"job{n}",
                          outputs=[warehouse.dataset(f"t{n + 1}", columnLineage=facet)])
        )  # fmt: skip
    found = store.edges("t0.c", direction="downstream", depth=depth)
    assert found == {(f"t{n}.c", f"t{n + 1}.c", "IDENTITY") for n in range(depth)}
    assert len(store.tables("t4", direction="upstream", depth=depth)) == depth


def test_upstream_and_downstream_agree(store, warehouse):
    """Whatever is upstream of a column has that column downstream, filters included."""
    facet = warehouse.columns({"c": ["b.c"]})
    store.take(
        warehouse.run("COMPLETE", T1, "one",
                      outputs=[warehouse.dataset("b", columnLineage=warehouse.columns(
                          {"c": ["a.c"]}, filters=("a.flag",)))]),
        warehouse.run("COMPLETE", T1, "two",
                      outputs=[warehouse.dataset("x", columnLineage=facet)]),
    )  # fmt: skip
    up = store.edges("x.c", direction="upstream")
    assert ("a.flag", "b", "FILTER") in up
    assert ("b.c", "x.c", "IDENTITY") in store.edges("a.flag", direction="downstream")


def _trace(store, name):
    from whence_backend.model import TraceQuery

    return store.trace(name, TraceQuery())


def _json(store, name):
    return _trace(store, name).as_json()


def _us(text: str) -> int:
    from whence_backend.times import parse

    return parse(text)


def test_a_table_has_also_the_columns_that_come_from_none(store, warehouse):
    """count(*) and constants have no edge, yet they are the table's, in its own order."""
    lineage = warehouse.columns({"id": ["raw.id"]})
    made = warehouse.dataset("made", schema=warehouse.schema("visits", "id"), columnLineage=lineage)
    raw = warehouse.dataset("raw", schema=warehouse.schema("id", "unused"))
    event = warehouse.run("COMPLETE", "2026-03-01T01:00:00Z", inputs=[raw], outputs=[made])
    later = warehouse.dataset("made", schema=warehouse.schema("id"), columnLineage=lineage)
    again = warehouse.run(
        "COMPLETE", "2026-03-01T02:00:00Z", run="run-2", inputs=[raw], outputs=[later]
    )
    store.take(event, again)
    then = parse("2026-03-01T01:30:00Z")
    answer = store.trace("made", TraceQuery("upstream", as_of=then))
    assert [node.label() for node in answer.columns] == ["made.visits", "made.id"]
    assert set(answer.columns) <= set(answer.nodes)
    assert [node.column for node in store.trace("made", TraceQuery()).columns] == ["id"]
    assert store.trace("made", TraceQuery(columns=False)).columns == ()
    assert store.trace("made.visits", TraceQuery()).gone_since == parse("2026-03-01T02:00:00Z")
    assert store.trace("made.visits", TraceQuery(as_of=then)).gone_since is None
    assert store.trace("made.id", TraceQuery()).gone_since is None
    assert [node.column for node in store.trace("raw", TraceQuery()).columns] == ["id", "unused"]
