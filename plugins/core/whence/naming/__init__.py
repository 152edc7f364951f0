"""OpenLineage's names: (namespace, name) of tables in any system and of files anywhere.

Must not open connections; see `whence.naming.systems` for what each system's names are made of.
"""

from whence.naming.files import file, is_file, uri
from whence.naming.systems import SYSTEMS, System, column_fold, stored, system

__all__ = ["SYSTEMS", "System", "column_fold", "file", "is_file", "stored", "system", "uri"]
