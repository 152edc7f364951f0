"""Takes secrets out of texts that leave the process, and literals out of SQL.

Must not change anything else: what is no secret stays byte for byte.
"""

from __future__ import annotations

import hashlib
import hmac
import re

REDACTED = "***"

_QUALIFIED = (
    r"(?:access|account|api|auth|bearer|client|encryption|id|master|private|refresh|sas|secret|"
    r"security|session|shared|sharedaccess|signing|storage|consumer|app|webhook)[_-]?"
)
_KEY = (
    r"(?:password|passwd|passphrase|pwd|(?<![A-Za-z])pass"
    rf"|(?:(?<![A-Za-z])|{_QUALIFIED})(?:secret|token)"
    rf"|{_QUALIFIED}(?:access[_-]?)?key"
    r"|(?<![A-Za-z])credentials?|(?<=[?&;])sig|x-amz-signature|x-amz-credential)(?![A-Za-z])"
)
_KEY_LIKE = re.compile(r"pass|pwd|secret|token|key|credential|sig|identified", re.IGNORECASE)

_ASSIGNMENT = re.compile(
    rf"(?P<key>{_KEY})(?P<before>[\"'\]]{{0,2}}[ \t]{{0,8}})(?P<sign>:=|=>|=|:)[ \t]{{0,8}}"
    r"(?:(?P<quote>[\"'])(?P<quoted>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)"
    r"|(?P<bare>[^\s\"',;&)}\]<>]+))",
    re.IGNORECASE,
)
_IN_SQL = re.compile(
    rf"(?P<key>(?:{_KEY}|\bidentified[ \t]+by|\bkey_id)\s{{1,8}})'(?P<value>(?:''|[^'])*)'",
    re.IGNORECASE,
)
_OPTION = re.compile(rf"(?P<key>--[\w-]{{0,40}}?{_KEY}[ \t]+)(?![-\"'])\S+", re.IGNORECASE)
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
    r"(?:null|none|true|false|\*+|[?]|\$\{?\w.*|\{.*|%[(s].*|:\w+|[A-Za-z_][\w.]*\(.*|\d{1,6})\Z",
    re.IGNORECASE | re.DOTALL,
)


def redact(text: str) -> str:
    """``text`` with every secret replaced by ``***``.

    Found are: passwords in URIs and connection strings, values of names that say they are secret
    (``PGPASSWORD=...``, ``"api_key": "..."``, ``SECRET '...'`` in SQL, ``--token ...``),
    Authorization headers, private keys, and the tokens of well-known services by their shape.
    1 MB takes about a tenth of a second, and below two where it is made of secrets.
    """
    text = _SHAPES.sub(REDACTED, text)
    text = _USERINFO.sub(rf"\1{REDACTED}", text)
    if "uthorization" in text or "UTHORIZATION" in text:
        text = _HEADER.sub(rf"\g<key>{REDACTED}", text)
    text = _BEARER.sub(rf"\1{REDACTED}", text)
    if _KEY_LIKE.search(text) is None:
        return text
    text = _ASSIGNMENT.sub(_assigned, text)
    text = _IN_SQL.sub(rf"\g<key>'{REDACTED}'", text)
    return _OPTION.sub(rf"\g<key>{REDACTED}", text)


def _assigned(match: re.Match[str]) -> str:
    """The match of ``name = value`` without the value, or unchanged where it is no secret."""
    whole, quote = match[0], match["quote"]
    head = whole[: match.start("quoted" if quote else "bare") - match.start()]
    if quote:
        return head + REDACTED + quote if match["quoted"] else whole
    if _is_reference(match):
        return whole
    return head + REDACTED


def _is_reference(match: re.Match[str]) -> bool:
    """Whether an unquoted value is something else than a secret.

    It is where it is a variable, a call, a number as in ``PASS=27``, or where the text reads like
    SQL or prose: ``a.token = b.token``, ``set token = hashed``, ``unexpected token: SELECT``.
    """
    key, bare = match["key"].lower(), match["bare"]
    if _NO_SECRET.match(bare) or bare.lower().endswith(key):
        return True
    if key == "pwd" and bare.startswith("/"):
        return True
    if match["sign"] == "=" and not match["before"]:
        return False
    line_start = match.string.rfind("\n", 0, match.start()) + 1
    prefix = match.string[line_start : match.start()]
    rest = match.string[match.end() : match.end() + 1]
    alone = re.fullmatch(r"[\s\-{\"'\w.]*?[\w.\-\"']*", prefix) and " " not in prefix.strip(" -{")
    return not (alone and rest in {"", "\n", "\r", ",", "}"})


def mask_literals(sql: str, dialect: str | None = None) -> str:
    """``sql`` with its string literals as ``'?'`` and its numbers as ``?``.

    What says something about the shape and nothing about data stays: numbers in types
    (``decimal(10, 2)``), in LIMIT, and positions in ORDER BY and GROUP BY. The rest of the text is
    byte-equal and parses as before. Text that cannot be split into tokens is masked from the
    first quote that does not end.

    Args:
        sql: One or several statements.
        dialect: sqlglot's name of it, e.g. ``snowflake``; None for generic SQL.
    """
    # Only `whence.sql` may import sqlglot, and hosts that redact must not pay for it.
    from whence.sql.literals import mask

    return mask(sql, dialect)


def keyed_hash(text: str, key: bytes) -> str:
    """The HMAC-SHA-256 of ``text``: tells changed from unchanged, and nothing without ``key``."""
    return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
