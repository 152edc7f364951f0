"""Whence's log in dbt's process: a file under ``WHENCE_HOME/log``, never dbt's output.

Must not touch the root logger or any logger that is not ours.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from whence.config import default_home

logger = logging.getLogger("whence")


class _QuietFile(RotatingFileHandler):
    """A log file whose own troubles stay silent; opened, with its folder, at the first record."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing: logging would print a traceback into dbt's standard error."""


def to_file(environ: Mapping[str, str]) -> None:
    """Send ``whence.*`` to ``WHENCE_HOME/log/dbt.log`` instead of to dbt's standard error.

    A host that gave the logger handlers of its own (``dbtRunner`` in an application) keeps them.
    """
    if any(not isinstance(handler, logging.NullHandler) for handler in logger.handlers):
        return
    logger.propagate = False
    handler = _QuietFile(
        default_home(environ) / "log" / "dbt.log",
        maxBytes=1_000_000,
        backupCount=1,
        encoding="utf-8",
        delay=True,
    )
    handler.setFormatter(
        logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s")
    )
    logger.addHandler(handler)
