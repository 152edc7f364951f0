"""Translates what dead producers left behind, and waits for sidecars that are still at it.

Must not send anything; must stay light to import.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whence.config import Config
from whence.delivery.cursors import sweep_all
from whence.guard import attempt
from whence.locks import FileLock
from whence.plugins import translator
from whence.spool.layout import Spool, SpoolFile

if TYPE_CHECKING:
    from whence.plugins import TranslatorFactory

POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What a reader found.

    Attributes:
        translated: Events this process added to the spool.
        live: Stems of producers that are still running; what they captured so far is translated.
        waiting: Stems that a sidecar had not finished in time.
        failed: Stems that could not be translated: no translator installed, or no space.
    """

    translated: int = 0
    live: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def drain(
    config: Config,
    wait_s: float | None = None,
    translators: Mapping[str, TranslatorFactory] | None = None,
    only_dead: bool = False,
) -> DrainReport:
    """Bring every captures file as far into events as it goes, for a reader about to read.

    A sidecar whose host has ended is waited for; one whose host still runs is not: its events
    so far are read. Files that no process works on are translated here.

    Args:
        config: Whose spool.
        wait_s: Longest wait for sidecars in all; None: ``config.drain_wait_s``.
        translators: By host, instead of the installed ones.
        only_dead: Leave the captures of running producers to their own sidecars.
    """
    deadline = time.monotonic() + (config.drain_wait_s if wait_s is None else wait_s)
    translated = 0
    stems: dict[str, list[str]] = {"live": [], "waiting": [], "failed": []}
    spool = Spool(config.home)
    sweep_all(spool)
    for file in spool.captured():
        if only_dead and file.is_live():
            continue
        written, state = _bring_up(config, file, deadline, translators)
        translated += written
        if state in stems:
            stems[state].append(file.stem)
    return DrainReport(translated, *(tuple(stems[key]) for key in ("live", "waiting", "failed")))


def _bring_up(
    config: Config,
    file: SpoolFile,
    deadline: float,
    translators: Mapping[str, TranslatorFactory] | None,
) -> tuple[int, str]:
    lock = FileLock(file.relay_lock)
    if not _acquired(lock, file, deadline):
        return 0, "live" if file.is_live() else "waiting"
    try:
        if not file.captures.exists():
            return 0, "done"
        return _translate(config, file, translators)
    finally:
        lock.release()


def _acquired(lock: FileLock, file: SpoolFile, deadline: float) -> bool:
    """Take over from nobody or from a dead sidecar; wait for one that is finishing."""
    while not lock.acquire():
        if file.is_live() or time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def _translate(
    config: Config, file: SpoolFile, translators: Mapping[str, TranslatorFactory] | None
) -> tuple[int, str]:
    factory = translator(file.host) if translators is None else translators.get(file.host)
    if factory is None:
        return 0, "failed"
    # Before the translation: a producer that dies meanwhile is found gone by the next drain.
    live = file.is_live()
    result, _ = attempt("relay.drain", translate_file, config, file, factory, live)
    return result if result is not None else (0, "failed")


def translate_file(
    config: Config, file: SpoolFile, factory: TranslatorFactory, live: bool
) -> tuple[int, str]:
    """Translate all there is; the caller holds ``file.relay_lock``.

    Args:
        config: Whose spool.
        file: With captures.
        factory: Its host's translator.
        live: The producer still appends: do not end what is open.

    Returns:
        The events written, and ``live`` or ``done``.

    Raises:
        OSError: The events cannot be written.
    """
    from whence.relay.translation import Translation
    from whence.transports.enrich import enricher

    with Translation(config, file, factory, enricher(config)) as translation:
        translation.advance()
        if not translation.ended and not live:
            translation.producer_is_gone()
            translation.advance()
        if translation.ended:
            translation.finish()
        return translation.written, "done" if translation.ended else "live"
