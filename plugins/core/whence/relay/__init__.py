"""The relay: the one program that translates and sends, outside every host.

Must stay light to import: hosts use `spawn`, so what only readers need comes when asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whence.relay.sidecar import Sidecar, spawn

if TYPE_CHECKING:
    from whence.relay.leftovers import DrainReport, drain

__all__ = ["DrainReport", "Sidecar", "drain", "spawn"]


def __getattr__(name: str) -> Any:
    if name in ("DrainReport", "drain"):
        import whence.relay.leftovers

        return getattr(whence.relay.leftovers, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
