"""A data folder, an installed translator and real HTTP backends for the tests of delivery."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from whence.config import Config, load

TRANSLATOR = '''
"""A host called ship: its captures say which run starts or is done."""
import json, time

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"


def event(kind, number, at):
    return json.dumps({
        "eventTime": at, "eventType": kind, "producer": "https://example.org/ship",
        "schemaURL": SCHEMA, "job": {"namespace": "ship", "name": f"job{number}"},
        "run": {"runId": f"01900000-0000-7000-8000-{number:012d}"},
    }, sort_keys=True, separators=(",", ":")).encode()


class Translator:
    def __init__(self, config, memory):
        self.open = {}

    def feed(self, capture):
        time.sleep(capture.payload.get("takes_s", 0))
        if capture.kind == "start":
            self.open[capture.payload["run"]] = True
            yield event("START", capture.payload["run"], capture.time)
        elif capture.kind == "done":
            del self.open[capture.payload["run"]]
            yield event("COMPLETE", capture.payload["run"], capture.time)
        elif capture.kind == "broken":
            raise RuntimeError("this capture cannot be translated")
        elif capture.kind in ("end", "gone"):
            for number in self.open:
                yield event("ABORT", number, capture.time)
'''
PRODUCER = """
import sys, time
from whence import relay
from whence.config import load
from whence.spool import CaptureWriter

runs, sidecar, how, pause = sys.argv[1:]
config = load()
writer = CaptureWriter.open(config, "ship")
child = relay.spawn(config, writer.path) if sidecar == "sidecar" else None
print(child.process.pid if child else 0, flush=True)
for run in range(int(runs)):
    writer.append("start", {"run": run}, f"2026-01-01T00:00:{run % 60:02d}Z")
    writer.append("done", {"run": run}, f"2026-01-01T00:01:{run % 60:02d}Z")
    if child:
        child.wake()
    time.sleep(float(pause))
if how == "open":
    writer.append("start", {"run": 99}, "2026-01-01T00:02:00Z")
    print("captured", flush=True)
    time.sleep(600)
writer.close("2026-01-01T00:03:00Z")
if child:
    child.release()
print("captured", flush=True)
"""


def summary(line: bytes) -> tuple[str, str]:
    """An event's job and type."""
    event = json.loads(line)
    return event["job"]["name"], event["eventType"]


def expected(runs: int) -> list[tuple[str, str]]:
    """What `runs` runs of the producer give, in order."""
    return [(f"job{run}", kind) for run in range(runs) for kind in ("START", "COMPLETE")]


def eventually(condition: Callable[[], bool], timeout_s: float = 15.0) -> bool:
    """Whether the condition became true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


Answer = Callable[[BaseHTTPRequestHandler, bytes], int]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder with an installed package whose entry point translates the host ``ship``."""
    folder = tmp_path / "plugin"
    info = folder / "ship-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "ship_translator.py").write_text(TRANSLATOR)
    (folder / "produce.py").write_text(PRODUCER)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ship\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[whence.translators]\nship = ship_translator:Translator\n"
    )
    return folder


@pytest.fixture
def environ(home: Path, plugin: Path, tmp_path: Path) -> dict[str, str]:
    """The variables of every process of a test: no transport, a folder of its own."""
    foreign = ("WHENCE_", "OPENLINEAGE")
    own = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    return own | {"WHENCE_HOME": str(home), "PYTHONPATH": str(plugin), "HOME": str(tmp_path)}


@pytest.fixture
def config(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Config:
    """The same settings in the test's own process, for readers."""
    for key in list(os.environ):
        if key.startswith(("WHENCE_", "OPENLINEAGE")):
            monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", environ["HOME"])
    monkeypatch.setenv("WHENCE_HOME", environ["WHENCE_HOME"])
    monkeypatch.syspath_prepend(environ["PYTHONPATH"])
    return load(environ)


@dataclass
class Ship:
    """Starts real producers and relays."""

    environ: dict[str, str]
    folder: Path
    started: list[subprocess.Popen[str]] = field(default_factory=list)
    summary = staticmethod(summary)
    expected = staticmethod(expected)
    eventually = staticmethod(eventually)

    def produce(
        self,
        runs: int,
        *,
        sidecar: bool = False,
        how: str = "end",
        pause: float = 0.0,
        **variables: str,
    ) -> subprocess.Popen[str]:
        """A producer that captured everything; with ``how="open"`` it lives on."""
        words = [str(runs), "sidecar" if sidecar else "alone", how, str(pause)]
        process = subprocess.Popen(
            [sys.executable, str(self.folder / "produce.py"), *words],
            env=self.environ | variables,
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        assert process.stdout is not None
        process.relay_pid = int(process.stdout.readline())  # type: ignore[attr-defined]
        if pause == 0:
            assert process.stdout.readline() == "captured\n"
            if how == "end":
                process.wait(10)
        return process

    def drain(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """``python -m whence.relay --drain``, started."""
        process = subprocess.Popen(
            [sys.executable, "-m", "whence.relay", "--drain", *arguments],
            env=self.environ | variables,
            cwd=self.folder.parent,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@pytest.fixture
def ship(environ: dict[str, str], plugin: Path) -> Iterator[Ship]:
    ship = Ship(environ, plugin)
    yield ship
    ship.end()


class Backend:
    """A real HTTP server that takes OpenLineage events; ``answer`` decides how.

    Attributes:
        bodies: What it has accepted (2xx), in order.
        attempts: Requests it has seen.
    """

    def __init__(self, port: int = 0) -> None:
        self.bodies: list[bytes] = []
        self.attempts = 0
        self.answer: Answer = lambda handler, body: 201
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                backend.attempts += 1
                status = backend.answer(self, body)
                if status < 300:
                    backend.bodies.append(body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def events(self) -> list[tuple[str, str]]:
        """Job and type of what it accepted, in order."""
        return [summary(body) for body in self.bodies]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.close()
