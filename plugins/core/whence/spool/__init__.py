"""The spool: what was captured and translated, on disk before anything else happens to it.

Must not import anything beyond the standard library; the host's thread appends here.
"""

from whence.spool.files import iter_lines
from whence.spool.layout import Spool, SpoolFile
from whence.spool.writer import CaptureWriter, EventWriter

__all__ = ["CaptureWriter", "EventWriter", "Spool", "SpoolFile", "iter_lines"]
