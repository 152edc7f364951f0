"""What an event says beside its edges: code version, states of nodes, checks, sizes, errors.

Must not know the store; every reader takes facets however broken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from whence_backend.ingest.reading import Event, Facets, Mention, dict_of, list_of, text_of

PERSONAL = frozenset({"ownership", "whence_owner"})
"""Facets that name persons; each is kept by itself, so that it can be erased."""

DATASET_STATES = frozenset(
    {"schema", "ownership", "documentation", "tags", "datasetType", "symlinks"}
)
JOB_STATES = frozenset(
    {"documentation", "ownership", "jobType", "tags", "sourceCodeLocation", "sql"}
)
GAPS = "whence_gaps"
LINEAGE = frozenset({"lineage", "columnLineage"})
CODE = frozenset({"whence_code", "sql", "sourceCode", "sourceCodeLocation"})
KEPT = PERSONAL | DATASET_STATES | JOB_STATES | LINEAGE | CODE | {GAPS}
"""Facets kept as blobs whatever their size, since something refers to them."""

EMPTYING = frozenset({"DROP", "TRUNCATE"})


class Check(NamedTuple):
    """One data-quality assertion; ``ok`` is None where the facet does not say."""

    field: str
    name: str
    ok: bool | None
    severity: str | None
    value: str | None
    threshold: str | None


class Sizes(NamedTuple):
    """What an output run wrote, None where unknown, and the system's own version of it."""

    rows: int | None
    bytes: int | None
    external: str | None


class Change(NamedTuple):
    """A lifecycleStateChange: CREATE, ALTER, DROP, OVERWRITE, RENAME or TRUNCATE."""

    change: str
    previous: tuple[str, str] | None


def code_version(event: Event) -> str | None:
    """A digest of the code that ran, or None where the event does not say.

    The keyed hash of the text in ``whence_code`` counts first (the SQL may be masked), then
    the SQL, the source, and last the place in a repository with its revision, which an event
    that ends nothing may give although the code itself follows.
    """
    facets = {**event.run_facets, **event.job_facets}
    location = facets.get("sourceCodeLocation", {})
    candidates: tuple[Any, ...] = (
        facets.get("whence_code", {}).get("textHash"),
        facets.get("sql", {}).get("query"),
        facets.get("sourceCode", {}).get("sourceCode"),
        [location.get(key) for key in ("url", "path", "version")]
        if location and event.type not in ("START", "RUNNING", "OTHER")
        else None,
    )
    for candidate in candidates:
        if candidate:
            text = json.dumps(candidate, sort_keys=True)
            return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return None


def checks(mention: Mention) -> Iterator[Check]:
    """The data-quality assertions on one dataset."""
    facet = mention.facets.get("dataQualityAssertions", {})
    for item in map(dict_of, list_of(facet.get("assertions"))):
        name = text_of(item.get("name")) or text_of(item.get("assertion"))
        ok = item.get("success")
        yield Check(
            text_of(item.get("column")),
            name,
            ok if isinstance(ok, bool) else None,
            _optional(item.get("severity")),
            _optional(item.get("actual")),
            _optional(item.get("expected")),
        )


def sizes(mention: Mention) -> Sizes:
    """The output statistics and version of one dataset."""
    statistics = mention.facets.get("outputStatistics", {})
    return Sizes(
        _whole(statistics.get("rowCount")),
        _whole(statistics.get("size")),
        external_version(mention),
    )


def external_version(mention: Mention) -> str | None:
    """The system's own version of the dataset (an Iceberg snapshot, a Delta version)."""
    return _optional(mention.facets.get("version", {}).get("datasetVersion"))


def lifecycle(mention: Mention) -> Change | None:
    """What happened to the dataset as a whole, None where nothing did."""
    facet = mention.facets.get("lifecycleStateChange", {})
    change = text_of(facet.get("lifecycleStateChange")).upper()
    if not change:
        return None
    previous = dict_of(facet.get("previousIdentifier"))
    names = text_of(previous.get("namespace")), text_of(previous.get("name"))
    return Change(change, names if names[1] else None)


def field_names(schema: dict[str, Any]) -> Iterator[str]:
    """The top-level columns of a schema facet, in the table's order."""
    for item in map(dict_of, list_of(schema.get("fields"))):
        if name := text_of(item.get("name")):
            yield name


def symlinks(facet: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The (namespace, name) of each other name of a dataset."""
    for item in map(dict_of, list_of(facet.get("identifiers"))):
        if name := text_of(item.get("name")):
            yield text_of(item.get("namespace")), name


def parent_run(run_facets: Facets) -> str | None:
    """The run id of the parent run, None without one."""
    return _optional(dict_of(run_facets.get("parent", {}).get("run")).get("runId"))


def error_message(run_facets: Facets) -> str | None:
    """Why the run failed, None where it does not say."""
    return _optional(run_facets.get("errorMessage", {}).get("message"))


def _optional(value: Any) -> str | None:
    if isinstance(value, bool) or value is None or isinstance(value, (dict, list)):
        return None
    return str(value)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        return None
    return value
