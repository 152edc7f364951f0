"""Names of files and objects, local or by URI.

Must not touch the file system: what exists does not matter to a name.
"""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from whence.model import Dataset

_SCHEMES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfs": "abfss", "wasb": "wasbs"}
"""Schemes that mean the same store as the one in the naming specification."""

_AZURE = {"abfss", "wasbs"}

_WITH_ROOT = {"file", "hdfs", "dbfs"}
"""Stores of paths that begin with ``/``; the others hold keys, which do not."""


_FILE = re.compile(
    r"[/\\*]|\.(?:parquet|[ct]sv|(?:nd)?jsonl?|txt|xlsx|arrow|feather|avro|orc|vortex|db)"
    r"(?:\.(?:gz|zst|bz2|xz))?$",
    re.IGNORECASE,
)


def is_file(name: str) -> bool:
    """Whether what SQL reads under ``name`` is a file (a path, a URI, a pattern) and no table."""
    return _FILE.search(name) is not None


def file(path: str, cwd: str = "") -> Dataset:
    """The dataset ``file`` / absolute path of a local file or folder.

    Args:
        path: Absolute, or relative to ``cwd``; a Windows path becomes ``C:/...``.
        cwd: The folder of the process that named it; empty for this process's own.
    """
    return Dataset("file", absolute(path, cwd))


def absolute(path: str, cwd: str = "") -> str:
    """``path`` in full, with ``/`` between folders and without ``.`` and ``..``."""
    if re.match(r"[A-Za-z]:[\\/]", path):
        return path.replace("\\", "/")
    return os.path.normpath(os.path.join(cwd or os.getcwd(), os.path.expanduser(path)))


def uri(text: str, cwd: str = "") -> Dataset:
    """The dataset that a URI or a local path names.

    Credentials, query and fragment do not belong to the name.

    Args:
        text: E.g. ``s3a://bucket/raw/orders.csv`` (-> ``s3://bucket`` / ``raw/orders.csv``),
            ``abfss://container@account.dfs.core.windows.net/raw`` or ``data/orders.csv``.
        cwd: As in `file`.
    """
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text):
        return file(text, cwd)
    parts = urlsplit(text)
    scheme = _SCHEMES.get(parts.scheme, parts.scheme)
    if scheme == "file" and parts.netloc in {"", "localhost"}:
        return file(parts.path, cwd)
    # In Azure's stores the part before the "@" is the container, elsewhere it is a login.
    authority = parts.netloc if scheme in _AZURE else parts.netloc.rpartition("@")[2]
    path = parts.path if scheme in _WITH_ROOT else parts.path.lstrip("/")
    return Dataset(f"{scheme}://{authority}", path or "/")
