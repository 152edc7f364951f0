"""Takes secrets out of texts that leave the process, and literals out of SQL.

Must not change anything else: what is no secret stays byte for byte.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from typing import Any

REDACTED = "***"

_NAME = re.compile(
    r"(?P<word>pass(?:word|wd|phrase)?|pwd|secret|token|key|credentials?|sig(?:nature)?"
    r"|identified[ \t]{1,4}by|key_id)(?![A-Za-z])(?P<before>[\"'\]]{0,2}[ \t]{0,8})"
    r"(?:(?P<sign>:=|=>|=|:)[ \t]{0,8}|(?<=[ \t])(?='))",
    re.IGNORECASE,
)
_QUALIFIER = (
    r"(?:access|account|api|app|auth|bearer|client|consumer|encryption|id|master|private|refresh|"
    r"sas|secret|security|session|shared|signing|storage|webhook)[_-]?$"
)
_PREFIXES = {
    "key": re.compile(_QUALIFIER, re.IGNORECASE),
    "pass": re.compile(r"(?<![A-Za-z])$"),
    "secret": re.compile(rf"(?<![A-Za-z])$|{_QUALIFIER}", re.IGNORECASE),
    "sig": re.compile(r"[?&;]$"),
    "signature": re.compile(r"[?&;]$|x-amz-$", re.IGNORECASE),
    "token": re.compile(rf"(?<![A-Za-z])$|{_QUALIFIER}", re.IGNORECASE),
}
"""What must stand before a word to make it a secret's name; the words not here need nothing."""

_VALUE = re.compile(
    r"(?P<quote>[\"'])(?P<quoted>(?:\\.|\\(?=\n|\Z)|(?P=quote){2}|(?!(?P=quote))[^\\\n])*)"
    r"(?P<closed>(?P=quote)|(?=\n|\Z))"
    r"|(?P<bare>(?!\([ \t]{0,8}\w{1,40}[ \t]{0,8}=)[^\s\"',;&)}\]<>]+)"
)
_OPTION = re.compile(
    r"(?P<name>(?<![\w-])--[\w-]{0,40}?(?:password|secret|token|key)[ \t]+)(?![-\"'])\S+",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\Z)"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,255}|\bgithub_pat_\w{22,255}|\bglpat-[\w-]{20,255}"
    r"|\bxox[abeoprs]-[\w-]{10,255}|\bAIza[\w-]{35}|\bsk-[\w-]{20,255}|\b[rs]k_live_\w{16,255}"
    r"|\bdapi[0-9a-f]{32}|\bhf_\w{30,255}|\bnpm_\w{36}|\bdbt[cu]_[\w-]{20,255}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    re.DOTALL,
)
_USERINFO = re.compile(r"(://[^\s/:@'\"]*:)[^\s/'\"]+(?=@)")
_HEADER = re.compile(
    r"(?P<key>authorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:[A-Za-z]+[ \t]+)?)"
    r"[A-Za-z0-9._~+/=:-]{6,}",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(\bbearer[ \t]+)[A-Za-z0-9._~+/=-]{16,}", re.IGNORECASE)
_NO_SECRET = re.compile(
    r"(?:null|none|true|false|\*+|[?]|\$\{?\w.*|\{.*|%[(s].*|:\w+"
    r"|[A-Za-z_][\w.]*[(\[].*|[A-Za-z_]+(?:\.[A-Za-z_]+)+|\d{1,6})\Z",
    re.IGNORECASE | re.DOTALL,
)


def redact(text: str) -> str:
    """``text`` with every secret replaced by ``***``.

    Found are: passwords in URIs and connection strings, values of names that say they are secret
    (``PGPASSWORD=...``, ``"api_key": "..."``, ``SECRET '...'`` in SQL, ``--token ...``),
    Authorization headers, private keys, and the tokens of well-known services by their shape.
    1 MB takes a fraction of a second.
    """
    text = _SHAPES.sub(REDACTED, text)
    text = _USERINFO.sub(rf"\1{REDACTED}", text)
    if "uthorization" in text or "UTHORIZATION" in text:
        text = _HEADER.sub(rf"\g<key>{REDACTED}", text)
    text = _BEARER.sub(rf"\1{REDACTED}", text)
    return _OPTION.sub(rf"\g<name>{REDACTED}", _redact_named(text))


MIN_SECRET = 4
"""Shorter values are not taken out of texts: they stand in too many that hold no secret."""


def secret_values(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of ``settings`` whose names say that they are secret, the longest first.

    Args:
        settings: Names and values, which may hold more of the like: ``{"api_key": "..."}``.
    """
    found: set[str] = set()
    waiting: list[tuple[Any, bool]] = [(settings, False)]
    while waiting:
        value, secret = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(each, secret or is_secret_name(str(key))) for key, each in value.items()]
        elif isinstance(value, (list, tuple)):
            waiting += [(each, secret) for each in value]
        elif secret and value is not None and not isinstance(value, bool):
            found.add(str(value))
    return tuple(sorted((each for each in found if len(each) >= MIN_SECRET), key=len, reverse=True))


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name holds a secret: ``api_key`` does, ``sort_key`` does not."""
    found = list(_NAME.finditer(f"{name}="))
    return bool(found) and _is_secret_name(found[-1])


def hide(text: str, secrets: Iterable[str]) -> str:
    """``text`` without any of ``secrets``."""
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return text


def _redact_named(text: str) -> str:
    """``text`` without the values of what is named a secret."""
    pieces: list[str] = []
    done = 0
    for name in _NAME.finditer(text):
        value = _VALUE.match(text, name.end()) if name.start() >= done else None
        if value is None or not _is_secret_name(name) or not _is_secret(name, value):
            continue
        group = "quoted" if value["quote"] else "bare"
        pieces += [text[done : value.start(group)], REDACTED]
        done = value.end(group)
    return "".join([*pieces, text[done:]])


def _is_secret_name(name: re.Match[str]) -> bool:
    """Whether the letters before the word make it one: ``accountKey``, and not ``monkey``."""
    required = _PREFIXES.get(name["word"].lower())
    before = name.string[max(0, name.start() - 24) : name.start()]
    return required is None or required.search(before) is not None


def _is_secret(name: re.Match[str], value: re.Match[str]) -> bool:
    """Whether the value is a secret, and not something that stands for one.

    It is not where it is a variable, a call, an attribute, a number as in ``PASS=27``, or where
    the text reads like SQL or prose: ``a.token = b.token``, ``unexpected token: SELECT``.
    """
    if value["quote"]:
        # Without a sign it is SQL (``PASSWORD '...'``) or an apostrophe.
        return bool(value["quoted"]) and bool(name["sign"] or value["closed"])
    word, bare = name["word"].lower(), value["bare"]
    if _NO_SECRET.match(bare) or bare.lower().endswith(word):
        return False
    if word == "pwd" and bare.startswith("/"):
        return False
    return (name["sign"] == "=" and not name["before"]) or _is_whole_line(name, value)


def _is_whole_line(name: re.Match[str], value: re.Match[str]) -> bool:
    """Whether name and value fill their line, as settings do in YAML and INI files."""
    text = name.string
    line = text.rfind("\n", 0, name.start()) + 1
    if name.start() - line > 100:
        return False
    prefix = text[line : name.start()].strip(" \t-{")
    return re.fullmatch(r"[\w.\-\"']*", prefix) is not None and text[
        value.end() : value.end() + 1
    ] in {"", "\n", "\r", ",", "}"}


def mask_literals(sql: str, dialect: str | None = None) -> str:
    """``sql`` with its string literals as ``'?'`` and its numbers as ``?``.

    What says something about the shape and nothing about data stays: numbers in types
    (``decimal(10, 2)``), in LIMIT, TOP, FETCH and TABLESAMPLE, subscripts (``a[1]``), and positions
    in ORDER BY and GROUP BY. Of an interval the units stay (``'0 days'``). The rest of the text is
    byte-equal and parses as before. Text that cannot be split into tokens is masked from the
    first quote that does not end.

    Args:
        sql: One or several statements.
        dialect: sqlglot's name of it, e.g. ``snowflake``; None for generic SQL.
    """
    # Only `whence.sql` may import sqlglot, and hosts that redact must not pay for it.
    from whence.sql.literals import mask

    return mask(sql, dialect)


def mask_message(text: str) -> str:
    """A message for people with all that it quotes, and its numbers, masked: either may be data."""
    from whence.sql.literals import mask_prose

    return mask_prose(text)


def keyed_hash(text: str, key: bytes) -> str:
    """The HMAC-SHA-256 of ``text``: tells changed from unchanged, and nothing without ``key``."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
