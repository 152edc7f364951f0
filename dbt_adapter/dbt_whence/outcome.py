"""What dbt's statuses mean: which transition a run makes, and what came of a check.

Pure; must not know events' facets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dbt_whence.facts import FinishedFacts, NodeFacts
from whence.events import Check, EventType

EVENT_TYPES: dict[str, EventType] = {
    "success": "COMPLETE",
    "pass": "COMPLETE",
    "warn": "COMPLETE",
    "no-op": "COMPLETE",
    "reused": "COMPLETE",
    "skipped": "ABORT",
    "partial success": "FAIL",
    "error": "FAIL",
    "fail": "FAIL",
    "runtime error": "FAIL",
}
"""The end of a run by the node's status; an unknown one is OTHER."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a node's run ended.

    Attributes:
        type: COMPLETE, FAIL, ABORT or OTHER.
        time: ISO-8601 UTC: the end of dbt's own timing where it has one.
        message: What went wrong, for people; None where nothing did.
        check: Of a test or a freshness check.
    """

    type: EventType
    time: str
    message: str | None = None
    check: Check | None = None


def of_node(node: NodeFacts, finished: FinishedFacts, time: str, cause: str | None) -> Outcome:
    """The outcome of a node.

    Args:
        node: Its facts.
        finished: How it ended.
        time: When the capture was taken, for nodes without timing (skipped ones).
        cause: The node that failed before a skipped one, if known.
    """
    kind = EVENT_TYPES.get(finished.status, "OTHER")
    message = None
    if kind == "FAIL":
        message = finished.message or f"dbt reported {finished.status}"
    elif kind == "ABORT":
        message = f"skipped because {cause} failed" if cause else finished.message or "skipped"
    ended = finished.timing[-1][2] if finished.timing else time
    return Outcome(kind, ended, message, check(node, finished))


def check(node: NodeFacts, finished: FinishedFacts) -> Check | None:
    """What came of a test or a freshness check; None for other nodes."""
    if node.resource_type not in ("test", "source"):
        return None
    config, test = node.config or {}, node.test or {}
    passed = finished.status in ("pass", "success")
    severity = (
        "warn" if finished.status == "warn" else str(config.get("severity") or "error").lower()
    )
    return Check(
        type=_type(node, test),
        status="skip" if finished.status == "skipped" else "pass" if passed else "fail",
        column=test.get("column"),
        severity=severity,
        name=node.name,
        description=node.description,
        expected=_expected(config, severity) if node.resource_type == "test" else None,
        actual=None if finished.failures is None else str(finished.failures),
        params=test.get("arguments") or {},
    )


def _type(node: NodeFacts, test: dict[str, Any]) -> str:
    if node.resource_type == "source":
        return "freshness"
    namespace, name = test.get("namespace"), test.get("name") or "singular"
    return f"{namespace}.{name}" if namespace else str(name)


OPPOSITES = {
    "=": "!=",
    "==": "!=",
    "!=": "=",
    "<>": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}

COMPARISON = re.compile(r"(==?|!=|<>|<=?|>=?)\s*(-?[\d.]+)")


def _expected(config: dict[str, Any], severity: str) -> str | None:
    """What the number of failures was to be: ``= 0`` where dbt calls ``!= 0`` a finding."""
    limit = config.get(f"{severity}_if")
    if limit is None:
        return None
    compared = COMPARISON.fullmatch(str(limit).strip())
    return f"{OPPOSITES[compared[1]]} {compared[2]}" if compared else f"not {limit}"
