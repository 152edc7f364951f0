"""Where a node's compiled SQL is: on the manifest's node, or in the batch files of a microbatch.

Must not compile anything, nor hold more of a text than the size limit lets be parsed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from whence.naming import is_file

STAR = re.compile(r"(?:\bselect|\bdistinct|\ball|,|\.)\s*\*|\bcolumns\s*\(|\bnatural\b", re.I)
"""A star in a select list, and what else cannot be read without knowing a table's columns."""

FUNCTION = re.compile(r"\b(?:from|join)\s+(?:[\w.]+\s*\(|')", re.I)
"""A file or a table function among what is read: only the database knows its columns."""

CHANGE = re.compile(r"\b(?:create|insert|merge|update|delete|replace|copy|into|alter)\b", re.I)

COMMENT = re.compile(r"/\* \{\"app\": \"dbt\".*?\*/", re.S)
"""dbt's query comment in its default form."""

THIS = re.compile(r"{{-?\s*this\s*-?}}")

FILE = re.compile(
    r"\b(?:from|join)\s+("
    r"(?:read_\w+|(?:parquet|delta|iceberg)_scan)\s*"
    r"\((?:[^()']|'[^']*'|\((?:[^()']|'[^']*')*\))*\)"
    r"|(?:'[^']*')+)",
    re.I,
)
"""A file that DuckDB reads: by a function, or by its path in quotes.

No text fits in two ways, so that none takes longer than its length: a doubled quote is the end of
one literal and the beginning of the next.
"""


def code(found: Any, limit: int) -> str | None:
    """The compiled SQL of a manifest's node, or None where dbt has none (yet).

    Args:
        found: The manifest's node; code of Python models is not SQL and gives None.
        limit: The size limit in bytes; a longer text is cut just above it, so that whoever
            reads it still sees that it is too long to be parsed.
    """
    text = getattr(found, "compiled_code", None)
    if not text or str(getattr(found, "language", "sql")) != "sql":
        return None
    return bounded(str(text), limit)


def has_star(text: str) -> bool:
    """Whether a text may need the columns of the tables it reads to be understood."""
    return STAR.search(text) is not None


def files(text: str) -> list[str]:
    """The files that DuckDB SQL reads, each once, as the text spells them."""
    found = dict.fromkeys(match[1] for match in FILE.finditer(text))
    return [each for each in found if not each.startswith("'") or is_file(each[1:-1])]


def is_readable(code: str) -> bool:
    """Whether the columns of ``code`` follow from its text and the columns of dbt's relations."""
    return not (STAR.search(code) and FUNCTION.search(code))


def bounded(text: str, limit: int) -> str:
    """``text``, cut just above ``limit``."""
    return text if len(text) <= limit else text[: limit + 1]


def is_change(text: str) -> bool:
    """Whether a statement may write anything."""
    return CHANGE.search(text) is not None


def without_comment(text: str) -> str:
    """A statement without the comment that dbt puts before or behind it."""
    return COMMENT.sub("", text).strip()


def hook_code(text: str, this: str | None) -> str | None:
    """The SQL of a hook whose only Jinja is ``{{ this }}``; None for others."""
    rendered = THIS.sub(lambda _: this or "", text)
    return None if re.search(r"{[{%#]", rendered) else rendered


def batch_code(found: Any, target: Path, limit: int) -> str | None:
    """The SQL of the batch compiled last, for a microbatch model; None for other nodes.

    dbt compiles each batch on a copy of the node, so that only the files remain.

    Args:
        found: The manifest's node.
        target: dbt's target folder.
        limit: As of `code`.
    """
    strategy = getattr(getattr(found, "config", None), "incremental_strategy", None)
    if strategy != "microbatch":
        return None
    source = Path(found.original_file_path)
    folder = target / "compiled" / found.package_name / source.parent / source.stem
    batches = sorted(folder.glob("*.sql"), key=lambda path: path.stat().st_mtime_ns)
    if not batches:
        return None
    with batches[-1].open(encoding="utf-8", errors="replace") as file:
        text: str = file.read(limit + 1)
    return text
