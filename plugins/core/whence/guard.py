"""The one place that swallows: keeps what is ours from harming a host, and says what was lost.

Must not import anything beyond the standard library, nor ever raise out of `report`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Reporter = Callable[[str, Exception], None]

MESSAGE_BYTES = 2_000
TRACEBACK_BYTES = 8_000
FILE_BYTES = 4_000_000
LOG_PERIOD_S = 60.0


@contextmanager
def guard(where: str) -> Iterator[None]:
    """Swallow and report what the block raises.

    ``KeyboardInterrupt`` and ``SystemExit`` pass: they are the host's.

    Args:
        where: The callback or thread entry, e.g. ``dbt.initialize``.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the one place
        report(where, error)


def caught(
    function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> tuple[T | None, Exception | None]:
    """The function's result, or the exception it raised, as a value and unreported.

    For calls whose failure is an expected outcome that is counted elsewhere (a send).
    """
    try:
        return function(*args, **kwargs), None
    except Exception as error:  # noqa: BLE001 - the one place
        return None, error


def attempt(
    where: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> tuple[T | None, Exception | None]:
    """The function's result, or the exception it raised, reported.

    For one extractor or one capture: its failure costs its own lineage, not the event.
    """
    result, error = caught(function, *args, **kwargs)
    if error is not None:
        report(where, error)
    return result, error


def report(where: str, error: Exception) -> None:
    """Tell the reporter what was swallowed; never raises an ``Exception`` from our own file.

    A reporter set by `set_reporter` may raise: that is how tests become loud.
    """
    _reporter(where, error)


def set_reporter(reporter: Reporter | None) -> Reporter:
    """Replace what `report` does (None: the default) and return what it did before."""
    global _reporter
    before, _reporter = _reporter, reporter or append_report
    return before


def append_report(where: str, error: Exception) -> None:
    """Append one JSON line to ``WHENCE_HOME/errors.ndjson`` and log it; the default reporter."""
    try:
        line = json.dumps(_entry(where, error)) + "\n"
        _append(_errors_path(), line.encode())
        _log(where, error)
    except Exception:  # noqa: BLE001 - there is nobody left to tell
        pass


def _entry(where: str, error: Exception) -> dict[str, str | int]:
    import traceback

    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "pid": os.getpid(),
        "where": where,
        "error": type(error).__name__,
        "message": _redacted(str(error))[:MESSAGE_BYTES],
        "traceback": _redacted(trace)[-TRACEBACK_BYTES:],
    }


def _redacted(text: str) -> str:
    from whence.redact import redact

    return redact(text[-4 * TRACEBACK_BYTES :])


def _errors_path() -> Path:
    from whence.config import default_home

    return default_home(os.environ) / "errors.ndjson"


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > FILE_BYTES:
        path.replace(path.with_name("errors.1.ndjson"))
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def _log(where: str, error: Exception) -> None:
    """At most one line a minute for an error class; the file has them all."""
    import logging

    kind, now = type(error).__name__, time.monotonic()
    due, count = _logged.get(kind, (0.0, 0))
    _logged[kind] = (due, count + 1)
    if now < due:
        return
    _logged[kind] = (now + LOG_PERIOD_S, 0)
    logger = logging.getLogger("whence")
    if not logger.handlers:
        # Without a handler of any kind Python prints errors into the host's standard error.
        logger.addHandler(logging.NullHandler())
    logger.error("%s: lineage lost to %s (%d times); the host is unharmed", where, kind, count + 1)


_logged: dict[str, tuple[float, int]] = {}
_reporter: Reporter = append_report
