"""The configured transports, each with a name of its own that lasts between runs.

Must not open any of them, and never choose openlineage-python's default of printing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from whence.config import Config
from whence.guard import attempt
from whence.transports.configured import is_configured

PLACES = (
    "type",
    "url",
    "endpoint",
    "topic",
    "bootstrap.servers",
    "log_file_path",
    "domainId",
    "site",
    "project_id",
    "location",
)
"""The settings that say where a transport leads; a new key or time-out is the same place."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Destination:
    """One place that events go to.

    Attributes:
        id: Kind and a hash of the place, e.g. ``http-3f2a9c01``: a folder's name.
        kind: OpenLineage's word, e.g. ``kafka``; for a custom transport its class's path.
        address: For people; without secrets.
        settings: As openlineage-python's factory takes them.
    """

    id: str
    kind: str
    address: str
    settings: Settings = field(repr=False, compare=False)


def destinations(config: Config) -> tuple[Destination, ...]:
    """Every configured transport, a composite taken apart; () where none is.

    A composite that stops at its first success is one destination, since what one part
    delivers decides about the next.
    """
    if not is_configured(config.environ):
        return ()
    settings, _ = attempt("transports.destinations", _configured)
    parts = _parts(settings) if settings else ()
    return tuple({part.id: part for part in map(_destination, parts)}.values())


def _configured() -> dict[str, Any] | None:
    """The transport's settings, found where OpenLineageClient finds them and in its order."""
    import os

    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.noop import NoopConfig, NoopTransport

    settings = OpenLineageClient(transport=NoopTransport(NoopConfig())).config.transport
    if settings and settings.get("type"):
        return settings
    if not (url := os.environ.get("OPENLINEAGE_URL")):
        return None
    key = os.environ.get("OPENLINEAGE_API_KEY")
    return {
        "type": "http",
        "url": url,
        "endpoint": os.environ.get("OPENLINEAGE_ENDPOINT", "api/v1/lineage"),
        **({"auth": {"type": "api_key", "apiKey": key}} if key else {}),
    }


def _parts(settings: Settings) -> Iterator[Settings]:
    transports = settings.get("transports")
    whole = not settings.get("continue_on_success", True)
    if settings.get("type") != "composite" or not transports or whole:
        yield settings
    elif isinstance(transports, dict):
        for name, part in transports.items():
            if part:
                yield from _parts({**part, "name": name})
    else:
        for part in transports:
            yield from _parts(part)


def _destination(settings: Settings) -> Destination:
    kind = str(settings.get("type", "unknown"))
    place = json.dumps(_place(settings), sort_keys=True, default=str)
    word = re.sub(r"[^A-Za-z0-9_]", "", kind.rsplit(".", 1)[-1])[:40] or "transport"
    digest = hashlib.sha256(place.encode()).hexdigest()[:8]
    return Destination(f"{word}-{digest}", kind, _address(settings), settings)


def _place(settings: Any) -> Any:
    """What of the settings says where, at any depth."""
    if isinstance(settings, Mapping):
        kept = {
            key: value if key in PLACES else _place(value)
            for key, value in settings.items()
            if key in PLACES or isinstance(value, Mapping | list)
        }
        return {key: value for key, value in kept.items() if value not in ({}, [])}
    if isinstance(settings, list):
        return [_place(item) for item in settings if isinstance(item, Mapping)]
    return {}


def _address(settings: Settings) -> str:
    from whence.redact import redact

    nested = settings.get("config") or settings.get("transport") or {}
    values = [settings.get(key) for key in PLACES[1:]]
    values += [nested.get(key) for key in PLACES[1:]] if isinstance(nested, Mapping) else []
    return redact(" ".join(str(value) for value in values if value))
