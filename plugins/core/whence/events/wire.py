"""An event's canonical bytes: what is spooled, sent, hashed and stored.

Must not depend on the order in which an event was put together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from openlineage.client.event_v2 import BaseEvent
from openlineage.client.serde import Serde


def canonical(event: BaseEvent | Mapping[str, Any]) -> bytes:
    """The event as compact UTF-8 JSON with sorted keys, nulls removed as OpenLineage's Serde does.

    What JSON cannot say is said in words: numbers that are not finite become strings (``"NaN"``),
    values of unknown classes Serde's ``<<non-serializable: ...>>``, half surrogate pairs ``?``.

    Args:
        event: An event, or its JSON-ready content.
    """
    content = Serde.to_dict(event if isinstance(event, BaseEvent) else dict(event))
    try:
        text = _dump(content)
    except ValueError:
        text = _dump(_finite(content))
    return text.encode("utf-8", "replace")


def _dump(content: object) -> str:
    return json.dumps(
        content,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=lambda value: f"<<non-serializable: {type(value).__qualname__}>>",
    )


def _finite(content: object) -> object:
    """``content`` with NaN and the infinities spelled out."""
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    if isinstance(content, float) and not math.isfinite(content):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(content, "NaN")
    return content
