"""Which dialect a text is written in, where nobody says: the one that leaves the fewest gaps.

Must not read text itself; the caller does, dialect by dialect.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable

from whence.sql.results import ScriptLineage
from whence.sql.words import words

PREFERENCE = (
    "postgres",
    "snowflake",
    "bigquery",
    "databricks",
    "duckdb",
    "redshift",
    "tsql",
    "mysql",
    "oracle",
    "trino",
    "clickhouse",
    "hive",
    "teradata",
    "sqlite",
    "",
)
"""What is tried; of equals the first is taken."""

NO_DIALECT_HELPS = frozenset(
    {"star-unknown-table", "dynamic-sql", "size-limit", "ambiguous-column"}
)
"""Gaps that say nothing against a dialect."""

SAMPLE = 20_000
"""Characters of a text that are searched for signs."""

_SIGNS: tuple[tuple[str, str], ...] = (
    (r"`", "bigquery databricks mysql hive clickhouse"),
    (r"`[\w-]+\.[\w-]+\.", "bigquery"),
    (r"(?<![\w\])\"`])\[[a-z_]\w*\]", "tsql"),
    (r"::\s*\w", "postgres snowflake redshift duckdb databricks"),
    (r"\bqualify\b", "snowflake bigquery databricks duckdb redshift teradata"),
    (
        r"\bflatten\s*\(|\b\w+:[a-z_\"]|\biff\s*\(|@\w+[/;\s]|\btry_to_\w+|\bobject_construct",
        "snowflake",
    ),
    (r"\bmd5_hex\b|\bsha[12]_(hex|binary)\b|\bhash_agg\b|\bparse_json\s*\(", "snowflake"),
    (r"\bsafe_(cast|divide|offset)\b|\bin\s+unnest\b|\bexcept\s*\(|\bstruct\s*\(", "bigquery"),
    (r"\b(int|float)64\b|\bml\.predict\b|\bcountif\s*\(|\bgenerate_\w+_array", "bigquery"),
    (r"\btop\s+\(?\d|\bnolock\b|\bgetdate\s*\(|\b(cross|outer)\s+apply\b", "tsql"),
    (r"^[ \t]*go[ \t]*$|@\w+\s*=|\bhashbytes\s*\(|\bexec\s+\w", "tsql"),
    (r"\bnvl2?\s*\(|\bsysdate\b|\bconnect\s+by\b|\brownum\b|\(\+\)|\bfrom\s+dual\b", "oracle"),
    (r"\blateral\s+view\b|\bdistribute\s+by\b|\bstored\s+as\b", "hive databricks"),
    (r"\b(pos)?explode(_outer)?\s*\(|\b(inline|stack)\s*\(", "databricks hive"),
    (r"\busing\s+delta\b|\binsert\s+overwrite\b", "databricks"),
    (r"\bilike\b|\breturning\b|->>|\bjsonb\b|\$\$|\bgenerate_series\s*\(", "postgres"),
    (r"\bdistkey\b|\bsortkey\b|\bdiststyle\b|\bunload\s*\(", "redshift"),
    (r"\bifnull\s*\(|\bon\s+duplicate\s+key\b|\bauto_increment\b|\bgroup_concat\s*\(", "mysql"),
    (r"\bread_(parquet|csv|json)\w*\s*\(|\bexclude\s*\(|\bcolumns\s*\(|\bby\s+name\b", "duckdb"),
    (r"\*\s+(not\s+)?(like|glob|similar)\b|\bselect\s+unnest\s*\(", "duckdb"),
    (r"\bto_utf8\s*\(|\bchecksum\s*\(|\bhmac_sha\d+\s*\(", "trino"),
    (r"\bcross\s+join\s+unnest\b|\bapprox_distinct\s*\(|\btry\s*\(", "trino"),
    (
        r"\barray\s+join\b|\bengine\s*=\s*\w*mergetree\b|\bfinal\b|(?-i:\b(to|uniq)[A-Z]\w+\()",
        "clickhouse",
    ),
    (r"^[ \t]*sel\s|\bvolatile\s+table\b|\bprimary\s+index\b", "teradata"),
    (r"\bpragma\b|\bautoincrement\b|\bstrftime\s*\(", "sqlite"),
)
"""What speaks for dialects: a pattern, and those that have it."""

_PATTERNS = [
    (re.compile(pattern, re.IGNORECASE | re.MULTILINE), words(names)) for pattern, names in _SIGNS
]


def likely(sql: str) -> list[str]:
    """The dialects to try, the likeliest first."""
    signs: Counter[str] = Counter()
    sample = sql[:SAMPLE]
    for pattern, names in _PATTERNS:
        if pattern.search(sample):
            signs.update(names)
    return sorted(PREFERENCE, key=lambda name: (-signs[name], PREFERENCE.index(name)))


def best(
    sql: str,
    read: Callable[[str], ScriptLineage],
    first: str | None = None,
    max_seconds: float = 4.0,
) -> ScriptLineage:
    """The best answer for ``sql``: the fewest gaps, then the most columns with sources.

    Args:
        sql: The text.
        read: Its lineage in a dialect.
        first: A dialect to prefer to all others, e.g. that of a project's settings.
        max_seconds: After this no further dialect is tried.
    """
    until = time.monotonic() + max_seconds
    order = likely(sql)
    if first is not None:
        order = [first, *(name for name in order if name != first)]
    answers: list[ScriptLineage] = []
    for name in order:
        answers.append(read(name))
        if {gap.code for gap in answers[-1].gaps} <= NO_DIALECT_HELPS:
            return answers[-1]
        if time.monotonic() > until:
            break
    return min(answers, key=_faults)  # the first of equals


def _faults(lineage: ScriptLineage) -> tuple[int, int]:
    """How many gaps there are, and (negative) how many columns have sources."""
    statements = lineage.statements
    found = sum(bool(column.inputs) for each in statements for column in each.columns)
    return sum(len(each.gaps) for each in statements), -found
