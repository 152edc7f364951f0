"""What to do about each kind of gap.

Must not know which gaps there are in an answer.
"""

from __future__ import annotations

ADVICE: dict[str, str] = {
    "ambiguous-column": "name the table in front of the column, or give the columns of the tables"
    " with --schema FILE or --connect URL",
    "dynamic-sql": "run it on the text that is sent to the database: of dbt, target/compiled",
    "extraction-failed": "this is a fault of Whence; the statement and WHENCE_HOME/errors.ndjson"
    " make a good report",
    "no-compiled-sql": "run dbt compile, and read target/compiled",
    "opaque-code": "what it returns cannot be seen in SQL; the tables are named all the same",
    "opaque-statement": "nothing, where it moves no data; else try another --dialect",
    "parse-error": "try --dialect auto, or the dialect it is written in",
    "schema-conflict": "bring --schema up to date: the statement and the table do not fit",
    "schema-unavailable": "see that the database answers, or give the columns with --schema FILE",
    "size-limit": "raise WHENCE_SQL_MAX_BYTES, or cut the text between statements",
    "star-unknown-table": "tell what columns the table has: --schema FILE or --connect URL",
    "time-limit": "cut the text between statements",
    "too-deep": "install whence-core[compiled], whose parser goes deeper",
    "unknown-column": "check the spelling, or bring --schema up to date",
    "unknown-dialect": "name one that is known: whence sql --help",
    "unsupported": "the tables are right; these columns are not resolved yet",
}
"""A sentence for each of `whence.model.GAP_CODES`."""
