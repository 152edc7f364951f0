"""Makes this process load sqlglot without its compiled build, as hosts may have it installed.

Import it before anything that imports sqlglot; must not be imported by the tests' own process.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader


def _source_only(path: str) -> FileFinder:
    """Finds no extension modules within sqlglot."""
    if "sqlglot" not in path.split(os.sep):
        raise ImportError(path)
    return FileFinder(path, (SourceFileLoader, SOURCE_SUFFIXES))


assert "sqlglot" not in sys.modules
sys.path_hooks.insert(0, _source_only)
