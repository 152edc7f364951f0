"""The plugin's log: a file under ``WHENCE_HOME/log``, never dbt's output.

Must not touch the root logger or any logger that is not ours.
"""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

logger = logging.getLogger("whence.dbt")


def to_file(home: Path) -> None:
    """Send ``whence.dbt`` to ``<home>/log/dbt.log``; opened at the first record."""
    logger.propagate = False
    if logger.handlers:
        return
    folder = home / "log"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "dbt.log", maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(message)s"))
    logger.addHandler(handler)
