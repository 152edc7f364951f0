"""How packages plug in: entry points, and the protocol of a translator.

Must not import any plugin before somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from whence.captures import Capture
from whence.config import Config
from whence.guard import attempt

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from whence.schema.memory import SchemaMemory

TRANSLATORS = "whence.translators"
COMMANDS = "whence.commands"
SCHEMA_PROVIDERS = "whence.schema_providers"


class Translator(Protocol):
    """Turns the captures of one file into events; one object a file, in the file's order.

    Deterministic: the same captures give the same bytes, for after a crash the file is
    translated from its start again and what is written already is skipped.
    """

    def feed(self, capture: Capture) -> Iterable[bytes]:
        """Canonical events that this capture completes, in order.

        On `whence.captures.END` and `GONE` whatever is open is finished (GONE: with ABORT).
        """
        ...


TranslatorFactory = Callable[[Config, "SchemaMemory"], Translator]
"""What the entry point ``whence.translators: <host>`` names."""


def translators() -> dict[str, TranslatorFactory]:
    """Every installed translator by its host; one that does not load is reported and left out."""
    return _loaded(TRANSLATORS)


def translator(host: str) -> TranslatorFactory | None:
    """The translator of one host, the others not imported; None where none is installed."""
    return _loaded(TRANSLATORS, host).get(host)


def schema_providers() -> dict[str, Callable[..., Any]]:
    """Factories of schema providers by name."""
    return _loaded(SCHEMA_PROVIDERS)


def _loaded(group: str, only: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, point in sorted(_points(group).items()):
        if only in (None, name):
            value, error = attempt(f"plugins.{group}.{name}", point.load)
            if error is None:
                found[name] = value
    return found


def _points(group: str) -> Mapping[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=group)}
