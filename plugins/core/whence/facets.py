"""Whence's own facets: what OpenLineage has no field for; each with a schema in ``schemas/``.

Must not repeat what a standard facet says.
"""

from __future__ import annotations

from collections.abc import Iterable

import attr

from whence.events import JobFacet, RunFacet
from whence.model import Gap

SCHEMAS = "https://github.com/whence-lineage/whence/blob/main/plugins/core/whence/schemas"


def schema_url(name: str) -> str:
    """The ``_schemaURL`` of a facet of this folder, e.g. of ``WhenceGapsRunFacet``."""
    return f"{SCHEMAS}/{name}.json#/$defs/{name}"


@attr.define
class GapField:
    """One gap; see `whence.model.Gap`."""

    code: str
    reason: str
    where: str | None = attr.field(default=None)


@attr.define
class WhenceGapsRunFacet(RunFacet):
    """``whence_gaps``: what of a run's lineage could not be resolved, and why.

    An event without it is complete as far as Whence knows. The codes are those of
    `whence.model.GAP_CODES`.
    """

    gaps: list[GapField]

    @staticmethod
    def _get_schema() -> str:
        return schema_url("WhenceGapsRunFacet")


@attr.define
class WhenceCodeJobFacet(JobFacet):
    """``whence_code``: which code ran, beyond ``sourceCodeLocation`` and ``sql``.

    Attributes:
        dirty: Whether the working folder differed from the commit; absent where nobody looked.
        textHash: HMAC-SHA-256, under the installation's own key, of the code's text before
            literals were masked. It tells changed code from unchanged without showing it.
        masked: Whether the ``sql`` facet's literals are masked.
    """

    dirty: bool | None = attr.field(default=None)
    textHash: str | None = attr.field(default=None)
    masked: bool | None = attr.field(default=None)

    @staticmethod
    def _get_schema() -> str:
        return schema_url("WhenceCodeJobFacet")


@attr.define
class WhenceOwnerRunFacet(RunFacet):
    """``whence_owner``: who ran it, and where.

    The only facet of Whence's, beside the standard ``ownership``, that names a person; it can be
    switched off, and a store can erase it without touching the rest of the record.
    """

    user: str | None = attr.field(default=None)
    host: str | None = attr.field(default=None)

    @staticmethod
    def _get_schema() -> str:
        return schema_url("WhenceOwnerRunFacet")


def gaps_facet(gaps: Iterable[Gap]) -> dict[str, RunFacet]:
    """The ``whence_gaps`` facet, each gap once and sorted; {} for none."""
    fields = [GapField(gap.code, gap.reason, gap.where or None) for gap in sorted(set(gaps))]
    return {"whence_gaps": WhenceGapsRunFacet(gaps=fields)} if fields else {}


def code_facet(
    dirty: bool | None = None, text_hash: str | None = None, masked: bool | None = None
) -> dict[str, JobFacet]:
    """The ``whence_code`` facet; {} where nothing is known. See `WhenceCodeJobFacet`."""
    if dirty is None and text_hash is None and masked is None:
        return {}
    return {"whence_code": WhenceCodeJobFacet(dirty=dirty, textHash=text_hash, masked=masked)}


def owner_facet(user: str | None, host: str | None = None) -> dict[str, RunFacet]:
    """The ``whence_owner`` facet; {} where neither is known."""
    if not user and not host:
        return {}
    return {"whence_owner": WhenceOwnerRunFacet(user=user or None, host=host or None)}
