"""What the plugin costs `dbt build` of the example shop: its own CPU, and the wall clock.

Interleaved pairs of builds without and with the plugin, each in the same warm copy of the project,
in changing order; then builds with a backend that is dead, hangs, or is slow. CPU is that of dbt's
own process (``wait4``): the relay runs beside it in a session of its own and is not counted there.

    uv run python tests/bench/dbt_overhead.py [--pairs N] [--json]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from whence.locks import is_locked

REPOSITORY = Path(__file__).resolve().parents[2]
FOREIGN = ("WHENCE_", "OPENLINEAGE_", "DBT_", "SHOP_")
SETTLE_S = 30.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one `dbt build`: seconds on the clock, and of CPU in dbt's own process."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Place:
    """A generated copy of the example, and Whence's data folder."""

    shop: Path
    home: Path

    def build(self, **variables: str) -> Cost:
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        environment = own | {"HOME": str(self.home), "WHENCE_HOME": str(self.home), **variables}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "dbt.cli.main", "--quiet", "build"],
            cwd=self.shop,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"dbt build ended with {process.returncode} in {self.shop}")
        return Cost(wall, usage.ru_utime + usage.ru_stime)

    def settle(self) -> None:
        """Wait for the relay, so that it does not run beside the next build; forget its events."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and self._relaying():
            time.sleep(0.05)
        shutil.rmtree(self.home / "spool", ignore_errors=True)
        shutil.rmtree(self.home / "breaker", ignore_errors=True)

    def _relaying(self) -> bool:
        spool = self.home / "spool"
        waiting = list(spool.glob("*.captures.ndjson"))
        return bool(waiting) or any(is_locked(lock) for lock in spool.glob("*.lock"))


def prepare(folder: Path) -> Place:
    ignored = shutil.ignore_patterns("target", "logs", "*.duckdb*", "__pycache__")
    shutil.copytree(REPOSITORY / "examples" / "shop", folder / "shop", ignore=ignored)
    (folder / "home").mkdir()
    place = Place(folder / "shop", folder / "home")
    subprocess.run(
        [sys.executable, "generate.py"], cwd=place.shop, check=True, stdout=subprocess.DEVNULL
    )
    return place


def pairs(place: Place, number: int) -> list[tuple[Cost, Cost]]:
    """``(without, with)``; which comes first changes from pair to pair."""
    found = []
    for turn in range(number):
        costs = {}
        for plugin in (False, True) if turn % 2 else (True, False):
            costs[plugin] = place.build(**({} if plugin else {"WHENCE_DISABLED": "true"}))
            place.settle()
        found.append((costs[False], costs[True]))
        without, with_ = found[-1]
        print(
            f"pair {turn + 1}/{number}: {without.wall_s:.2f} s, {with_.wall_s:.2f} s; "
            f"CPU {with_.cpu_s - without.cpu_s:+.3f} s",
            file=sys.stderr,
        )
    return found


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean with its 95 % confidence interval (normal; the sample is >= 30)."""
    mean = statistics.fmean(values)
    half = 1.96 * statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return mean, mean - half, mean + half


@contextlib.contextmanager
def backend(delay_s: float) -> Iterator[str]:
    """A server that takes ``delay_s`` for every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(delay_s)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@contextlib.contextmanager
def black_hole() -> Iterator[str]:
    """A port that accepts connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def dead() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def troubles(place: Place, plain_s: float, runs: int) -> dict[str, float]:
    """Seconds added to a build by a backend in trouble, the median of ``runs``."""
    added = {}
    with black_hole() as hole, backend(0.2) as slow:
        for name, url in (("dead", dead()), ("hanging", hole), ("slow", slow)):
            walls = []
            for _ in range(runs):
                walls.append(place.build(OPENLINEAGE_URL=url).wall_s)
                place.settle()
            added[f"dbt_backend_{name}_added_s"] = statistics.median(walls) - plain_s
    return added


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = prepare(Path(folder))
        cold = place.build()
        place.settle()
        measured = pairs(place, arguments.pairs)
        plain_s = statistics.median(without.wall_s for without, _ in measured)
        figures = {
            "dbt_pairs": float(len(measured)),
            "dbt_plain_wall_s": plain_s,
            "dbt_first_build_wall_s": cold.wall_s,
            **troubles(place, plain_s, runs=3),
        }
    cpu = interval([with_.cpu_s - without.cpu_s for without, with_ in measured])
    ratio = interval([with_.wall_s / without.wall_s for without, with_ in measured])
    for name, (mean, low, high) in {"cpu_added_s": cpu, "wall_ratio": ratio}.items():
        figures |= {f"dbt_{name}": mean, f"dbt_{name}_low": low, f"dbt_{name}_high": high}
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"CPU added to dbt's process: {cpu[0]:.3f} s ({cpu[1]:.3f} to {cpu[2]:.3f}); goal 0.1")
    print(
        f"wall clock, with : without: {ratio[0]:.3f} ({ratio[1]:.3f} to {ratio[2]:.3f}); goal 1.03"
    )
    for name in ("dead", "hanging", "slow"):
        print(f"backend {name}: {figures[f'dbt_backend_{name}_added_s']:+.2f} s; goal 5")
    if arguments.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
