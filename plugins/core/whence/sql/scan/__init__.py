"""Table names and the kind of a statement from its words alone, for text that does not parse.

Must not raise for any text, and must not parse.
"""

from whence.sql.scan.outcome import Scanned, scan

__all__ = ["Scanned", "scan"]
