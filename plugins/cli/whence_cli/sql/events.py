"""The lineage of SQL as OpenLineage events: a job that is declared, without a run.

Must not ask for the time: it comes in.
"""

from __future__ import annotations

from importlib.metadata import version

from whence.events import (
    Job,
    canonical,
    column_lineage_facets,
    input_dataset,
    job_event,
    job_type_facet,
    lineage_job_facet,
    output_dataset,
    producer,
    schema_facet,
    sql_facet,
)
from whence.model import Lineage
from whence.presentation import Presentation


def event(namespace: str, name: str, sql: str, lineage: Lineage, dialect: str, time: str) -> bytes:
    """The job ``name``, which runs ``sql``, as one JobEvent in canonical JSON.

    Args:
        namespace: Of the job.
        name: Of the job.
        sql: Its text; secrets in it are taken out.
        lineage: What it reads and writes.
        dialect: sqlglot's name, "" for generic SQL.
        time: When this is what the job does, ISO-8601 with a time zone.
    """
    shown = Presentation(masked=False, dialect=dialect or None)
    known = shown.lineage(lineage)
    facets = {
        **job_type_facet("SQL", "QUERY"),
        **sql_facet(shown.sql(sql), dialect or None),
        **lineage_job_facet(known),
    }
    outputs = [
        output_dataset(
            each,
            {**schema_facet(known.schemas.get(each, ())), **column_lineage_facets(known, each)},
        )
        for each in known.outputs
    ]
    return canonical(
        job_event(
            time,
            Job(namespace, name, facets),
            producer=producer("plugins/cli", version("whence-cli")),
            inputs=[input_dataset(each) for each in known.inputs],
            outputs=outputs,
        )
    )
