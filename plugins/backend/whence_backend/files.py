"""Event files as lines: NDJSON, a JSON array, one JSON object, any of them gzipped.

Must not judge an event; a file that ends too early still yields what came before.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from whence.errors import BadInput
from whence_backend.model import Rejected

_NEWLINES = re.compile(rb"[\r\n]+[ \t\r\n]*")
_space = re.compile(r"[\s,]*")
_BOM = b"\xef\xbb\xbf"
_FIRST_BYTES = 65_536


class EventFile:
    """A file of events, read once from its start to its end.

    Attributes:
        size: Of the file in bytes; None for standard input.
    """

    def __init__(self, name: str) -> None:
        """Open it.

        Args:
            name: A path, or ``-`` for standard input.

        Raises:
            BadInput: There is no such file, or it cannot be read.
        """
        self._raw: BinaryIO = sys.stdin.buffer
        self.size: int | None = None
        if name != "-":
            try:
                self._raw = Path(name).open("rb")  # noqa: SIM115 - `__exit__` closes it
            except OSError as error:
                raise BadInput(f"{name}: {error.strerror}") from error
            self.size = os.fstat(self._raw.fileno()).st_size
        self._starts: list[int] | None = None
        self._cut: Rejected | None = None
        self._line = 0

    def __enter__(self) -> EventFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self.size is not None:
            self._raw.close()

    def position(self) -> int:
        """How many of ``size`` bytes are read."""
        return 0 if self.size is None else self._raw.tell()

    def lines(self) -> Iterator[bytes]:
        """The events, one a line, byte for byte but for line breaks between tokens."""
        stream = io.BufferedReader(_Peeking(self._raw))
        packed = stream.peek(2)[:2] == b"\x1f\x8b"
        plain: io.BufferedReader[Any] = stream
        if packed:
            plain = io.BufferedReader(gzip.GzipFile(fileobj=stream))
        try:
            first = plain.peek(_FIRST_BYTES)[:_FIRST_BYTES].removeprefix(_BOM).lstrip()
            if first.startswith(b"[") or _is_spread(first):
                yield from self._documents(plain)
            else:
                yield from self._lines(plain)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            self._cut = Rejected(self._line + 1, f"the compressed file is damaged here: {error}")

    def rejected(self, found: tuple[Rejected, ...]) -> tuple[Rejected, ...]:
        """What the store rejected, at the file's own lines, and where the file was cut off."""
        starts = self._starts
        if starts is not None:
            found = tuple(Rejected(starts[each.line - 1], each.reason) for each in found)
        return found if self._cut is None else (*found, self._cut)

    def _lines(self, stream: io.BufferedReader[Any]) -> Iterator[bytes]:
        for line in stream:
            self._line += 1
            yield (line.removeprefix(_BOM) if self._line == 1 else line).rstrip(b"\r\n")

    def _documents(self, stream: io.BufferedReader[Any]) -> Iterator[bytes]:
        self._starts = []
        content, damage = _read_all(stream)
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise BadInput(f"line {line}: not UTF-8: {error.reason}") from error
        at, line = 0, 1
        in_array = text.lstrip().startswith("[")
        start = text.index("[") + 1 if in_array else 0
        decoder = json.JSONDecoder()
        while True:
            start = _skip(text, start)
            line, at = line + text.count("\n", at, start), start
            if start == len(text) or text[start] == "]":
                break
            try:
                _, end = decoder.raw_decode(text, start)
            except (ValueError, RecursionError) as error:
                reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                self._cut = Rejected(line, f"no complete event starts here: {reason}")
                return
            self._starts.append(line)
            yield _NEWLINES.sub(b"", text[start:end].encode())
            start = end
        if damage is not None:
            self._cut = Rejected(line, f"the compressed file is damaged here: {damage}")
        elif in_array and start == len(text):
            self._cut = Rejected(line, "the file ends before its array does")


class _Peeking(io.RawIOBase):
    """The bytes of a stream that must stay open and keep its own position."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # as RawIOBase
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def _is_spread(first: bytes) -> bool:
    """True where one object takes several lines."""
    line, newline, _ = first.partition(b"\n")
    line = line.rstrip()
    return bool(newline) and line.startswith(b"{") and line.endswith((b"{", b",", b"[", b":"))


def _skip(text: str, at: int) -> int:
    match = _space.match(text, at)
    return match.end() if match else at


def _read_all(stream: io.BufferedReader[Any]) -> tuple[bytes, Exception | None]:
    """What can be read, and what ended it too early."""
    pieces: list[bytes] = []
    read: Callable[[int], bytes] = stream.read1
    try:
        while piece := read(1 << 20):
            pieces.append(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        return b"".join(pieces), error
    return b"".join(pieces), None
