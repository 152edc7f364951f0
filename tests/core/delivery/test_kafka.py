"""Kafka: delivered means acknowledged by a broker (librdkafka's own, started in the process)."""

from __future__ import annotations

import json

import pytest

kafka = pytest.importorskip("confluent_kafka", reason="the extra whence-core[kafka] is not there")

from whence.transports.destinations import Destination  # noqa: E402 - after the skip
from whence.transports.send import Sender, Verdict  # noqa: E402 - after the skip

LINE = json.dumps(
    {
        "eventTime": "2026-01-01T00:00:00Z",
        "eventType": "START",
        "producer": "https://example.org",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "job": {"namespace": "n", "name": "child"},
        "run": {
            "runId": "01900000-0000-7000-8000-000000000001",
            "facets": {
                "parent": {
                    "_producer": "https://example.org",
                    "_schemaURL": "https://openlineage.io/spec/facets/1-1-0/ParentRunFacet.json",
                    "run": {"runId": "01900000-0000-7000-8000-000000000002"},
                    "job": {"namespace": "n", "name": "mother"},
                }
            },
        },
    },
    sort_keys=True,
).encode()


def sender(**config: str) -> Sender:
    settings = {"type": "kafka", "topic": "lineage", "config": {"linger.ms": "0", **config}}
    return Sender(Destination("kafka-test", "kafka", "lineage", settings))


def test_an_acknowledged_event_is_delivered():
    """With the key that keeps a parent's runs in one partition."""
    sent = sender(**{"test.mock.num.brokers": "1"})
    assert sent.send(LINE, 10.0).verdict is Verdict.DELIVERED
    sent.close()


def test_a_silent_broker_makes_the_event_wait():
    """Within the time that is given, though Kafka would wait for five minutes."""
    outcome = sender(**{"bootstrap.servers": "127.0.0.1:9", "log_level": "0"}).send(LINE, 0.5)
    assert (outcome.verdict, outcome.slow) == (Verdict.WAITING, True)


def test_an_event_too_large_for_the_broker_is_rejected():
    """It would never be taken, and must not hold up the others."""
    large = LINE.replace(b"child", b"c" * 20_000)
    sent = sender(**{"test.mock.num.brokers": "1", "message.max.bytes": "10000"})
    assert sent.send(large, 5.0).verdict is Verdict.REJECTED
    assert sent.send(LINE, 10.0).verdict is Verdict.DELIVERED
    sent.close()
