"""MySQL's DELIMITER, a command of its client: another mark than the semicolon for a while.

Must not know statements.
"""

from __future__ import annotations

import re

_DELIMITER = re.compile(r"^[ \t]*delimiter[ \t]+(\S+)[^\n]*$", re.IGNORECASE | re.MULTILINE)


def without_delimiters(sql: str) -> str:
    """``sql`` with semicolons for the delimiters that it chooses, line for line."""
    parts = _DELIMITER.split(sql)
    found = [parts[0]]
    for mark, text in zip(parts[1::2], parts[2::2], strict=True):
        found.append(text if mark == ";" else text.replace(mark, ";"))
    return "".join(found)
