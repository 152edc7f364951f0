"""What OpenLineage's client adds to an event or keeps back, applied once, at translation.

Must not send anything. (Tags, environment variables, source code location, dataset trimming and
filters come from the host's settings, which the sidecar inherits; a later drain may run elsewhere,
so the spool holds the finished bytes.)
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from whence.config import Config
from whence.guard import attempt

Enrich = Callable[[bytes], bytes | None]


def enricher(config: Config) -> Enrich:
    """A function from an event's bytes to what the client would send; None where it would not.

    Settings that the client cannot read are reported, and events pass unchanged.
    """
    if config.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return bytes
    made, _ = attempt("transports.enrich", _client_enricher)
    return bytes if made is None else made


def _client_enricher() -> Enrich:
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport import Transport

    from whence.events import canonical
    from whence.transports.rebuild import rebuild

    class Last(Transport):
        """Keeps what the client hands to its transport."""

        kind = "whence_last"
        event: Any = None

        def emit(self, event: Any) -> None:
            self.event = event

    # At each construction the client would say which transport it uses.
    logging.getLogger("openlineage.client.client").setLevel(logging.WARNING)
    last = Last()
    client = OpenLineageClient(transport=last)

    def enrich(line: bytes) -> bytes | None:
        last.event = None
        client.emit(rebuild(line))
        return None if last.event is None else canonical(last.event)

    return enrich
