"""Names: what OpenLineage's naming specification says of each system, and no exception ever."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence.model import Dataset
from whence.naming import SYSTEMS, file, stored, system, uri

NAMES = [
    ("postgres", {"host": "h", "port": 6543, "dbname": "d"}, "postgres://h:6543", "d.s.t"),
    ("postgres", {"host": "h", "dbname": "d", "pass": "x"}, "postgres://h:5432", "d.s.t"),
    (
        "redshift",
        {"host": "c1.abc.eu-west-1.redshift.amazonaws.com", "dbname": "d"},
        "redshift://c1.eu-west-1:5439",
        "d.s.t",
    ),
    (
        "redshift",
        {"host": "wg.123.us-east-1.redshift-serverless.amazonaws.com", "dbname": "d"},
        "redshift://wg.us-east-1:5439",
        "d.s.t",
    ),
    ("redshift", {"host": "proxy.local", "dbname": "d"}, "redshift://proxy.local:5439", "d.s.t"),
    ("snowflake", {"account": "org-acc", "database": "d"}, "snowflake://org-acc", "d.s.t"),
    (
        "snowflake",
        {"account": "gp1.us-east-1", "database": "d"},
        "snowflake://gp1.us-east-1.aws",
        "d.s.t",
    ),
    (
        "snowflake",
        {"account": "gp1.eu.azure", "database": "d"},
        "snowflake://gp1.eu.azure",
        "d.s.t",
    ),
    (
        "snowflake",
        {"host": "org-acc.snowflakecomputing.com", "database": "d"},
        "snowflake://org-acc",
        "d.s.t",
    ),
    ("bigquery", {"project": "p"}, "bigquery", "p.s.t"),
    (
        "databricks",
        {"host": "https://adb-1.azuredatabricks.net/", "catalog": "c"},
        "unitycatalog://adb-1.azuredatabricks.net",
        "c.s.t",
    ),
    (
        "databricks",
        {"host": "adb-1", "catalog": "hive_metastore"},
        "databricks://adb-1",
        "hive_metastore.s.t",
    ),
    ("trino", {"host": "h", "database": "c"}, "trino://h:8080", "c.s.t"),
    ("starburst", {"host": "h", "port": 443, "database": "c"}, "trino://h:443", "c.s.t"),
    (
        "athena",
        {"region_name": "eu-west-1"},
        "awsathena://athena.eu-west-1.amazonaws.com",
        "awsdatacatalog.s.t",
    ),
    (
        "glue",
        {"region": "eu-west-1", "role_arn": "arn:aws:iam::1234:role/x"},
        "arn:aws:glue:eu-west-1:1234",
        "table/s/t",
    ),
    ("sqlserver", {"server": "h,1444", "database": "d"}, "mssql://h:1444", "d.s.t"),
    ("mssql", {"host": "h", "database": "d"}, "mssql://h:1433", "d.s.t"),
    ("synapse", {"server": "h", "database": "d"}, "sqlserver://h:1433", "s.t"),
    (
        "fabric",
        {"server": "x.fabric.microsoft.com", "database": "d"},
        "fabric-warehouse://x.fabric.microsoft.com",
        "d.s.t",
    ),
    ("clickhouse", {"host": "h"}, "clickhouse://h:8123", "s.t"),
    ("mysql", {"server": "h"}, "mysql://h:3306", "s.t"),
    ("oracle", {"host": "h", "service": "svc"}, "oracle://h:1521", "svc.s.t"),
    ("teradata", {"host": "h"}, "teradata://h:1025", "s.t"),
    ("spark", {"host": "h", "port": 10000}, "spark://h:10000", "s.t"),
    ("spark", {"host": "h", "metastore": "thrift://ms:9083"}, "hive://ms:9083", "s.t"),
    ("hive", {"host": "h"}, "hive://h:10000", "s.t"),
    ("dremio", {"software_host": "h", "port": 31010}, "dremio://h:31010", "s.t"),
    ("sqlite", {"path": "/data/x.db"}, "sqlite:///data/x.db", "s.t"),
    ("duckdb", {"path": "/data/shop.duckdb"}, "duckdb:///data/shop.duckdb", "shop.s.t"),
    ("duckdb", {"path": ":memory:"}, "duckdb://:memory:", "memory.s.t"),
    ("duckdb", {}, "duckdb://:memory:", "memory.s.t"),
    ("duckdb", {"path": "md:shop?motherduck_token=secret"}, "duckdb://md:", "shop.s.t"),
    (
        "duckdb",
        {"path": "s3://lake/shop.duckdb?key=secret"},
        "duckdb:s3://lake/shop.duckdb",
        "shop.s.t",
    ),
    ("newdb", {"host": "user:pw@h:77", "port": 77}, "newdb://h:77", "s.t"),
    ("newdb", {}, "newdb", "s.t"),
]


@pytest.mark.parametrize(("type", "fields", "namespace", "name"), NAMES)
def test_a_table_is_named_as_the_specification_says(
    type: str, fields: dict[str, object], namespace: str, name: str
) -> None:
    """One row a system: the connection's fields as dbt and Airflow know them."""
    connected = system(type, fields)
    assert connected.dataset(None, "s", "t") == Dataset(namespace, name)
    assert connected.namespace == namespace


def test_a_relative_duckdb_path_starts_from_the_process_that_named_it() -> None:
    """Two working folders agree on the same file."""
    here = system("duckdb", {"path": "target/shop.duckdb"}, "/data/shop")
    there = system("duckdb", {"path": "../shop/target/shop.duckdb"}, "/data/other")
    assert here.namespace == there.namespace == "duckdb:///data/shop/target/shop.duckdb"


def test_an_attached_database_is_named_after_its_own_file() -> None:
    """A process that opens the file itself names its tables alike."""
    attach = [{"path": "/data/raw.duckdb", "alias": "landing"}]
    shop = system("duckdb", {"path": "/data/shop.duckdb", "attach": attach})
    raw = system("duckdb", {"path": "/data/raw.duckdb"})
    assert shop.dataset("landing", "main", "t") == raw.dataset("raw", "main", "t")
    assert shop.dataset("shop", "main", "t").namespace == "duckdb:///data/shop.duckdb"


def test_an_attached_server_is_named_without_its_connection_string() -> None:
    """Tables of a Postgres behind DuckDB are that Postgres's tables; its password is not there."""
    attach = [
        {"path": "dbname=crm host=pg user=u password=secret", "alias": "a", "type": "postgres"},
        {"path": "postgresql://u:secret@pg:5433/crm", "alias": "b", "type": "postgres"},
        {"path": "/data/x.sqlite", "alias": "c", "type": "sqlite"},
    ]
    shop = system("duckdb", {"path": "shop.duckdb", "attach": attach})
    assert shop.dataset("a", "public", "t") == Dataset("postgres://pg:5432", "crm.public.t")
    assert shop.dataset("b", "public", "t") == Dataset("postgres://pg:5433", "crm.public.t")
    assert shop.dataset("c", "main", "t") == Dataset("sqlite:///data/x.sqlite", "t")


@given(
    st.sampled_from([*SYSTEMS, "unheard-of"]),
    st.dictionaries(
        st.sampled_from(["host", "server", "port", "account", "path", "database", "role_arn"]),
        st.none() | st.text() | st.integers() | st.lists(st.text()),
    ),
    st.none() | st.text(max_size=5),
)
def test_no_connection_makes_naming_fail(
    type: str, fields: dict[str, object], database: str | None
) -> None:
    """Whatever the fields hold, every table has a namespace and a name, always the same."""
    first = system(type, fields, "/w").dataset(database, "s", "t")
    assert first.namespace
    assert first.name.endswith("t")
    assert system(type, dict(fields), "/w").dataset(database, "s", "t") == first


def test_identifiers_are_stored_as_the_system_folds_them() -> None:
    """Quoted ones stay as they are."""
    assert stored("snowflake", "orders") == "ORDERS"
    assert stored("postgresql", "Orders") == "orders"
    assert stored("postgres", "Orders", quoted=True) == "Orders"
    assert stored("duckdb", "Orders") == "Orders"


@pytest.mark.parametrize(
    ("text", "namespace", "name"),
    [
        ("s3a://bucket/raw/o.csv", "s3://bucket", "raw/o.csv"),
        ("s3://key:secret@bucket/raw/o.csv?x=1", "s3://bucket", "raw/o.csv"),
        ("gs://bucket/a", "gs://bucket", "a"),
        ("abfss://c@acc.dfs.core.windows.net/a/b", "abfss://c@acc.dfs.core.windows.net", "a/b"),
        ("hdfs://nn:8020/a/b", "hdfs://nn:8020", "/a/b"),
        ("file:///a/b.csv", "file", "/a/b.csv"),
        ("file:/a/b.csv", "file", "/a/b.csv"),
        ("/a/./c/../b.csv", "file", "/a/b.csv"),
        ("b.csv", "file", "/w/b.csv"),
        ("C:\\a\\b.csv", "file", "C:/a/b.csv"),
        ("s3://bucket", "s3://bucket", "/"),
    ],
)
def test_a_file_is_named_by_its_store_and_path(text: str, namespace: str, name: str) -> None:
    """Schemes of one store become one; logins and queries are left out."""
    assert uri(text, "/w") == Dataset(namespace, name)


def test_a_path_without_a_folder_starts_from_this_process() -> None:
    """Where nobody says which folder, it is the current one."""
    assert file("x.csv") == Dataset("file", os.path.join(os.getcwd(), "x.csv"))


def test_naming_with_openlineages_builders_does_not_load_openlineage() -> None:
    """Hosts name datasets; openlineage.client costs them 0.25 to 0.4 s."""
    program = (
        "import sys; from whence.naming import system; "
        "print(system('postgres', {'host': 'h', 'dbname': 'd'}).dataset(None, 's', 't').name, "
        "'openlineage.client' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["d.s.t", "False"]
