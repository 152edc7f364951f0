"""The relay's command line: ``--follow FILE`` beside a host, ``--drain`` by itself.

Must not print, raise or linger: whatever goes wrong ends in ``errors.ndjson`` and an exit.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from whence.config import Config, load
from whence.guard import guard
from whence.relay.follow import follow
from whence.relay.leftovers import drain

NICENESS = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Run the relay and return its exit code: 0, or 2 for arguments it cannot read."""
    arguments = _parser().parse_args(argv)
    config = load()
    if config.disabled:
        return 0
    _be_nice()
    if arguments.follow is not None:
        with guard("relay.follow"):
            follow(config, arguments.follow)
    else:
        with guard("relay.drain"):
            _drain(config)
    return 0


def run(argv: Sequence[str]) -> None:
    """Run `main` and leave at once, also where a socket of ours still hangs in a thread."""
    code = main(argv)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(code)


def _drain(config: Config) -> None:
    drain(config)


def _be_nice() -> None:
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m whence.relay", description=__doc__)
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--follow", type=Path, metavar="FILE", help="translate a captures file")
    task.add_argument("--drain", action="store_true", help="translate and send what is left")
    return parser
