"""The relay: the one program that translates and sends, outside every host.

Must stay light to import: hosts use `spawn`.
"""

from whence.relay.leftovers import DrainReport, drain
from whence.relay.sidecar import Sidecar, spawn

__all__ = ["DrainReport", "Sidecar", "drain", "spawn"]
