"""Whether the settings can be honoured: readable values, a data folder, the files they name.

Must not leave anything in the data folder: a trial file there never has a name of its own.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from whence.config import Config, load

_LOGGER = logging.getLogger("whence.config")


class _Warnings(logging.Handler):
    """Keeps what would have gone to standard error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def read(environ: Mapping[str, str]) -> tuple[Config, tuple[str, ...]]:
    """The settings, and a sentence for each that cannot be honoured."""
    warnings = _Warnings()
    _LOGGER.addHandler(warnings)
    try:
        config = load(environ)
    finally:
        _LOGGER.removeHandler(warnings)
    return config, (*warnings.said, *_missing_files(environ))


def home_problem(home: Path) -> str | None:
    """Why nothing can be kept in ``home``, and the way out; None where all is well.

    A home that does not exist is well where it can be made.
    """
    for place in (home, home / "spool"):
        reason = _refusal(_nearest(place))
        if reason is not None:
            return (
                f"nothing can be kept in the data folder {home}: {reason}; what runs is lost "
                "until WHENCE_HOME names a folder that you may write to"
            )
    return None


def _nearest(path: Path) -> Path:
    """``path``, or the folder above it that exists."""
    return next(each for each in (path, *path.parents) if os.path.lexists(each))


def _refusal(place: Path) -> str | None:
    if not os.path.isdir(place):
        return f"{place} is no folder"
    try:
        os.listdir(place)
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        return f"{place} cannot be written to ({error.strerror or error})"
    return None


def _missing_files(environ: Mapping[str, str]) -> Iterator[str]:
    named = environ.get("OPENLINEAGE_CONFIG")
    if named and not (os.path.isfile(named) and os.access(named, os.R_OK)):
        yield (
            f"OPENLINEAGE_CONFIG names {named}, which cannot be read: nothing in it is used; "
            "correct the path or unset it"
        )
