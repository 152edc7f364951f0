"""Sends one event through one of openlineage-python's transports and judges what came of it.

Must not retry (the spool and the breaker do), nor hold on longer than it is told.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import requests
from openlineage.client.transport import (
    CompositeTransport,
    DatadogTransport,
    HttpTransport,
    KafkaTransport,
    TransformTransport,
    get_default_factory,
)

from whence.errors import BadInput
from whence.guard import caught
from whence.transports.destinations import Destination
from whence.transports.rebuild import rebuild

if TYPE_CHECKING:
    from openlineage.client.transport import Transport

ABOUT_THE_PLACE = frozenset({401, 403, 404, 405, 407, 408, 410, 415, 421, 425, 426, 429})
"""4xx answers that speak of the settings or the moment, not of the event: it waits."""

TOO_LARGE = "MSG_SIZE_TOO_LARGE"
"""Kafka's name for a record that no attempt will get through, from client or broker."""
NO_RETRY = {"total": 0, "read": False, "connect": False}
"""For urllib3: at most one attempt, its own error not wrapped into one about retries."""


class Verdict(Enum):
    """What came of an event."""

    DELIVERED = "delivered"
    REJECTED = "rejected"
    """Refused for good: this event will never be taken."""
    WAITING = "waiting"
    """Not now: the backend is down, slow, or refuses everything."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one send.

    Attributes:
        verdict: See there.
        reason: For people; "" where delivered.
        slow: It failed by taking too long.
    """

    verdict: Verdict
    reason: str = ""
    slow: bool = False


class Sender:
    """One destination's transport, built at the first send."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._transport: Transport | None = None

    def send(self, line: bytes, timeout_s: float) -> Outcome:
        """Send an event's bytes and wait for the answer, ``timeout_s`` at most per read."""
        _, error = caught(self._send, line, timeout_s)
        return judge(error)

    def close(self) -> None:
        """Let go of connections, without waiting."""
        if self._transport is not None:
            caught(self._transport.close, 0)

    def _send(self, line: bytes, timeout_s: float) -> None:
        event = rebuild(line)
        if self._transport is None:
            settings: dict[str, Any] = copy.deepcopy(dict(self._destination.settings))
            self._transport = get_default_factory().create(_plain(settings))
            _prepare(self._transport)
        _bound(self._transport, timeout_s)
        self._transport.emit(event)


def judge(error: Exception | None) -> Outcome:
    """What an exception of a transport (None: it returned) means for the event."""
    if error is None:
        return Outcome(Verdict.DELIVERED)
    reason = f"{type(error).__name__}: {error}"[:500]
    chain = _chain(error)
    if TOO_LARGE in reason or any(isinstance(link, BadInput) for link in chain):
        return Outcome(Verdict.REJECTED, reason)
    if any(_status(link) in range(400, 500) for link in chain):
        status = next(s for s in map(_status, chain) if s in range(400, 500))
        about_the_event = status not in ABOUT_THE_PLACE
        return Outcome(Verdict.REJECTED if about_the_event else Verdict.WAITING, reason)
    slow = any(isinstance(link, requests.Timeout | TimeoutError) for link in chain)
    return Outcome(Verdict.WAITING, reason, slow)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and its causes: transports wrap what their library raised."""
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__
    return links


def _status(error: BaseException) -> int:
    status = getattr(getattr(error, "response", None), "status_code", 0)
    return status if isinstance(status, int) else 0


def _plain(settings: Any) -> Any:
    """The settings with ``async_http`` as ``http``, at any depth.

    This process is asynchronous to the host already, and the queue of the async transport
    does not say which of its events arrived.
    """
    if isinstance(settings, list):
        return [_plain(part) for part in settings]
    if not isinstance(settings, dict):
        return settings
    plain = {key: _plain(value) for key, value in settings.items()}
    if plain.get("type") == "async_http":
        plain["type"] = "http"
    if plain.get("type") == "datadog":
        plain["async_transport_rules"] = {}
    return plain


def _prepare(transport: Transport) -> None:
    """Take over what would wait beyond our deadline: retries of HTTP, Kafka's flush."""
    if isinstance(transport, HttpTransport):
        transport.config.retry = {**transport.config.retry, **NO_RETRY}
    if isinstance(transport, KafkaTransport):
        if transport.producer is None:
            transport._setup_producer(transport.kafka_config.config)
        transport.producer = AcknowledgedProducer(transport.producer)
        transport.flush = True
    for part in _inner(transport):
        _prepare(part)


def _bound(transport: Transport, timeout_s: float) -> None:
    if isinstance(transport, HttpTransport):
        transport.timeout = min(transport.config.timeout, timeout_s)
    if isinstance(transport, KafkaTransport) and isinstance(
        transport.producer, AcknowledgedProducer
    ):
        transport.producer.timeout_s = timeout_s
    for part in _inner(transport):
        _bound(part, timeout_s)


def _inner(transport: Transport) -> list[Transport]:
    """The transports inside one that wraps others."""
    if isinstance(transport, CompositeTransport):
        return transport.transports
    if isinstance(transport, TransformTransport):
        return [transport.transport]
    if isinstance(transport, DatadogTransport):
        return [transport.http]
    return []


class AcknowledgedProducer:
    """A Kafka producer whose flush raises unless the broker has acknowledged everything.

    openlineage-python's transport only logs a delivery's failure.

    Attributes:
        timeout_s: Longest wait for an acknowledgement.
    """

    def __init__(self, producer: Any) -> None:
        self.timeout_s = 5.0
        self._producer = producer
        self._failures: list[Any] = []

    def produce(self, **record: Any) -> None:
        """Queue a record, its acknowledgement coming to us."""
        self._failures.clear()
        self._producer.produce(**{**record, "on_delivery": self._acknowledge})

    def flush(self, timeout: float = -1) -> int:
        """Wait for the broker.

        Raises:
            ConnectionError: It did not take the record.
            TimeoutError: It has not answered; what is queued is purged, so that it cannot
                arrive besides the next attempt.
        """
        left: int = self._producer.flush(self.timeout_s if timeout < 0 else timeout)
        if left and timeout < 0:
            self._producer.purge()
            self._producer.flush(0)
            raise TimeoutError(f"no acknowledgement by the broker within {self.timeout_s} s")
        if self._failures:
            raise ConnectionError(str(self._failures[0]))
        return left

    def _acknowledge(self, error: Any, message: Any) -> None:
        if error is not None:
            self._failures.append(error)
