"""Instants as microseconds since 1970 in UTC, read from and written as ISO-8601.

Must not ask the clock.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from whence.errors import BadInput

FOREVER = 2**62
"""The end of an interval that is still open."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,15})\d*)?)?)?"
    r"\s*([Zz]|[+-]\d\d(?::?\d\d)?)?(?:\[[^\]]*\])?"
)


def parse(text: str) -> int:
    """The instant ``text`` names.

    Args:
        text: A date, or a date and time with 0 to 15 fraction digits (cut to microseconds);
            without a time zone it is UTC.

    Raises:
        BadInput: ``text`` is no such instant.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"{text!r} is not a date and time such as 2026-01-31T12:00:00Z")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        instant = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0),
            min(int(second or 0), 59), int((fraction or "0")[:6].ljust(6, "0")),
            tzinfo=_zone(zone),
        )  # fmt: skip
        return (instant - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text!r} is not a date and time: {error}") from error


def _zone(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return timezone.utc
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def show(instant: int) -> str:
    """``instant`` as ISO-8601 in UTC with a ``Z``, and a fraction only where there is one."""
    moment = _EPOCH + instant * _MICROSECOND
    return moment.isoformat().replace("+00:00", "Z")
