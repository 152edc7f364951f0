"""One peer answers cases: run by `sql_lineage.py` and `sql_scaling.py` in the peer's environment.

Reads ``{"peer", "rounds", "seconds", "schemas", "cases": [{"sql", "dialect", "schema"}]}`` from
standard input, and writes ``{"import_s", "rss_bytes", "answers"}``, each answer with ``ms`` (null
where it failed), ``columns``, ``inputs`` and ``outputs``. Must not import anything of ours.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Case = dict[str, Any]
Answer = tuple[list[tuple[str, list[str]]], list[str], list[str]]
"""Output columns with their sources, tables read, tables written."""


def sqlglot_lineage() -> tuple[Callable[[Case], Any], Callable[[Any], Answer]]:
    """`sqlglot.lineage`, one call for all columns."""
    from sqlglot import exp
    from sqlglot.lineage import lineage

    def run(case: Case) -> Any:
        return lineage(None, case["sql"], schema=nested(case["schema"]), dialect=case["dialect"])

    def nested(schema: dict[str, Any]) -> dict[str, Any]:
        """``{"s.t": ...}`` as ``{"s": {"t": ...}}``, where every name has as many parts."""
        if len({name.count(".") for name in schema}) != 1 or "." not in next(iter(schema)):
            return schema
        found: dict[str, Any] = {}
        for name, columns in schema.items():
            *above, last = name.split(".")
            at = found
            for part in above:
                at = at.setdefault(part, {})
            at[last] = columns
        return found

    def read(nodes: Any) -> Answer:
        columns = []
        for name, root in nodes.items():
            leaves = [node for node in root.walk() if not node.downstream]
            columns.append(
                (
                    name,
                    [
                        f"{leaf.expression.name}.{leaf.name.rsplit('.', 1)[-1].strip(chr(34))}"
                        for leaf in leaves
                        if isinstance(leaf.expression, exp.Table)
                    ],
                )
            )
        tables = {source.rpartition(".")[0] for _, sources in columns for source in sources}
        return columns, sorted(tables), []

    return run, read


def sqlglot_parse() -> tuple[Callable[[Case], Any], Callable[[Any], Answer]]:
    """sqlglot's parser alone: the yardstick."""
    import sqlglot

    return lambda case: sqlglot.parse(case["sql"], read=case["dialect"]), lambda _: ([], [], [])


def datahub() -> tuple[Callable[[Case], Any], Callable[[Any], Answer]]:
    """DataHub's parser; its DuckDB is four times slower than its Postgres, which reads the same."""
    from datahub.sql_parsing._models import _TableName
    from datahub.sql_parsing.schema_resolver import SchemaResolver
    from datahub.sql_parsing.sqlglot_lineage import sqlglot_lineage as parse

    resolvers: dict[tuple[int, str], Any] = {}

    def resolver(case: Case, dialect: str) -> Any:
        known = resolvers.get((id(case["schema"]), dialect))
        if known is None:
            known = SchemaResolver(platform=dialect, env="PROD")
            for table, columns in case["schema"].items():
                parts = [None, None, *table.split(".")][-3:]
                name = _TableName(database=parts[0], db_schema=parts[1], table=parts[2])
                known.add_raw_schema_info(known.get_urn_for_table(name), dict(columns))
            resolvers[id(case["schema"]), dialect] = known
        return known

    def run(case: Case) -> Any:
        dialect = "postgres" if case["dialect"] == "duckdb" else case["dialect"] or "postgres"
        found = parse(
            case["sql"], schema_resolver=resolver(case, dialect), override_dialect=dialect
        )
        if found.debug_info.table_error is not None:
            raise found.debug_info.table_error
        return found

    def name(urn: str | None) -> str:
        return "" if urn is None else urn.split(",")[1]

    def read(found: Any) -> Answer:
        several = len(found.out_tables) > 1
        columns = [
            (
                (f"{name(each.downstream.table)}." if several else "") + each.downstream.column,
                [f"{name(up.table)}.{up.column}" for up in each.upstreams],
            )
            for each in found.column_lineage or ()
        ]
        return columns, [name(urn) for urn in found.in_tables], [name(u) for u in found.out_tables]

    return run, read


WRAP = "whence_bench_result"


def sqllineage() -> tuple[Callable[[Case], Any], Callable[[Any], Answer]]:
    """sqllineage with sqlfluff; it tells columns of what writes alone, so a query is wrapped."""
    from sqllineage.config import SQLLineageConfig
    from sqllineage.core.metadata.dummy import DummyMetaDataProvider
    from sqllineage.runner import LineageRunner

    def run(case: Case) -> Any:
        known = {
            table if "." in table else f"main.{table}": list(columns)
            for table, columns in case["schema"].items()
        }
        sql = case["sql"]
        if sql.lstrip().lower().startswith(("select", "with", "(")):
            sql = f"create table {WRAP} as {sql}"
        known_as = DummyMetaDataProvider(known)
        with SQLLineageConfig(DEFAULT_SCHEMA="main"):
            runner = LineageRunner(
                sql, dialect=case["dialect"] or "ansi", metadata_provider=known_as
            )
            return runner.get_column_lineage(), runner.source_tables, runner.target_tables

    def plain(name: Any) -> str:
        return str(name).removeprefix("main.").removeprefix("<default>.")

    def read(found: Any) -> Answer:
        paths, sources, targets = found
        outputs = [plain(each) for each in targets]
        columns: dict[str, list[str]] = {}
        for path in paths:
            target, source = plain(path[-1]), plain(path[0])
            key = target if len(outputs) > 1 else target.rpartition(".")[2]
            columns.setdefault(key, []).append(source)
        return (
            list(columns.items()),
            [plain(each) for each in sources],
            [each for each in outputs if each != WRAP],
        )

    return run, read


def openlineage_sql() -> tuple[Callable[[Case], Any], Callable[[Any], Answer]]:
    """OpenLineage's own parser in Rust; it takes no schema."""
    import openlineage_sql as peer

    def run(case: Case) -> Any:
        return peer.parse([case["sql"]], case["dialect"] or None)

    def read(found: Any) -> Answer:
        several = len(found.out_tables) > 1
        columns = []
        for each in found.column_lineage:
            origin = each.descendant.origin
            prefix = f"{origin.qualified_name}." if several and origin is not None else ""
            sources = [
                f"{source.origin.qualified_name if source.origin else ''}.{source.name}"
                for source in each.lineage
            ]
            columns.append((prefix + each.descendant.name, sources))
        return (
            columns,
            [each.qualified_name for each in found.in_tables],
            [each.qualified_name for each in found.out_tables],
        )

    return run, read


def sqllineage_rs() -> tuple[Callable[[Case], Any], Callable[[Any], Answer]]:
    """sqllineage-rs with a catalogue of the known tables."""
    import sqllineage as peer

    dialects = {"postgres": "postgresql", "mysql": "mysql", "hive": "hive", "spark": "databricks"}
    dialects |= {each: each for each in ("databricks", "snowflake", "bigquery")}

    class Catalog:
        def __init__(self, schema: dict[str, dict[str, str]]) -> None:
            self.tables = {name.lower(): list(columns) for name, columns in schema.items()}

        def list_columns(self, table: Any) -> list[str] | None:
            return self.tables.get(str(table).lower())

        def resolve_column(self, column: str, candidates: list[Any]) -> Any:
            for each in candidates:
                if column in self.tables.get(str(each).lower(), ()):
                    return each
            return None

    def run(case: Case) -> Any:
        dialect = dialects.get(case["dialect"] or "", "generic")
        return peer.analyze(case["sql"], dialect, Catalog(case["schema"]))

    def read(found: Any) -> Answer:
        outputs = [str(each.tables.output) for each in found if each.tables.output is not None]
        columns: dict[str, list[str]] = {}
        for statement in found:
            for each in statement.columns:
                prefix = f"{each.target.table}." if len(set(outputs)) > 1 else ""
                sources = [f"{s.table}.{s.column}" for s in each.sources if s.kind == "concrete"]
                columns.setdefault(prefix + each.target.column, []).extend(sources)
        inputs = {str(table) for each in found for table in each.tables.inputs}
        return list(columns.items()), sorted(inputs), sorted(set(outputs))

    return run, read


PEERS = {
    "datahub": datahub,
    "openlineage_sql": openlineage_sql,
    "sqlglot_lineage": sqlglot_lineage,
    "sqlglot_parse": sqlglot_parse,
    "sqllineage": sqllineage,
    "sqllineage_rs": sqllineage_rs,
}


def answered(
    run: Callable[[Case], Any],
    read: Callable[[Any], Answer],
    case: Case,
    rounds: int,
    seconds: float,
) -> dict[str, Any]:
    """The answer to one case, and the best CPU time of some rounds within so many seconds."""
    best, found, begun = float("inf"), None, time.process_time()
    try:
        for _ in range(rounds):
            started = time.process_time()
            found = run(case)
            ended = time.process_time()
            best = min(best, ended - started)
            if ended - begun > seconds:
                break
        columns, inputs, outputs = read(found)
    except Exception as error:  # noqa: BLE001 - a peer may raise anything
        return {"ms": None, "error": f"{type(error).__name__}: {error}"[:200]}
    return {"ms": best * 1_000, "columns": columns, "inputs": inputs, "outputs": outputs}


def peak_bytes() -> int:
    """The most memory that this process has used; getrusage counts the parent's as well."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(
        int(line.split()[1]) * 1024
        for line in status.read_text().splitlines()
        if line.startswith("VmHWM")
    )


def main() -> int:
    """Answer all cases of standard input."""
    asked = json.load(sys.stdin)
    schemas = asked["schemas"]
    for case in asked["cases"]:
        case["schema"] = schemas[case["schema"]]
    started = time.process_time()
    run, read = PEERS[asked["peer"]]()
    import_s = time.process_time() - started
    answers = [
        answered(run, read, case, asked["rounds"], asked["seconds"]) for case in asked["cases"]
    ]
    found = {"import_s": import_s, "rss_bytes": peak_bytes(), "answers": answers}
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
