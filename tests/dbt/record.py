"""Makes a recording out of captures that a real dbt left: fixture and golden events.

    WHENCE_KEEP_CAPTURES=true dbt build
    uv run python tests/dbt/record.py $WHENCE_HOME/captures/<file> 1.12/edge

Review the difference like code.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dbt_whence.translate import translator
from whence.captures import Capture
from whence.config import Config
from whence.schema.memory import SchemaMemory

TESTS = Path(__file__).resolve().parents[1]
FOLDER = "/srv/edge"


def events(lines: Iterable[bytes]) -> list[bytes]:
    """What a fresh translator with an empty memory makes of captures."""
    with tempfile.TemporaryDirectory() as home:
        memory = SchemaMemory(Path(home) / "schemas.sqlite")
        translating = translator(Config(home=Path(home)), memory)
        return [event for line in lines for event in translating.feed(Capture.from_line(line))]


def neutral(line: bytes, folder: str) -> bytes:
    """A capture without the machine that it was taken on."""
    content: dict[str, Any] = json.loads(line.replace(folder.encode(), FOLDER.encode()))
    if content["kind"] == "invocation":
        content["payload"]["owner"] = {"user": "ann", "host": "laptop"}
        content["payload"]["git"] = {
            "commit": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
            "branch": "main",
            "remote": "https://git.example.org/data/edge.git",
            "prefix": "",
            "dirty": False,
        }
    return json.dumps(content, separators=(",", ":")).encode()


def golden(lines: Iterable[bytes]) -> str:
    """The events as reviewed: one a line."""
    return "".join(event.decode() + "\n" for event in events(lines))


def main(source: str, name: str) -> None:
    lines = Path(source).read_bytes().splitlines()
    folder = json.loads(lines[0])["payload"]["project_root"]
    recorded = [neutral(line, folder) for line in lines]
    capture = TESTS / "captures" / "dbt" / f"{name}.ndjson"
    expected = TESTS / "golden" / "dbt" / f"{name}.ndjson"
    for path in (capture, expected):
        path.parent.mkdir(parents=True, exist_ok=True)
    capture.write_bytes(b"".join(line + b"\n" for line in recorded))
    expected.write_text(golden(recorded))


if __name__ == "__main__":
    main(*sys.argv[1:])
