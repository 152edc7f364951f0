"""The host's side of the relay: starting it, waking it, letting it go.

Must not block the host, nor import anything beyond the standard library.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from whence.config import Config

BOOTSTRAP = (
    "import sys; sys.path[:] = __import__('json').loads(sys.argv.pop(1)); "
    "from whence.relay.program import run; run(sys.argv[1:])"
)
"""Run with ``-I``: a ``json.py`` in the user's folder or a PYTHONPATH cannot get between."""


class Sidecar:
    """A relay process that follows one captures file.

    Attributes:
        process: The child: a session of its own, standard output and error closed.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Use `spawn`."""
        self.process = process
        self._pipe_lock = threading.Lock()

    def wake(self) -> None:
        """Say that there is something to read; never blocks, harmless when it is gone."""
        pipe = self.process.stdin
        with self._pipe_lock:
            if pipe is None or pipe.closed:
                return
            try:
                os.write(pipe.fileno(), b"\n")
            except OSError:
                # Full: it has enough to wake up for. Broken: it is dead, and a reader translates.
                return

    def release(self) -> None:
        """Close the pipe after the captures are closed; the relay finishes by itself."""
        with self._pipe_lock:
            if self.process.stdin is not None:
                self.process.stdin.close()


def spawn(config: Config, captures: Path) -> Sidecar:
    """Start ``whence.relay --follow captures`` beside this process.

    It has its own session, so that no signal for the host's group reaches it and no caller
    waits for it, and the host's folder, environment and ``sys.path``. Keep the result while
    the host lives: its pipe's end is how the relay learns that the host died.

    Raises:
        OSError: There is no interpreter to start.
    """
    if not sys.executable:
        raise OSError("this process has no Python executable to start the relay with")
    paths = json.dumps([os.path.abspath(str(path)) for path in sys.path if str(path)])
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", BOOTSTRAP, paths, "--follow", str(captures)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "WHENCE_HOME": str(config.home)},
        bufsize=0,
    )
    if process.stdin is not None and os.name == "posix":
        os.set_blocking(process.stdin.fileno(), False)
    _keep(process)
    return Sidecar(process)


def _keep(process: subprocess.Popen[bytes]) -> None:
    """Reap the sidecars that ended, and hold the others: Popen warns when it is forgotten."""
    if not _running:
        atexit.register(_forget)
    _running[:] = [child for child in _running if child.poll() is None]
    _running.append(process)


def _forget() -> None:
    """At the host's exit a living sidecar is in order: keep Popen's finalizer from warning."""
    for child in _running:
        if child.poll() is None:
            child.returncode = 0


_running: list[subprocess.Popen[bytes]] = []
