"""Private files and folders that survive a kill at any moment: lines, torn lines, replacing.

Must not know what the lines mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

CHUNK_BYTES = 1 << 20


def private_folder(path: Path) -> Path:
    """Make ``path`` with its parents, 0700 where new, and return it."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_line(descriptor: int, line: bytes) -> None:
    """Append a whole line or nothing.

    Raises:
        OSError: Nothing was written; where the disk took a part, that part was cut off again.
    """
    written = os.write(descriptor, line)
    if written == len(line):
        return
    os.ftruncate(descriptor, os.fstat(descriptor).st_size - written)
    raise OSError(28, "the disk took only a part of the line")


def append_line(path: Path, line: bytes) -> None:
    """Append one line to a private file, creating it where missing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        write_line(descriptor, line)
    finally:
        os.close(descriptor)


def iter_lines(path: Path, offset: int = 0) -> Iterator[tuple[bytes, int]]:
    """Each complete line from ``offset`` on, without its newline, and the offset after it.

    A last line without a newline is still being written, or was torn by a death: not yielded.
    A file that does not exist has no lines.
    """
    try:
        stream = path.open("rb", buffering=CHUNK_BYTES)
    except FileNotFoundError:
        return
    with stream:
        stream.seek(offset)
        for line in stream:
            if not line.endswith(b"\n"):
                return
            offset += len(line)
            yield line[:-1], offset


def complete_size(path: Path) -> int:
    """Size up to the last newline: what `iter_lines` can reach; 0 where there is no file."""
    try:
        stream = path.open("rb", buffering=0)
    except FileNotFoundError:
        return 0
    with stream:
        end = stream.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - CHUNK_BYTES)
            stream.seek(start)
            found = stream.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def cut_torn_line(path: Path) -> None:
    """Cut off what stands after the last newline; only for who writes the file alone."""
    whole = complete_size(path)
    if path.exists() and path.stat().st_size > whole:
        os.truncate(path, whole)


def draft_of(path: Path) -> Path:
    """A name beside ``path`` that no other thread, process or container has."""
    return path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")


def replace_file(path: Path, content: bytes) -> None:
    """Write ``path`` so that a reader sees the old bytes or the new, also after a power cut.

    Raises:
        OSError: It cannot be written; the old bytes stand.
    """
    temporary = draft_of(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write_all(descriptor, content)
        os.fsync(descriptor)
        os.replace(temporary, path)
    except OSError:
        remove(temporary)
        raise
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    """All of ``content``: the system may take less at a time, as where a disk is nearly full."""
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def remove(path: Path) -> None:
    """Delete a file that may be gone already."""
    path.unlink(missing_ok=True)
