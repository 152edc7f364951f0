"""The job's facets: its kind, its SQL, its code, its people.

Must not redact or mask: texts come in as they may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from openlineage.client.generated import (
    documentation_job,
    job_type_job,
    ownership_job,
    source_code_location_job,
    sql_job,
    tags_job,
)
from openlineage.client.generated.base import JobFacet

from whence.events.values import Owner, SourceLocation, Tag


def job_type_facet(
    integration: str, job_type: str, processing_type: str = "BATCH"
) -> dict[str, JobFacet]:
    """The ``jobType`` facet (2-0-4), e.g. ``("DBT", "MODEL")``."""
    facet = job_type_job.JobTypeJobFacet(
        processingType=processing_type, integration=integration, jobType=job_type
    )
    return {"jobType": facet}


def sql_facet(query: str | None, dialect: str | None = None) -> dict[str, JobFacet]:
    """The ``sql`` facet (1-1-0), or {} where there is no text; ``dialect`` e.g. ``duckdb``."""
    return {"sql": sql_job.SQLJobFacet(query=query, dialect=dialect)} if query else {}


def job_documentation_facet(text: str | None) -> dict[str, JobFacet]:
    """The ``documentation`` facet of a job (1-1-0), or {} where there is no text."""
    if not text:
        return {}
    return {"documentation": documentation_job.DocumentationJobFacet(description=text)}


def job_ownership_facet(owners: Iterable[Owner]) -> dict[str, JobFacet]:
    """The ``ownership`` facet of a job (1-0-1), in the given order; {} for none."""
    people = [ownership_job.Owner(name=owner.name, type=owner.type) for owner in owners]
    return {"ownership": ownership_job.OwnershipJobFacet(owners=people)} if people else {}


def job_tags_facet(tags: Iterable[Tag]) -> dict[str, JobFacet]:
    """The ``tags`` facet of a job (1-0-0), in the given order; {} for none."""
    fields = [
        tags_job.TagsJobFacetFields(key=tag.key, value=tag.value, source=tag.source) for tag in tags
    ]
    return {"tags": tags_job.TagsJobFacet(tags=fields)} if fields else {}


def source_code_location_facet(location: SourceLocation | None) -> dict[str, JobFacet]:
    """The ``sourceCodeLocation`` facet (1-1-0) of code under git; {} for None.

    Its ``url`` leads to the file at the commit, as GitHub and GitLab spell it. A repository
    without a remote has no address that holds elsewhere: then it is ``git:<commit>``.
    Whether the working folder differed from the commit has no field: see ``whence_code``.
    """
    if location is None:
        return {}
    repo_url = _without_login(location.repo_url) if location.repo_url else None
    facet = source_code_location_job.SourceCodeLocationJobFacet(
        type="git",
        url=_web_url(location, repo_url),
        repoUrl=repo_url,
        path=location.path,
        version=location.version,
        tag=location.tag,
        branch=location.branch,
        pullRequestNumber=location.pull_request,
    )
    return {"sourceCodeLocation": facet}


def _without_login(repo_url: str) -> str:
    """The remote without user, password and parameters; ssh's ``git@`` is everybody's."""
    scheme, separator, rest = repo_url.partition("://")
    if not separator:
        return repo_url
    rest = re.split(r"[?#]", rest)[0]
    user, _, place = rest.rpartition("@")
    kept = "git@" if scheme == "ssh" and user.partition(":")[0] == "git" else ""
    return f"{scheme}://{kept}{place}"


def _web_url(location: SourceLocation, repo_url: str | None) -> str:
    revision = location.version or location.branch or "HEAD"
    found = re.match(
        r"(?:[a-z+]+://)?(?:[^/@]+@)?([^/:@]+)(?::\d+(?=/))?[:/]+(.+?)(?:\.git)?/?$", repo_url or ""
    )
    if found is None or not repo_url or repo_url.startswith(("/", ".", "file:")):
        return f"git:{quote(revision)}"
    return f"https://{found[1]}/{found[2]}/blob/{quote(revision)}/{quote(location.path)}"
