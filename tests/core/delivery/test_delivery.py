"""Delivery to real backends that are well, dead, hanging, slow, or refuse."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import asdict, replace

import pytest

from whence.config import load
from whence.delivery import LOCAL, pending, replay, status
from whence.spool import EventWriter, Spool
from whence.spool.files import replace_file


def left(config):
    """Events that wait for any destination."""
    return status(config).pending


def test_the_sidecar_delivers_to_the_configured_url(config, ship, backend):
    """OPENLINEAGE_URL alone: every event in order, nothing left in the spool, nothing local."""
    ship.produce(4, sidecar=True, OPENLINEAGE_URL=backend.url)
    assert ship.eventually(lambda: len(backend.bodies) == 8)
    assert backend.events() == ship.expected(4)
    assert ship.eventually(lambda: left(config) == 0 and not list(Spool(config.home).translated()))


def test_events_arrive_while_the_host_is_running(ship, backend):
    """Delivery is in real time, not at the end."""
    ship.produce(3, sidecar=True, how="open", OPENLINEAGE_URL=backend.url)
    assert ship.eventually(lambda: len(backend.bodies) == 7)


def test_what_a_dead_backend_did_not_get_is_sent_by_the_next_run_once(config, ship, backend):
    """A refused connection costs nothing but the wait, and loses and repeats nothing."""
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{dead.getsockname()[1]}"
        ship.produce(3)
        started = time.monotonic()
        assert ship.drain(OPENLINEAGE_URL=url).wait(20) == 1
        assert time.monotonic() - started < 20
    assert left(config) == 6
    backend_port = int(url.rsplit(":", 1)[1])
    revived = type(backend)(backend_port)
    try:
        assert ship.drain("--now", OPENLINEAGE_URL=url).wait(20) == 0
        assert revived.events() == ship.expected(3)
    finally:
        revived.close()
    assert left(config) == 0


@pytest.mark.parametrize("manner", ["hangs", "drips"])
def test_a_backend_that_does_not_answer_costs_no_more_than_the_flush_time(
    config, ship, backend, manner
):
    """Silence, or one byte now and then: the drain ends in time, and the events stay."""
    release = threading.Event()

    def silent(handler, body):
        if manner == "drips":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not release.wait(0.1):
            if manner == "drips":
                handler.wfile.write(b"X-Drip: 1\r\n")
        return 500

    backend.answer = silent
    ship.produce(3)
    started = time.monotonic()
    drain = ship.drain(OPENLINEAGE_URL=backend.url, WHENCE_FLUSH_TIMEOUT_S="1")
    assert drain.wait(20) == 1
    assert time.monotonic() - started < 15
    release.set()
    assert backend.attempts == 1
    assert left(config) == 6
    (place,) = status(config).destinations
    assert place.breaker.failures >= 3


def test_the_open_breaker_spares_the_next_run(config, ship, backend):
    """After a time-out the next process does not even knock until the pause is over."""
    backend.answer = lambda handler, body: time.sleep(3) or 201
    ship.produce(1)
    ship.drain(OPENLINEAGE_URL=backend.url, WHENCE_FLUSH_TIMEOUT_S="0.5").wait(20)
    seen = backend.attempts
    (place,) = status(config).destinations
    state = replace(place.breaker, retry_at=time.time() + 25)
    replace_file(Spool(config.home).breaker(place.id), json.dumps(asdict(state)).encode())
    ship.drain(OPENLINEAGE_URL=backend.url, WHENCE_FLUSH_TIMEOUT_S="0.1").wait(20)
    assert (seen, backend.attempts) == (1, 1)
    assert left(config) == 2


def test_a_slow_backend_gets_everything_over_several_runs(config, ship, backend):
    """Each run sends what its time allows; together each event once, in order."""
    backend.answer = lambda handler, body: time.sleep(0.1) or 201
    ship.produce(8)
    runs = 0
    while left(config) or not runs:
        ship.drain(OPENLINEAGE_URL=backend.url, WHENCE_FLUSH_TIMEOUT_S="1").wait(20)
        runs += 1
        assert runs < 40
    assert runs > 1
    assert backend.events() == ship.expected(8)


def test_a_sidecar_stays_for_a_slow_backend(config, ship, backend):
    """While events arrive, the sidecar goes on; its time counts from the last of them."""
    backend.answer = lambda handler, body: time.sleep(0.2) or 201
    ship.produce(10, sidecar=True, OPENLINEAGE_URL=backend.url, WHENCE_FLUSH_TIMEOUT_S="1")
    assert ship.eventually(lambda: len(backend.events()) == 20)
    assert backend.events() == ship.expected(10)


def test_a_503_is_waited_out(config, ship, backend):
    """Two refusals, then acceptance: all arrive in one run, in order."""
    backend.answer = lambda handler, body: 503 if backend.attempts <= 2 else 201
    ship.produce(3)
    assert ship.drain(OPENLINEAGE_URL=backend.url).wait(20) == 0
    assert backend.events() == ship.expected(3)


def test_a_poisonous_event_is_parked_and_can_be_replayed(config, ship, backend):
    """A 400 for one event does not hold up the others; later it can be sent again."""
    poison = b"job1"
    backend.answer = lambda handler, body: 400 if poison in body else 201
    ship.produce(3)
    assert ship.drain(OPENLINEAGE_URL=backend.url).wait(20) == 0
    assert backend.events() == [pair for pair in ship.expected(3) if pair[0] != "job1"]
    (place,) = status(config).destinations
    assert (place.pending, place.rejected) == (0, 2)
    backend.answer = lambda handler, body: 201
    assert ship.drain("--replay-rejected", OPENLINEAGE_URL=backend.url).wait(20) == 0
    assert backend.events()[-2:] == [("job1", "START"), ("job1", "COMPLETE")]
    assert replay(config) == 0


def test_what_a_backend_refuses_is_kept_within_the_bound(config, ship, backend):
    """Above it the loss is counted, and the queue still goes on."""
    backend.answer = lambda handler, body: 400
    ship.produce(3)
    room = 3 * 700
    assert ship.drain(OPENLINEAGE_URL=backend.url, WHENCE_SPOOL_MAX_BYTES=str(room)).wait(20) == 0
    (place,) = status(config).destinations
    lost = status(config).dropped["rejected-bound"]
    assert place.pending == 0
    assert place.rejected > 0
    assert place.rejected + lost == 6


def test_what_waits_for_a_wrong_place_can_go_to_another(config, ship, backend):
    """A place that was mistyped: its events go where the settings lead now, each once."""
    ship.produce(2)
    wrong = "http://127.0.0.1:9"
    assert ship.drain(OPENLINEAGE_URL=wrong, WHENCE_FLUSH_TIMEOUT_S="0.5").wait(20) == 1
    (place,) = status(config).destinations
    assert place.pending == 4
    assert ship.drain("--reroute", place.id, OPENLINEAGE_URL=backend.url).wait(20) == 0
    assert backend.events() == ship.expected(2)
    assert status(config).destinations == ()


def test_a_wrong_key_makes_events_wait(config, ship, backend):
    """A 401 speaks of the settings, not of the event: nothing is parked."""
    backend.answer = lambda handler, body: 401
    ship.produce(1)
    assert ship.drain(OPENLINEAGE_URL=backend.url, WHENCE_FLUSH_TIMEOUT_S="0.5").wait(20) == 1
    (place,) = status(config).destinations
    assert (place.pending, place.rejected) == (2, 0)
    assert "401" in place.breaker.reason


def test_two_drainers_at_once_send_each_event_once(ship, backend):
    """Only one process drains a destination at a time; the other has nothing to do."""
    backend.answer = lambda handler, body: time.sleep(0.01) or 201
    ship.produce(30)
    drains = [ship.drain(OPENLINEAGE_URL=backend.url) for _ in range(3)]
    assert [drain.wait(30) for drain in drains] == [0, 0, 0]
    assert backend.events() == ship.expected(30)


def test_a_killed_drainer_repeats_at_most_the_event_in_flight(config, ship, backend):
    """SIGKILL in the middle of sending: the next run goes on; a repeat is byte-identical."""
    backend.answer = lambda handler, body: time.sleep(0.02) or 201
    ship.produce(20)
    for seen in (5, 15, 25):
        drain = ship.drain(OPENLINEAGE_URL=backend.url)
        assert ship.eventually(lambda seen=seen: len(backend.bodies) >= seen)
        drain.kill()
        drain.wait()
    assert ship.drain(OPENLINEAGE_URL=backend.url).wait(30) == 0
    assert [ship.summary(body) for body in dict.fromkeys(backend.bodies)] == ship.expected(20)
    assert len(backend.bodies) <= 40 + 3
    assert left(config) == 0


def test_each_part_of_a_composite_has_its_own_cursor(config, ship, backend, tmp_path):
    """While one backend is down the file beside it gets everything, once."""
    backend.answer = lambda handler, body: 503
    transport = {
        "type": "composite",
        "transports": {
            "web": {"type": "http", "url": backend.url},
            "disk": {"type": "file", "log_file_path": str(tmp_path / "out"), "append": True},
        },
    }
    variables = {"OPENLINEAGE__TRANSPORT": json.dumps(transport), "WHENCE_FLUSH_TIMEOUT_S": "0.5"}
    ship.produce(2)
    assert ship.drain(**variables).wait(20) == 1
    assert ship.drain("--now", **variables).wait(20) == 1
    lines = (tmp_path / "out").read_bytes().splitlines()
    assert [ship.summary(line) for line in lines] == ship.expected(2)
    backend.answer = lambda handler, body: 201
    assert ship.drain("--now", **variables).wait(20) == 0
    assert backend.events() == ship.expected(2)
    assert (tmp_path / "out").read_bytes().splitlines() == lines


def test_openlineage_yml_in_the_working_folder_is_used(ship, tmp_path):
    """The file is found where openlineage-python looks for it."""
    (tmp_path / "openlineage.yml").write_text(
        f"transport:\n  type: file\n  log_file_path: {tmp_path / 'out'}\n  append: true\n"
    )
    ship.produce(2, sidecar=True)
    assert ship.eventually(lambda: (tmp_path / "out").exists())
    assert ship.eventually(lambda: len((tmp_path / "out").read_bytes().splitlines()) == 4)


def test_async_http_is_delivered_with_an_answer_for_each_event(config, ship, backend):
    """Its settings hold; sending is one by one, so that each event's fate is known."""
    transport = json.dumps({"type": "async_http", "url": backend.url, "max_queue_size": 7})
    ship.produce(3)
    assert ship.drain(OPENLINEAGE__TRANSPORT=transport).wait(20) == 0
    assert backend.events() == ship.expected(3)


def test_a_chosen_console_transport_writes_to_our_log(ship, home):
    """It is logged, as openlineage-python does, but never into a host's output."""
    ship.produce(1)
    assert ship.drain(OPENLINEAGE__TRANSPORT='{"type": "console"}').wait(20) == 0
    assert "job0" in (home / "log" / "openlineage.log").read_text()


def test_what_the_client_adds_is_in_the_spool_already(config, ship, backend):
    """Tags and filters of OpenLineage's settings are applied once, at translation."""
    variables = {
        "OPENLINEAGE__TAGS": '{"job": {"team": "sea"}}',
        "OPENLINEAGE__FILTERS": '[{"type": "exact", "match": "job1"}]',
    }
    ship.produce(3, sidecar=True, OPENLINEAGE_URL=backend.url, **variables)
    assert ship.eventually(lambda: len(backend.bodies) == 4)
    assert {name for name, _ in backend.events()} == {"job0", "job2"}
    for body in backend.bodies:
        (tag,) = json.loads(body)["job"]["facets"]["tags"]["tags"]
        assert (tag["key"], tag["value"], tag["source"]) == ("team", "sea", "USER")


def test_events_are_not_sent_to_another_runs_backend(config, ship, backend):
    """What one project could not send waits for its own backend, not for the next one's."""
    ship.produce(1, sidecar=True, OPENLINEAGE_URL="http://127.0.0.1:9")
    assert ship.eventually(lambda: not list(Spool(config.home).captured()))
    assert ship.drain("--now", OPENLINEAGE_URL=backend.url).wait(20) == 0
    assert backend.bodies == []
    assert pending(config, LOCAL) == []
    assert left(config) == 2


def test_the_local_store_can_be_had_beside_a_transport(config, ship, backend):
    """WHENCE_LOCAL_STORE=true: the events go both ways."""
    ship.produce(1, sidecar=True, OPENLINEAGE_URL=backend.url, WHENCE_LOCAL_STORE="true")
    assert ship.eventually(lambda: len(backend.bodies) == 2)
    assert [file.offset for file in pending(config, LOCAL)] == [0]


def test_a_transport_that_cannot_be_built_keeps_its_events(config, ship):
    """A missing library is a reason for the doctor, not a loss."""
    transport = json.dumps({"type": "kafka", "topic": "t", "config": {"bootstrap.servers": "x:1"}})
    ship.produce(1)
    variables = {"OPENLINEAGE__TRANSPORT": transport, "WHENCE_FLUSH_TIMEOUT_S": "0.6"}
    assert ship.drain(**variables).wait(20) == 1
    (place,) = status(config).destinations
    assert place.pending == 2
    assert place.breaker.reason


def test_a_producer_with_events_needs_no_translator(config, ship, backend):
    """EventWriter's lines are delivered as they are."""
    writer = EventWriter.open(config, "script")
    line = json.dumps(
        {
            "eventTime": "2026-01-01T00:00:00Z",
            "eventType": "OTHER",
            "producer": "https://example.org",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "job": {"namespace": "n", "name": "j"},
            "run": {"runId": "01900000-0000-7000-8000-000000000001"},
        },
        sort_keys=True,
    ).encode()
    writer.append(line)
    writer.append(b"not json")
    writer.close()
    assert ship.drain(OPENLINEAGE_URL=backend.url).wait(20) == 0
    assert backend.bodies == [line]
    (place,) = status(config).destinations
    assert place.rejected == 1


def test_no_destination_is_printed_to(config, environ):
    """With nothing configured there is the local store, never openlineage-python's console."""
    from whence.delivery.cursors import destination_ids

    assert destination_ids(load(environ)) == (LOCAL,)
