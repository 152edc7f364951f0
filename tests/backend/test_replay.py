"""The store against a naive replay: shuffled, late, doubled events, at any pair of instants."""

from __future__ import annotations

import json
from collections import defaultdict

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from whence_backend.model import TraceQuery

TYPES = ["START", "RUNNING", "COMPLETE", "COMPLETE", "FAIL", "ABORT"]
TABLES = ["a", "b", "c"]
JOBS = ["one", "two"]
RANK = {"START": 0, "RUNNING": 1, "COMPLETE": 3, "FAIL": 4, "ABORT": 5}
NAMESPACE = "db"

happenings = st.lists(
    st.fixed_dictionaries(
        {
            "second": st.integers(1, 12),
            "type": st.sampled_from(TYPES),
            "job": st.sampled_from(JOBS),
            "run": st.integers(1, 3),
            "sources": st.sets(st.sampled_from(TABLES)),
            "sql": st.sampled_from([None, "v1", "v2"]),
            "drop": st.sampled_from([False, False, False, False, True]),
        }
    ),
    min_size=1,
    max_size=14,
)


def _line(happening) -> bytes:
    facets = {"sql": {"query": happening["sql"]}} if happening["sql"] else {}
    outputs = [{"namespace": NAMESPACE, "name": "x"}] if happening["sources"] else []
    if happening["drop"]:
        change = {"lifecycleStateChange": {"lifecycleStateChange": "DROP"}}
        outputs = [{"namespace": NAMESPACE, "name": "x", "facets": change}]
    return json.dumps(
        {
            "eventType": happening["type"],
            "eventTime": f"1970-01-01T00:00:{happening['second']:02d}Z",
            "run": {"runId": f"{happening['job']}-{happening['run']}"},
            "job": {"namespace": "j", "name": happening["job"], "facets": facets},
            "inputs": [
                {"namespace": NAMESPACE, "name": name} for name in sorted(happening["sources"])
            ],
            "outputs": outputs,
        }
    ).encode()


def _order(happening):
    from hashlib import sha256

    canonical = json.dumps(json.loads(_line(happening)), sort_keys=True, separators=(",", ":"))
    digest = sha256(canonical.encode()).digest()
    return happening["second"], RANK[happening["type"]], digest


def replay(happened, second) -> set[str]:
    """The origins of x at ``second``, the slow and simple way: one event after the other."""
    active: dict[tuple[str, str], str | None] = {}  # (job, origin) -> version that said it last
    holders: dict[
        tuple[str, str], set[int | str]
    ] = {}  # runs that said it since; "" where for good
    runs = defaultdict(lambda: {"version": None, "speaks": False, "sources": set()})
    moments = [(_order(h), 1, h) for h in happened]
    moments += [
        ((h["second"], -1, b""), 0, h)
        for h in happened
        if h["drop"] and h["type"] not in ("START", "FAIL", "ABORT")
    ]
    for order, _, event in sorted(moments, key=lambda moment: moment[:2]):
        if order[0] > second:
            break
        if order[1] == -1:
            active.clear()
            continue
        if event["type"] in ("FAIL", "ABORT"):
            _withdraw(active, holders, event)
            continue
        run = runs[event["job"], event["run"]]
        run["version"] = event["sql"] or run["version"]
        run["speaks"] = run["speaks"] or bool(event["sources"]) or event["drop"]
        writes = event["sources"] if event["sources"] else set()
        run["sources"] |= writes
        done = event["type"] == "COMPLETE" and run["speaks"]
        for origin in run["sources"] if done else writes:
            key = event["job"], origin
            if key not in active:
                holders[key] = set()
            active[key] = run["version"] or active.get(key)
            holders[key] |= {event["run"], 0} if event["type"] == "COMPLETE" else {event["run"]}
        if done and run["version"] is not None:
            for job, origin in list(active):
                key = job, origin
                gone = job == event["job"] and origin not in run["sources"]
                if gone and active[key] != run["version"]:
                    del active[key]
    return {origin for _, origin in active}


def _withdraw(active, holders, event) -> None:
    """Take away what the run of a FAIL or ABORT alone had said."""
    for key in [key for key in active if key[0] == event["job"]]:
        holders[key].discard(event["run"])
        if not holders[key]:
            del active[key]


def origins(store, second, known_at=None) -> set[str]:
    if not store.rows("SELECT 1 FROM node WHERE name = 'x'"):
        return set()
    query = TraceQuery("upstream", as_of=second * 1_000_000, known_at=known_at, columns=False)
    return {node.name for node in store.trace("x", query).nodes} - {"x"}


@given(happened=happenings, data=st.data())
@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_arrival_gives_the_answer_of_a_replay_by_event_time(new_store, happened, data):
    """Whatever the order and grouping of arrival, each as-of answer is that of the replay.

    And what was answered after each group stays what was known then.
    """
    store = new_store()
    store._connection.execute("PRAGMA synchronous = OFF")
    arrival = data.draw(st.permutations(happened))
    known = []
    while arrival:
        size = data.draw(st.integers(1, len(arrival)))
        group, arrival = arrival[:size], arrival[size:]
        store.take(*map(_line, group))
        ((tx,),) = store.rows("SELECT value FROM meta WHERE key = 'tx'")
        known.append((tx, [origins(store, second) for second in range(14)]))
    assert known[-1][1] == [replay(happened, second) for second in range(14)]
    for tx, answers in known:
        assert [origins(store, second, tx) for second in range(14)] == answers
    store.close()
