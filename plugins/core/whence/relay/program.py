"""The relay's command line: ``--follow FILE`` beside a host, ``--drain`` by itself.

Must not print, raise or linger: whatever goes wrong ends in ``errors.ndjson`` and an exit.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from whence.config import Config, load
from whence.delivery.couriers import deliver
from whence.delivery.cursors import reroute, sweep_all
from whence.delivery.rejected import replay
from whence.guard import guard
from whence.locks import FileLock
from whence.relay.follow import follow
from whence.relay.leftovers import drain
from whence.spool.files import private_folder
from whence.spool.layout import Spool

NICENESS = 10
LOG_BYTES = 5_000_000
COLLECT_EVERY = 20_000
"""Objects between two garbage collections: Python's 700 cost a tenth of a short life's imports."""
LEFT = 1
"""Exit code of ``--drain`` when something is still waiting."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the relay and return its exit code: 0, `LEFT`, or 2 for arguments it cannot read."""
    arguments = _parser().parse_args(argv)
    config = load()
    if config.disabled:
        return 0
    _be_nice()
    with guard("relay.log"):
        _log_to_file(config)
    code = LEFT
    with guard("relay"):
        if arguments.follow is not None:
            follow(config, arguments.follow)
            code = 0
        else:
            if arguments.reroute is not None:
                _reroute(config, arguments.reroute)
            code = _drain(config, arguments.now, arguments.replay_rejected)
    return code


def run(argv: Sequence[str]) -> None:
    """Run `main` and leave at once, also where a socket of ours still hangs in a thread."""
    gc.set_threshold(COLLECT_EVERY)
    code = main(argv)
    logging.shutdown()
    os._exit(code)


def _drain(config: Config, now: bool, rejected: bool) -> int:
    if rejected:
        replay(config)
    report = drain(config)
    deliveries = deliver(config, config.flush_timeout_s, now)
    sweep_all(Spool(config.home))
    left = report.waiting or report.failed or any(delivery.left for delivery in deliveries)
    return LEFT if left else 0


def _reroute(config: Config, destination: str) -> None:
    """Under the destination's lock: nobody else sends to it meanwhile."""
    lock = FileLock(Spool(config.home).destination_lock(destination))
    if lock.acquire(config.flush_timeout_s):
        try:
            reroute(config, destination)
        finally:
            lock.release()


def _be_nice() -> None:
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def _log_to_file(config: Config) -> None:
    """Give openlineage-python's log a file: its console transport, if chosen, prints there."""
    path = private_folder(config.home / "log") / "openlineage.log"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("openlineage")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m whence.relay", description=__doc__)
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--follow", type=Path, metavar="FILE", help="translate a captures file")
    task.add_argument("--drain", action="store_true", help="translate and send what is left")
    parser.add_argument(
        "--now", action="store_true", help="with --drain: try also what failed a moment ago"
    )
    parser.add_argument(
        "--replay-rejected", action="store_true", help="with --drain: send parked events again"
    )
    parser.add_argument(
        "--reroute",
        metavar="ID",
        help="with --drain: what waits for this destination goes where the settings lead now",
    )
    return parser
