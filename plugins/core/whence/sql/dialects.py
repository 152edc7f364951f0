"""What differs between dialects beyond syntax: names, aliases, recursion.

Must not read statements; the parser and the builders ask here.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from whence.sql.words import words

# Snowflake, Redshift, Spark ... let a select item use the alias of an earlier one.
LATERAL_ALIASES = words(
    """
    snowflake redshift databricks spark spark2 hive duckdb clickhouse teradata
    """
)
# HAVING, QUALIFY and expressions in ORDER BY see columns alone; in all others, aliases as well.
NO_LATE_ALIASES = words("postgres materialize risingwave tsql fabric oracle trino presto athena")
# A subquery in FROM sees the items before it without LATERAL.
LATERAL_SUBQUERIES = frozenset({"duckdb"})
# What folds names without quotes to upper or to lower case; with quotes they stand.
FOLDS_UP = frozenset({"snowflake", "oracle", "db2", "exasol"})
FOLDS_DOWN = frozenset({"postgres", "materialize", "risingwave"})
# An unqualified name means the alias even where a table has such a column.
ALIAS_BEFORE_COLUMN = frozenset({"clickhouse"})
# No RECURSIVE keyword: a common table expression that names itself is recursive.
IMPLICIT_RECURSION = frozenset(["tsql", "fabric", "oracle", "teradata", "snowflake", "exasol"])
# GROUP BY takes columns alone: a select item's alias means nothing there.
GROUPS_BY_COLUMN = frozenset({"tsql", "fabric", "oracle", "trino", "presto", "athena"})
# Under a star, columns that USING merged stay where the left side has them.
MERGED_IN_PLACE = frozenset({"", "duckdb", "sqlite", "clickhouse"})
# t.* as well lists the columns first by which t was joined with USING.
KEYS_FIRST = frozenset({"spark", "databricks"})
# UPDATE and DELETE may name a query: they change the table behind it.
WRITES_THROUGH = frozenset({"tsql", "fabric", "oracle"})
# SELECT ... INTO fills variables; elsewhere it does so in blocks alone, and makes a table.
FILLS_VARIABLES = words("oracle mysql snowflake teradata singlestore doris starrocks exasol")
# A variable within a statement bears a colon: a bare name there is a column.
MARKS_VARIABLES = frozenset({"snowflake"})
# A variable or parameter comes before a column of its name; elsewhere the column does.
VARIABLE_FIRST = frozenset({"mysql", "doris", "starrocks", "singlestore"})
# USER without parentheses is the session's user there, and an ordinary name elsewhere.
USER_FUNCTION = words(
    """
    postgres redshift materialize risingwave tsql fabric oracle teradata exasol db2 duckdb
    """
)
# What the columns of a VALUES list are called, and the number of the first; col1 elsewhere.
VALUES_COLUMNS = {
    "duckdb": ("col", 0),
    "mysql": ("column_", 0),
    "trino": ("_col", 0),
    "presto": ("_col", 0),
    "athena": ("_col", 0),
    **dict.fromkeys(("postgres", "redshift", "snowflake", "sqlite"), ("column", 1)),
}
# A table's name means its row in most dialects, and nothing where columns are meant in these.
NO_ROW_VALUES = frozenset({"mysql", "doris", "starrocks", "singlestore", "tsql", "fabric"})


# The schema that ``db..t`` leaves out.
OWN_SCHEMA = {"tsql": "dbo", "fabric": "dbo", "snowflake": "PUBLIC"}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one dialect.

    Attributes:
        name: sqlglot's name of it, "" for generic SQL.
        dialect: sqlglot's object, ready to parse.
        known: False where the caller's dialect is not known and generic SQL stands in.
    """

    name: str
    dialect: Dialect
    known: bool = True

    @property
    def alias_before_column(self) -> bool:
        return self.name in ALIAS_BEFORE_COLUMN

    @property
    def columns_function(self) -> bool:
        return self.name in ("duckdb", "clickhouse")

    @property
    def fills_variables(self) -> bool:
        return self.name in FILLS_VARIABLES

    @property
    def groups_by_alias(self) -> bool:
        return self.name not in GROUPS_BY_COLUMN

    @property
    def implicit_recursion(self) -> bool:
        return self.name in IMPLICIT_RECURSION

    @property
    def lateral_aliases(self) -> bool:
        return self.name in LATERAL_ALIASES

    @property
    def keys_first(self) -> bool:
        return self.name in KEYS_FIRST

    @property
    def marks_variables(self) -> bool:
        return self.name in MARKS_VARIABLES

    @property
    def variable_first(self) -> bool:
        return self.name in VARIABLE_FIRST

    @property
    def merged_first(self) -> bool:
        return self.name not in MERGED_IN_PLACE

    @property
    def late_aliases(self) -> bool:
        return self.name not in NO_LATE_ALIASES

    @property
    def lateral_subqueries(self) -> bool:
        return self.name in LATERAL_SUBQUERIES

    def key(self, identifier: exp.Expr) -> str:
        """What tells the name ``identifier`` from others; most databases ignore its case."""
        name: str = identifier.name
        if self.name == "clickhouse":
            return name
        folds_up = self.name in FOLDS_UP
        if not folds_up and self.name not in FOLDS_DOWN:
            return name.lower()
        if identifier.args.get("quoted"):
            return name
        return name.upper() if folds_up else name.lower()

    @property
    def own_schema(self) -> str:
        return OWN_SCHEMA.get(self.name, "")

    @property
    def row_values(self) -> bool:
        return self.name not in NO_ROW_VALUES

    @property
    def returns_into(self) -> bool:
        """Whether the rows that a statement returns may go to a table (OUTPUT ... INTO)."""
        return self.name in ("tsql", "fabric")

    @property
    def user_function(self) -> bool:
        return not self.name or self.name in USER_FUNCTION

    def values_column(self, position: int) -> str:
        """The name of the column at ``position`` (from 0) of a VALUES list without names."""
        stem, first = VALUES_COLUMNS.get(self.name, ("col", 1))
        return f"{stem}{first + position}"

    @property
    def writes_through(self) -> bool:
        return self.name in WRITES_THROUGH


SYNONYMS = {
    "postgresql": "postgres",
    "mssql": "tsql",
    "sqlserver": "tsql",
    "synapse": "tsql",
    "mariadb": "mysql",
    "sparksql": "spark",
    "ansi": "",
    "generic": "",
    "greenplum": "postgres",
    "pyspark": "spark",
    "cockroachdb": "postgres",
    "db2": "",
    "flink": "",
    "impala": "hive",
    "netezza": "postgres",
    "timescaledb": "postgres",
    "vertica": "postgres",
    "yugabyte": "postgres",
}
_RULES: dict[str, Rules] = {}


def rules(name: str) -> Rules:
    """The rules of the dialect called ``name``, in any case and under its usual other names."""
    if name not in _RULES:
        folded = SYNONYMS.get(name.lower().strip(), name.lower().strip())
        found = Dialect.get(folded) if folded else Dialect
        if found is None:
            return Rules("", Dialect(), known=False)
        _RULES[name] = Rules(folded, found())
    return _RULES[name]


def dialect_names() -> list[str]:
    """Every name that `rules` knows, sorted."""
    return sorted({*Dialect.classes, *SYNONYMS} - {""})
