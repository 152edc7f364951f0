"""Whence's settings: one frozen value, read once from the environment.

Must not import anything heavy (a host loads this): no yaml, no openlineage.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

TRUE = frozenset({"true", "1", "yes", "on"})
FALSE = frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of every Whence package; each is ``WHENCE_`` + its name in capitals.

    Attributes:
        home: The data folder: spool, schema memory, store, errors.
        disabled: True switches every integration off (``OPENLINEAGE_DISABLED`` too).
        spool_max_bytes: Size of the spool above which new records are dropped and counted.
        flush_timeout_s: Longest time that delivery goes on, after the host has finished, with no
            destination taking anything.
        drain_wait_s: Longest time that a reader waits for a sidecar to finish translating.
        sql_max_bytes: Longest statement that is parsed; above, tables are found by a scan.
        local_store: True keeps events for the embedded store even where a transport is
            configured; None: only where none is.
        mask_literals: Whether literals in SQL are masked; None: the integration's default.
        masking_functions: Functions that hide their arguments, beside count, hashes and ranks.
        owner_facet: Whether events say who ran them.
        keep_captures: True keeps translated captures in ``home/captures`` for study.
        relay: False leaves translation to the next reader: no sidecar process is started.
        environ: Where all this was read, for settings that are not ours (``OPENLINEAGE_*``).
    """

    home: Path
    disabled: bool = False
    spool_max_bytes: int = 268_435_456
    flush_timeout_s: float = 5.0
    drain_wait_s: float = 30.0
    sql_max_bytes: int = 1_000_000
    local_store: bool | None = None
    mask_literals: bool | None = None
    masking_functions: tuple[str, ...] = ()
    owner_facet: bool = True
    keep_captures: bool = False
    relay: bool = True
    environ: Mapping[str, str] = field(
        default_factory=lambda: os.environ, repr=False, compare=False
    )


def load(environ: Mapping[str, str] | None = None, also: Collection[str] = ()) -> Config:
    """The settings of this process.

    A value that cannot be read keeps its default, with one warning a process; so does a
    ``WHENCE_*`` name that nothing knows, with the nearest one that is known.

    Args:
        environ: Variables; None: those of the process.
        also: Names that the calling integration reads itself, e.g. ``WHENCE_DBT_NAMESPACE``.
    """
    env = os.environ if environ is None else environ
    _warn_unknown(env, also)
    values: dict[str, Setting] = {}
    for name, read in READERS.items():
        value = _read(env, f"WHENCE_{name.upper()}", read)
        if value is not None:
            values[name] = value
    if env.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        values["disabled"] = True
    return Config(home=default_home(env), environ=env, **values)  # type: ignore[arg-type]  # by name


def default_home(environ: Mapping[str, str]) -> Path:
    """``WHENCE_HOME``, or the user's data folder: what ``platformdirs.user_data_path`` says.

    The common case is computed here, since importing platformdirs costs a host 25 ms.
    """
    if home := environ.get("WHENCE_HOME", "").strip():
        return Path(os.path.abspath(os.path.expanduser(home)))
    if sys.platform.startswith("linux") and "ANDROID_DATA" not in environ:
        base = environ.get("XDG_DATA_HOME", "").strip()
        return Path(base if os.path.isabs(base) else os.path.expanduser("~/.local/share"), "whence")
    import platformdirs

    return platformdirs.user_data_path("whence")


def _boolean(text: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise ValueError(text)


def _positive(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 0:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < 86_400:
        raise ValueError(text)
    return number


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


Setting: TypeAlias = "bool | int | float | tuple[str, ...]"
Reader = Callable[[str], Setting]
READERS: dict[str, Reader] = {
    "disabled": _boolean,
    "spool_max_bytes": _positive,
    "flush_timeout_s": _seconds,
    "drain_wait_s": _seconds,
    "sql_max_bytes": _positive,
    "local_store": _boolean,
    "mask_literals": _boolean,
    "masking_functions": _names,
    "owner_facet": _boolean,
    "keep_captures": _boolean,
    "relay": _boolean,
}
"""How each setting but ``home`` is read."""


def _read(environ: Mapping[str, str], name: str, read: Reader) -> Setting | None:
    text = environ.get(name, "").strip()
    if not text:
        return None
    try:
        return read(text)
    except ValueError:
        _warn(name, "%s=%r cannot be read; its default is used", name, text)
        return None


def _warn_unknown(environ: Mapping[str, str], also: Collection[str]) -> None:
    known = {"WHENCE_HOME", *(f"WHENCE_{name.upper()}" for name in READERS), *also}
    for name in environ:
        if name.startswith("WHENCE_") and name not in known and name not in _warned:
            import difflib

            nearest = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            _warn(name, "nothing reads the setting %s%s", name, hint)


def _warn(key: str, message: str, *args: object) -> None:
    """Say it once a process."""
    if key in _warned:
        return
    _warned.add(key)
    import logging

    logging.getLogger("whence.config").warning(message, *args)


_warned: set[str] = set()
