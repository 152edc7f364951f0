"""Reads an event once, and says where in its text the facets and the varying values stand.

Must not change a byte: what is stored is cut out of the text that was received.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from whence.errors import BadInput

_space = re.compile(r"[ \t\n\r]*").match
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_FACETS = {"facets", "inputFacets", "outputFacets"}


class Hole(NamedTuple):
    """A value cut out of an event's text.

    Attributes:
        owner: ``run``, ``job``, ``inputs``, ``outputs`` or ``dataset``; "" for the event itself.
        place: Place in ``inputs`` or ``outputs``, else 0.
        key: The facet's name; "" where the value is no facet (run id, event time).
        start: First character.
        end: Character after the last.
    """

    owner: str
    place: int
    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sliced:
    """An event's text, its parsed value, and its holes in the order of the text."""

    text: str
    value: dict[str, Any]
    holes: tuple[Hole, ...]


_Visit = Callable[[str, int], tuple[Any, int]]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_scan: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(
    parse_constant=_no_constant
).raw_decode


def slice_event(line: bytes) -> Sliced:
    """The event in ``line``, read and cut.

    Raises:
        BadInput: ``line`` is not one JSON object in UTF-8.
    """
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8: {error.reason} at byte {error.start}") from error
    slicer = _Slicer(text)
    try:
        value, end = slicer.event()
    except IndexError as error:
        raise BadInput("not a complete JSON object: the line ends in the middle of it") from error
    except json.JSONDecodeError as error:
        raise BadInput(_reason(error, text)) from error
    except ValueError as error:
        raise BadInput(f"not JSON: {error}") from error
    except RecursionError as error:
        raise BadInput("nested too deeply") from error
    if slicer.skip(end) != len(text):
        raise BadInput(f"more text after the JSON object, at character {end}")
    _check_surrogates(text, value)
    return Sliced(text, value, tuple(slicer.holes))


def _reason(error: json.JSONDecodeError, text: str) -> str:
    if error.pos >= len(text) or error.msg.startswith("Unterminated"):
        return "not a complete JSON object: the line ends in the middle of it"
    return f"not JSON: {error.msg} at character {error.pos}"


def _check_surrogates(text: str, value: dict[str, Any]) -> None:
    if not _SURROGATE.search(text):
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadInput("half of a surrogate pair in a string") from error


class _Slicer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.holes: list[Hole] = []

    def event(self) -> tuple[dict[str, Any], int]:
        start = self.skip(0)
        if start == len(self.text):
            raise BadInput("an empty line")
        if self.text[start] != "{":
            raise BadInput("not a JSON object")
        return self._object(start, self._event_member)

    def _event_member(self, key: str, start: int) -> tuple[Any, int]:
        opening = self.text[start]
        if key in ("run", "job", "dataset") and opening == "{":
            return self._object(start, self._owner_member(key, 0))
        if key in ("inputs", "outputs") and opening == "[":
            return self._array(start, key)
        if key == "eventTime":
            return self._hole("", 0, "", start)
        return _scan(self.text, start)

    def _owner_member(self, owner: str, index: int) -> _Visit:
        def visit(key: str, start: int) -> tuple[Any, int]:
            if key in _FACETS and self.text[start] == "{":
                return self._object(start, lambda name, at: self._hole(owner, index, name, at))
            if key == "runId" and owner == "run":
                return self._hole(owner, index, "", start)
            return _scan(self.text, start)

        return visit

    def _hole(self, owner: str, index: int, key: str, start: int) -> tuple[Any, int]:
        value, end = _scan(self.text, start)
        self.holes.append(Hole(owner, index, key, start, end))
        return value, end

    def _object(self, start: int, visit: _Visit) -> tuple[dict[str, Any], int]:
        text = self.text
        members: dict[str, Any] = {}
        at = self.skip(start + 1)
        if text[at] == "}":
            return members, at + 1
        while True:
            if text[at] != '"':
                raise ValueError(f"a name was expected at character {at}")
            key, at = _scan(text, at)
            at = self._expect(at, ":")
            members[key], at = visit(key, at)
            at = self.skip(at)
            if text[at] == "}":
                return members, at + 1
            at = self._expect(at, ",")

    def _array(self, start: int, owner: str) -> tuple[list[Any], int]:
        text = self.text
        items: list[Any] = []
        at = self.skip(start + 1)
        if text[at] == "]":
            return [], at + 1
        while True:
            if text[at] == "{":
                item, at = self._object(at, self._owner_member(owner, len(items)))
            else:
                item, at = _scan(text, at)
            items.append(item)
            at = self.skip(at)
            if text[at] == "]":
                return items, at + 1
            at = self._expect(at, ",")

    def skip(self, at: int) -> int:
        """The first character from ``at`` on that is no white space."""
        match = _space(self.text, at)
        return match.end() if match else at

    def _expect(self, at: int, sign: str) -> int:
        at = self.skip(at)
        if self.text[at] != sign:
            raise ValueError(f"{sign!r} was expected at character {at}")
        return self.skip(at + 1)
