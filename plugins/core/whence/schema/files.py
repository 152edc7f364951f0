"""Reads the text of a file that the user names.

Must not know what it holds.
"""

from __future__ import annotations

from pathlib import Path

from whence.errors import BadInput


def read_text(path: Path) -> str:
    """The text of ``path``, in UTF-8 with or without its mark.

    Raises:
        BadInput: It cannot be read, or is in another encoding.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not valid UTF-8: {error.reason}") from error
