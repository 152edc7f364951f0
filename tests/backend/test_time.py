"""When an edge is true, and when it was known: the bitemporal rules."""

from __future__ import annotations

import pytest

from whence_backend.model import TraceQuery
from whence_backend.times import parse


def at(hour: int) -> str:
    return f"2026-03-01T{hour:02d}:00:00Z"


@pytest.fixture
def load(warehouse):
    """Makes events of one job that writes x from the given tables."""

    def make(type, hour, run, *sources, sql=None, outputs=("x",)):
        return warehouse.run(
            type,
            at(hour),
            run=run,
            inputs=[warehouse.dataset(name) for name in sources],
            outputs=[warehouse.dataset(name) for name in outputs] if sources else [],
            job_facets=warehouse.sql(sql) if sql else {},
        )

    return make


def origins(store, hour=None, known_at=None):
    query = TraceQuery("upstream", as_of=None if hour is None else parse(at(hour)),
                       known_at=known_at, columns=False)  # fmt: skip
    return {node.name for node in store.trace("x", query).nodes} - {"x"}


def test_an_edge_begins_with_the_first_event_that_asserts_it(store, load):
    """Not when the run began, and not when the store heard of it."""
    store.take(load("START", 1, "r"), load("COMPLETE", 2, "r", "a"))
    assert origins(store, 1) == set()
    assert origins(store, 2) == {"a"}


def test_a_start_without_datasets_keeps_the_edges(store, load):
    """The next run's START says nothing of inputs and so takes none away."""
    store.take(load("COMPLETE", 1, "r1", "a"), load("START", 2, "r2"))
    assert origins(store) == {"a"}


def test_start_and_running_open_but_never_close(store, load):
    """A streaming job asserts while it runs; what it leaves out stays until a run completes."""
    store.take(
        load("COMPLETE", 1, "r1", "a", sql="v1"),
        load("START", 2, "r2", "b", sql="v2"),
        load("RUNNING", 3, "r2", "c", sql="v2"),
    )
    assert origins(store) == {"a", "b", "c"}


def test_a_changed_sql_closes_what_it_no_longer_says(store, load):
    """The edge ends when the first run of the new code completes."""
    store.take(
        load("COMPLETE", 1, "r1", "a", "b", sql="from a join b"),
        load("COMPLETE", 3, "r2", "b", sql="from b"),
    )
    assert origins(store, 2) == {"a", "b"}
    assert origins(store, 3) == {"b"}


def test_runs_of_the_same_code_unite(store, load):
    """A partitioned job reads another table each run; all of them are its inputs."""
    store.take(*(load("COMPLETE", n, f"r{n}", f"day_{n}", sql="same") for n in range(1, 5)))
    assert origins(store) == {"day_1", "day_2", "day_3", "day_4"}


def test_without_a_code_version_an_edge_outlives_thirty_runs(store, load):
    """What no finished run has said for thirty runs is no longer so."""
    lines = [load("COMPLETE", 0, "r0", "old")]
    lines += [
        load("COMPLETE", 1, f"r{n}", "new").replace(b"01:00:00Z", b"01:00:%02dZ" % n)
        for n in range(1, 30)
    ]
    store.take(*lines)
    assert origins(store) == {"old", "new"}
    store.take(load("COMPLETE", 2, "r30", "new"))
    assert origins(store) == {"new"}


def test_a_failed_run_changes_no_edge(store, load):
    """FAIL and ABORT record the run alone, with new SQL and other inputs too."""
    store.take(
        load("COMPLETE", 1, "r1", "a", sql="v1"),
        load("FAIL", 2, "r2", "b", sql="v2"),
        load("ABORT", 3, "r3", "c", sql="v3"),
    )
    assert origins(store) == {"a"}


def test_a_failed_run_takes_back_what_it_alone_had_promised(store, load):
    """A model that never came to be stands in the graph no longer than its run took."""
    store.take(load("START", 1, "r1", "a", sql="v1"))
    before = store.rows("SELECT value FROM meta WHERE key = 'tx'")[0][0]
    store.take(load("FAIL", 3, "r1"))
    assert origins(store) == set()
    assert origins(store, 2) == {"a"}
    assert origins(store, known_at=before) == {"a"}


def test_a_failed_run_leaves_what_others_asserted(store, load):
    """Whether by an end, by a run that is still going, or in a statement of the job's own."""
    store.take(
        load("COMPLETE", 1, "r1", "a", sql="v1"),
        load("START", 2, "r2", "a", "b", "c", sql="v1"),
        load("RUNNING", 3, "r3", "b", sql="v1"),
        load("ABORT", 4, "r2"),
    )
    assert origins(store) == {"a", "b"}
    store.take(load("FAIL", 5, "r3"))
    assert origins(store) == {"a"}


def test_a_late_failure_takes_back_what_was_true_before_it(store, load):
    """It arrives after the next run of the job has made the table after all."""
    store.take(load("START", 1, "r1", "a", "b", sql="v1"))
    store.take(load("COMPLETE", 5, "r2", "a", sql="v2"))
    store.take(load("ABORT", 2, "r1"))
    assert [origins(store, hour) for hour in (1, 3, 5)] == [{"a", "b"}, set(), {"a"}]


def test_a_run_that_says_nothing_closes_nothing(store, load):
    """New SQL whose extraction failed leaves the old answer standing."""
    store.take(load("COMPLETE", 1, "r1", "a", sql="v1"), load("COMPLETE", 2, "r2", sql="v2"))
    assert origins(store) == {"a"}


def test_a_run_is_one_whether_start_or_complete_tells_its_inputs(store, load):
    """What START said is said again when the run completes."""
    store.take(
        load("COMPLETE", 1, "r1", "a", "b", sql="v1"),
        load("START", 2, "r2", "a", sql="v2"),
        load("COMPLETE", 3, "r2"),
    )
    assert origins(store) == {"a"}


def test_a_late_event_is_spliced_into_the_past(store, load):
    """It never overwrites what later events say."""
    store.take(load("COMPLETE", 1, "r1", "a", sql="v1"), load("COMPLETE", 5, "r3", "c", sql="v3"))
    store.take(load("COMPLETE", 3, "r2", "b", sql="v2"))
    assert [origins(store, hour) for hour in (2, 4, 6)] == [{"a"}, {"b"}, {"c"}]


def test_what_was_known_before_can_still_be_asked(store, load):
    """A late correction changes the truth about the past, not what was answered then."""
    store.take(load("COMPLETE", 1, "r1", "a", sql="v1"), load("COMPLETE", 5, "r3", "c", sql="v3"))
    ((before,),) = store.rows("SELECT value FROM meta WHERE key = 'tx'")
    store.take(load("COMPLETE", 3, "r2", "b", sql="v2"))
    assert origins(store, 4, known_at=before) == {"a"}
    assert origins(store, 4) == {"b"}
    assert origins(store, 4, known_at=before - 1) == set()


def test_knowledge_moves_on_even_where_the_clock_goes_back(new_store, load):
    """Each transaction is known later than the one before."""
    store = new_store()
    store._clock = iter([1_000, 900]).__next__
    store.take(load("COMPLETE", 1, "r1", "a"))
    store.take(load("COMPLETE", 2, "r2", "b"))
    assert origins(store, known_at=1_000) == {"a"}
    assert origins(store, known_at=1_001) == {"a", "b"}


def test_the_same_event_twice_is_one(store, load):
    """By its bytes: sending, draining or importing again changes nothing."""
    line = load("COMPLETE", 1, "r1", "a")
    assert store.ingest([line, line]).repeated == 1
    assert store.ingest([line]).stored == 0
    assert store.bodies() == [line]


def test_a_dropped_table_has_no_origins_until_it_is_written_again(store, load, warehouse):
    """DROP acts at once, whichever job reports it; truncating and loading in one run keeps."""

    def change(kind, hour, run, **more):
        facet = warehouse.facet(lifecycleStateChange=kind)
        output = warehouse.dataset("x", lifecycleStateChange=facet)
        return warehouse.run("COMPLETE", at(hour), outputs=[output], run=run, **more)

    store.take(load("COMPLETE", 1, "r1", "a", sql="v1"), change("DROP", 2, "d", job="cleaner"))
    assert [origins(store, 1), origins(store, 3)] == [{"a"}, set()]
    store.take(load("COMPLETE", 4, "r2", "a", sql="v1"))
    assert origins(store) == {"a"}
    store.take(change("TRUNCATE", 5, "r3", inputs=[warehouse.dataset("b")]))
    assert origins(store) == {"b"}


def test_a_late_drop_acts_in_the_past(store, load, warehouse):
    """It ends what was written before it, and not what was written after."""
    store.take(load("COMPLETE", 1, "r1", "a", sql="v"), load("COMPLETE", 5, "r2", "a", sql="v"))
    gone = warehouse.dataset("x", lifecycleStateChange=warehouse.facet(lifecycleStateChange="DROP"))
    store.take(warehouse.run("COMPLETE", at(3), "cleaner", "d", outputs=[gone]))
    assert [origins(store, hour) for hour in (2, 4, 6)] == [{"a"}, set(), {"a"}]


def test_a_declared_job_is_replaced_by_its_next_declaration(store, warehouse):
    """A JobEvent says all there is to say; it does not touch what runs have shown."""

    def declared(hour, *sources):
        return warehouse.job(
            at(hour),
            inputs=[warehouse.dataset(name) for name in sources],
            outputs=[warehouse.dataset("x")],
        )

    seen = warehouse.run("COMPLETE", at(2), inputs=[warehouse.dataset("seen")],
                         outputs=[warehouse.dataset("x")])  # fmt: skip
    store.take(declared(1, "a"), seen, declared(3, "b"))
    assert [origins(store, hour) for hour in (1, 2, 3)] == [{"a"}, {"a", "seen"}, {"seen", "b"}]


def test_two_producers_of_one_table_do_not_close_each_other(store, warehouse):
    """Each job answers for its own edges."""
    for job, source in (("one", "a"), ("two", "b")):
        store.take(
            warehouse.run("COMPLETE", at(1), job, inputs=[warehouse.dataset(source)],
                          outputs=[warehouse.dataset("x")], job_facets=warehouse.sql(job))
        )  # fmt: skip
    assert origins(store) == {"a", "b"}


def test_a_repeat_does_no_graph_work(store, load):
    """Runs that claim what is claimed add no row to the graph."""
    store.take(load("START", 0, "r0", sql="v"), load("COMPLETE", 1, "r0", "a", "b", sql="v"))
    before = store.rows("SELECT * FROM edge") + store.rows("SELECT * FROM node_state")
    folded = store.rows("SELECT settled, version, covered, exact FROM folded")
    for n in range(2, 6):
        store.take(load("START", n, f"r{n}", sql="v"))
        store.take(load("COMPLETE", n, f"r{n}", "a", "b", sql="v"))
    assert store.rows("SELECT * FROM edge") + store.rows("SELECT * FROM node_state") == before
    assert store.rows("SELECT settled, version, covered, exact FROM folded") == folded
