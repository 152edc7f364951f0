"""The capture: what a host knew at one moment, in an envelope with a version number.

Must not know any host, nor import anything beyond the standard library.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from whence.errors import BadInput

VERSION = 1
END = "end"
"""Kind of the last capture of a producer that closed its file in order."""
GONE = "gone"
"""Kind that the relay adds for a producer that died; its time is that of the detection, and
``payload["last_seen"]`` that of the last sign of life."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One record of a captures file.

    Attributes:
        host: The integration that took it and will translate it, e.g. ``dbt``.
        kind: What happened, in the host's own word; `END` and `GONE` are reserved.
        time: When, by the host's own clock: ISO-8601 in UTC, e.g. ``2026-11-22T18:37:09.123Z``.
        seq: Its place in the file, from 0.
        payload: The host's facts, JSON-ready.
    """

    host: str
    kind: str
    time: str
    seq: int
    payload: dict[str, Any]

    def to_line(self) -> bytes:
        """One line of ASCII JSON with its newline; values JSON does not know become text."""
        envelope = {
            "v": VERSION,
            "host": self.host,
            "kind": self.kind,
            "time": self.time,
            "seq": self.seq,
            "payload": self.payload,
        }
        return json.dumps(envelope, separators=(",", ":"), default=str).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Capture:
        """Read a line; keys added by later versions are ignored.

        Raises:
            BadInput: Not JSON, no envelope, or of a version this code cannot read.
        """
        try:
            envelope = json.loads(line)
            version = envelope["v"]
            capture = cls(
                host=envelope["host"],
                kind=envelope["kind"],
                time=envelope["time"],
                seq=envelope["seq"],
                payload=envelope["payload"],
            )
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(f"not a capture: {line[:80]!r} ({error})") from error
        if version != VERSION:
            raise BadInput(f"a capture of version {version}; this Whence reads version {VERSION}")
        return capture
