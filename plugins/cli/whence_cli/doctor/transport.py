"""Where events go, and whether something answers there.

Must not send an event, nor wait longer than `TIMEOUT_S` for a place.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from whence.config import Config
from whence.transports.configured import is_configured
from whence_cli.doctor.section import Section

TIMEOUT_S = 3.0
PORTS = {"http": 80, "https": 443}

Peer = tuple[str, int]


def examine(config: Config) -> Section:
    """Each configured transport with its address, and whether that can be reached.

    ``reachable`` is None for a transport whose address we cannot read (it is still used).
    """
    if not is_configured(config.environ):
        local = {"configured": False, "destinations": [], "reachable": None}
        return Section({**local, "local_store": not config.disabled})
    from whence.transports.destinations import destinations

    found = [
        _examine(each.id, each.kind, each.address, each.settings) for each in destinations(config)
    ]
    problems = [
        f"{facts['kind']} {facts['address']} cannot be reached: {facts['reason']}; events wait "
        "in the spool until it can"
        for facts in found
        if facts["reachable"] is False
    ]
    if not found:
        problems.append("OpenLineage's settings name a transport, but it cannot be read")
    known = [facts["reachable"] for facts in found if facts["reachable"] is not None]
    summary = {
        "configured": True,
        "destinations": found,
        "reachable": all(known) if known else None,
        "local_store": bool(config.local_store),
    }
    return Section(summary, tuple(problems))


def _examine(name: str, kind: str, address: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    reachable, reason = _reach(kind, settings)
    return {
        "id": name,
        "kind": kind,
        "address": address,
        "reachable": reachable,
        "reason": reason,
    }


def _reach(kind: str, settings: Mapping[str, Any]) -> tuple[bool | None, str | None]:
    if kind == "file":
        return _writable(Path(str(settings.get("log_file_path", ""))))
    peers = list(_peers(settings))
    if not peers:
        return None, None
    reason = None
    for peer in peers:  # one broker of several is enough
        reason = _refusal(peer)
        if reason is None:
            return True, None
    return False, reason


def _peers(settings: Mapping[str, Any]) -> Iterator[Peer]:
    """Every host and port in a transport's settings."""
    url = settings.get("url")
    if isinstance(url, str) and (parts := urlsplit(url)).hostname:
        yield parts.hostname, parts.port or PORTS.get(parts.scheme, 443)
    kafka = settings.get("config")
    servers = kafka.get("bootstrap.servers", "") if isinstance(kafka, Mapping) else ""
    for server in str(servers).split(","):
        host, _, port = server.strip().rpartition(":")
        if host and port.isdigit():
            yield host, int(port)


def _refusal(peer: Peer) -> str | None:
    """Why nothing at ``peer`` takes a connection; None where something does."""
    try:
        socket.create_connection(peer, timeout=TIMEOUT_S).close()
    except OSError as error:
        return f"{peer[0]}:{peer[1]}: {error.strerror or error}"
    return None


def _writable(path: Path) -> tuple[bool, str | None]:
    place = path if path.exists() else path.parent
    if os.access(place, os.W_OK):
        return True, None
    return False, f"{place} is not writable"
