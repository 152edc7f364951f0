"""Names of tables: what is known of a connection, by system -> namespace and name.

Must not fail: a system or a connection that is not understood gets ``type://host[:port]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from whence.model import Dataset
from whence.naming import duckdb
from whence.naming.builders import build
from whence.naming.connection import Connection, Table


@dataclass(frozen=True, slots=True)
class System:
    """A connected system, ready to name its tables.

    Attributes:
        type: E.g. ``postgres``; as dbt's adapters and Airflow's connections call it.
        connection: What is known of the connection.
    """

    type: str
    connection: Connection

    @property
    def namespace(self) -> str:
        """The namespace of the connection's own database."""
        return self.dataset(self.connection.database or "-", "-", "-").namespace

    def dataset(self, database: str | None, schema: str | None, table: str) -> Dataset:
        """The dataset of one table or view.

        Args:
            database: Database, catalogue or project as the system stores it; None for the
                connection's own, where the system has such a level at all.
            schema: Schema or dataset; None or "" where there is none.
            table: The table's own name.
        """
        named = Table(database or self.connection.database, schema or "", table)
        try:
            return SYSTEMS.get(self.type, generic)(self.connection, named)
        except ValueError:
            return generic(self.connection, named)


def system(type: str, connection: Mapping[str, object], cwd: str = "") -> System:
    """The system that a connection leads to.

    Args:
        type: dbt's adapter type or Airflow's connection type, e.g. ``postgres``, ``snowflake``.
        connection: The connection's fields as dbt's profiles and Airflow's connections call them
            (``host``/``server``, ``port``, ``dbname``/``database``, ``account``, ``path`` ...).
            Secrets among them are not looked at.
        cwd: The folder that relative paths start from; empty for this process's own.
    """
    known = _ALIASES.get(type.lower(), type.lower())
    return System(known, Connection(known, connection, cwd))


def stored(type: str, identifier: str, quoted: bool = False) -> str:
    """How a system stores an identifier that SQL spells ``identifier``.

    Args:
        type: As in `system`.
        identifier: Without its quotes.
        quoted: Whether it had quotes; then it is stored as it stands.
    """
    fold = _FOLDS.get(_ALIASES.get(type.lower(), type.lower()))
    return identifier if quoted or fold is None else fold(identifier)


def column_fold(type: str) -> Callable[[str], str] | None:
    """What a system does to column names without quotes; None where it keeps them as written."""
    known = _ALIASES.get(type.lower(), type.lower())
    return None if known in _KEEPS_COLUMNS else _FOLDS.get(known)


def generic(connection: Connection, table: Table) -> Dataset:
    """``type://host[:port]`` and the dotted name; ``type`` alone where no host is known."""
    host, port = connection.host, connection.port(connection.default_port)
    if not host:
        return Dataset(connection.type, table.dotted)
    return Dataset(f"{connection.type}://{host}" + (f":{port}" if port else ""), table.dotted)


def _three_part(builder: str, port: str, database: str = "database") -> _Namer:
    """A namer for builders of host, port, database (under another name), schema and table."""

    def name(connection: Connection, table: Table) -> Dataset:
        return build(
            builder,
            host=connection.host,
            port=connection.port(port),
            schema=table.schema,
            table=table.table,
            **{database: table.database},
        )

    return name


def _two_part(builder: str, port: str, database: str = "database") -> _Namer:
    """A namer for builders of host, port, one level above the table, and the table.

    That level is what dbt and SQL call the schema.
    """

    def name(connection: Connection, table: Table) -> Dataset:
        return build(
            builder,
            host=connection.host,
            port=connection.port(port),
            table=table.table,
            **{database: table.schema or table.database},
        )

    return name


def _by_host(scheme: str, port: str = "") -> _Namer:
    """A namer for ``scheme://host[:port]`` with dotted names, where no builder exists."""

    def name(connection: Connection, table: Table) -> Dataset:
        return generic(connection.called(scheme, port), table)

    return name


def _snowflake(connection: Connection, table: Table) -> Dataset:
    """``organization-account``, or a locator ``xy12345.region.cloud``.

    Two of a locator's three parts mean AWS. A locator alone stays as it is: OpenLineage's own
    tools add ``us-west-1.aws`` to it, which no such account lives in.
    """
    account = connection.text("account") or connection.host
    account = re.sub(r"\.snowflakecomputing\.(com|cn)$", "", account)
    organization, dash, name = account.partition("-")
    if dash and "." not in account:
        return build(
            "Snowflake",
            organization_name=organization,
            account_name=name,
            database=table.database,
            schema=table.schema,
            table=table.table,
        )
    if not account:
        raise ValueError("a Snowflake connection without an account")
    cloud = ".aws" if account.count(".") == 1 else ""
    return Dataset(f"snowflake://{account}{cloud}", table.dotted)


def _bigquery(connection: Connection, table: Table) -> Dataset:
    return build(
        "BigQuery",
        project_id=table.database or connection.text("project"),
        dataset_name=table.schema,
        table_name=table.table,
    )


def _redshift(connection: Connection, table: Table) -> Dataset:
    """``cluster.region:port``, read from the host that AWS gives to a cluster or work group."""
    found = re.match(
        r"([^.]+)\.[^.]+\.([a-z0-9-]+)\.redshift(?:-serverless)?\.amazonaws\.", connection.host
    )
    if found is None:
        return generic(connection.called("redshift", "5439"), table)
    return build(
        "Redshift",
        cluster_identifier=found[1],
        region=found[2],
        port=connection.port("5439"),
        database=table.database,
        schema=table.schema,
        table=table.table,
    )


def _databricks(connection: Connection, table: Table) -> Dataset:
    """Unity Catalog under the workspace's host; the legacy metastore under ``databricks://``."""
    legacy = table.database.lower() in {"", "hive_metastore"}
    return generic(connection.called("databricks" if legacy else "unitycatalog"), table)


def _athena(connection: Connection, table: Table) -> Dataset:
    return build(
        "Athena",
        region_name=connection.text("region_name", "region"),
        catalog=table.database or "awsdatacatalog",
        database=table.schema,
        table=table.table,
    )


def _glue(connection: Connection, table: Table) -> Dataset:
    """The account is in the role's ARN where it is not given."""
    arn = re.match(r"arn:[^:]+:iam::(\d+):", connection.text("role_arn"))
    return build(
        "AWSGlue",
        region_name=connection.text("region_name", "region"),
        account_id=connection.text("account_id") or (arn[1] if arn else ""),
        database_name=table.schema,
        table_name=table.table,
    )


def _oracle(connection: Connection, table: Table) -> Dataset:
    return build(
        "Oracle",
        host=connection.host,
        port=connection.port("1521"),
        service_name=connection.text("service", "service_name", "sid") or table.database,
        schema=table.schema,
        table=table.table,
    )


def _synapse(connection: Connection, table: Table) -> Dataset:
    return build(
        "AzureSynapse",
        host=connection.host,
        port=connection.port("1433"),
        schema=table.schema,
        table=table.table,
    )


def _spark(connection: Connection, table: Table) -> Dataset:
    """Hive's own name where the metastore is known, so that it equals the Spark listener's.

    A Thrift server or an HTTP endpoint is not the metastore: without ``metastore`` (its URI, as
    ``hive.metastore.uris`` has it) its tables are named by ``spark://host:port``.
    """
    metastore = re.match(r"(?:thrift://)?([^:/,]+)(?::(\d+))?", connection.text("metastore"))
    if metastore is None:
        return generic(connection, replace(table, database=""))
    return build(
        "Hive",
        host=metastore[1],
        port=metastore[2] or "9083",
        database=table.schema or table.database,
        table=table.table,
    )


def _sqlite(connection: Connection, table: Table) -> Dataset:
    path = connection.text("path", "host", "schema_directory", "database")
    return Dataset(
        duckdb.namespace("sqlite", path, connection.cwd), replace(table, database="").dotted
    )


_Namer = Callable[[Connection, Table], Dataset]

SYSTEMS: dict[str, _Namer] = {
    "athena": _athena,
    "bigquery": _bigquery,
    "cassandra": _two_part("Cassandra", "9042", "keyspace"),
    "clickhouse": _by_host("clickhouse", "8123"),
    "crate": _three_part("CrateDB", "5432"),
    "databricks": _databricks,
    "db2": _three_part("DB2", "50000"),
    "dremio": _by_host("dremio"),
    "duckdb": duckdb.table,
    "fabric": _by_host("fabric-warehouse"),
    "glue": _glue,
    "hive": _two_part("Hive", "10000"),
    "mysql": _two_part("MySQL", "3306"),
    "oceanbase": _two_part("OceanBase", "2881"),
    "oracle": _oracle,
    "postgres": _three_part("Postgres", "5432"),
    "redshift": _redshift,
    "snowflake": _snowflake,
    "spark": _spark,
    "sqlite": _sqlite,
    "sqlserver": _by_host("mssql", "1433"),
    "synapse": _synapse,
    "teradata": _two_part("Teradata", "1025"),
    "trino": _three_part("Trino", "8080", "catalog"),
    "vertica": _by_host("vertica", "5433"),
}
"""How each system's tables are named, by the system's type."""

_ALIASES = {
    "alloydb": "postgres",
    "gcpbigquery": "bigquery",
    "google_cloud_platform": "bigquery",
    "greenplum": "postgres",
    "hiveserver2": "hive",
    "mariadb": "mysql",
    "materialize": "postgres",
    "motherduck": "duckdb",
    "mssql": "sqlserver",
    "postgresql": "postgres",
    "presto": "trino",
    "risingwave": "postgres",
    "starburst": "trino",
    "unitycatalog": "databricks",
}
"""Other names of the same systems."""

_FOLDS: dict[str, Callable[[str], str]] = {
    "athena": str.lower,
    "crate": str.lower,
    "databricks": str.lower,
    "db2": str.upper,
    "glue": str.lower,
    "hive": str.lower,
    "oracle": str.upper,
    "postgres": str.lower,
    "redshift": str.lower,
    "snowflake": str.upper,
    "spark": str.lower,
    "trino": str.lower,
}
"""What systems do to identifiers without quotes; the others keep them as they are written."""

_KEEPS_COLUMNS = frozenset({"databricks", "spark"})
"""Systems that fold the names of tables alone."""
