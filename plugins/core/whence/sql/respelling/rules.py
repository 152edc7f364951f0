"""The rules: what each dialect says in its own way, in words that the parser knows.

Must not apply them.
"""

from __future__ import annotations

import re

from whence.sql.respelling.rule import LISTED, NAME, TEXT, rule

_T_SQL = "tsql fabric"
_SPARK = "spark spark2 databricks hive"
_MYSQL = "mysql singlestore doris starrocks"


def _renames(match: re.Match[str]) -> str:
    pairs = re.findall(rf"(?<!\S){NAME}\s+(?:to|as)\s+{NAME}", match.group(1), re.IGNORECASE)
    return "; ".join(f"ALTER TABLE {old} RENAME TO {new}" for old, new in pairs)


def _from_query(match: re.Match[str]) -> str:
    """CREATE without the options between the name and the query."""
    before, kind, name, listed, query = match.groups("")
    words = before.lower().split()
    temporary = "TEMPORARY " if {"temporary", "temp", "volatile"} & set(words) else ""
    materialized = "MATERIALIZED " if "materialized" in words else ""
    return f"CREATE {temporary}{materialized}{kind} {name} {listed} AS {query}"


def _outfile(match: re.Match[str]) -> str:
    before, path, after = match.groups("")
    rest = re.search(r"\bfrom\s.*", after, re.IGNORECASE | re.DOTALL)
    return f"COPY ({before} {'' if rest is None else rest.group()}) TO {path}"


def _load(match: re.Match[str]) -> str:
    path, table, rest = match.groups("")
    listed = re.findall(r"\(([\w\s,`]+)\)\s*(?:set\b|$)", rest, re.IGNORECASE)
    return f"COPY {table} {f'({listed[-1]})' if listed else ''} FROM {path}"


def _compound(match: re.Match[str]) -> str:
    """``SET b += 1`` as ``SET b = t.b + 1``: the column is the table's own."""
    table = match.group(1)

    def whole(each: re.Match[str]) -> str:
        column, sign = each.groups()
        return f"{column} = {column if '.' in column else f'{table}.{column}'} {sign} "

    return re.sub(r"(?<![\w.\[\]])([\w.\[\]]+)\s*([-+*/%|&^])=\s*", whole, match.group())


def _file(match: re.Match[str]) -> str:
    return f"[{match.group(1)[1:-1]}]"


_MOVED = r"INSERT INTO \1 SELECT * FROM \2"
_MOVED_ON = r"INSERT INTO \2 SELECT * FROM \1"

CLAUSES = (
    rule(r"\blog errors\b.*$", "", "oracle"),
    rule(r"\boverriding (?:system|user) value\b", ""),
    rule(r"(?<=\s)with schema evolution\b", "", _SPARK),
    rule(r"\bwith label \w+", "", "doris starrocks"),
    rule(r"^((?:insert|update|delete|merge)) top\s*\([^()]*\)(?: percent)?", r"\1", _T_SQL),
    rule(rf"^(insert (?:into )?{NAME} )with\s*\([^)]*\)", r"\1", _T_SQL),
    rule(r"^update (\S+) .*$", _compound, _T_SQL),
    rule(rf"^delete from {NAME} from\b", r"delete \1 from", _T_SQL),
    rule(rf"\bopenrowset\s*\(\s*bulk {TEXT}[^()]*(?:\([^()]*\)[^()]*)*\)", _file, _T_SQL),
    rule(rf"^(insert into {NAME}\s*{LISTED}?) by position\b", r"\1", "duckdb"),
    rule(
        r"\bdelete where\b(.*?)(?=\bwhen (?:not )?matched\b|$)",
        r" when matched and (\1) then delete ",
        "oracle",
    ),
    rule(
        r"\bremove duplicates\b",
        "when matched then update set * when not matched then insert *",
        "redshift",
    ),
    rule(
        r"^(insert overwrite (?:local )?directory) using \w+ options\s*\(.*?\bpath\s*=?\s*"
        rf"{TEXT}[^)]*\)",
        r"\1 \2",
        _SPARK,
    ),
    rule(
        rf"^(insert overwrite (?:local )?directory {TEXT}) using \w+(?:\s+options\s*\([^)]*\))?",
        r"\1",
        _SPARK,
    ),
    rule(r"^update (\S+) from (\w+) set\b", r"update \1 from \2 as \2 set", "teradata"),
    rule(
        r"^update\s*\((.*)\)\s*(?:\w+\s+)?set\b",
        r"with inline_view as (\1) update inline_view set",
        "oracle",
    ),
    rule(
        r"^delete (?:from\s*)?\((.*?)\)(?:\s+(?!where)\w+)?(\s+where\b.*)?$",
        r"with inline_view as (\1) delete from inline_view \2",
        "oracle",
    ),
    rule(
        rf"^insert into\s*\(\s*select (.*?) from {NAME}[^()]*\)", r"insert into \2 (\1)", "oracle"
    ),
    rule(
        rf"^insert (?:into )?{NAME}\s*{LISTED}?\s*exec(?:ute)?\b.*$",
        r"insert into \1 default values",
        _T_SQL,
        unknown="the rows come from a procedure",
    ),
)

FILES = (
    rule(r"^\\copy\b", "copy", "postgres redshift"),
    rule(rf"^(select\b.*?)\binto (?:outfile|dumpfile|s3|gcs|hdfs) {TEXT}(.*)$", _outfile),
    rule(
        rf"^load (?:data|xml)(?: (?:low_priority|concurrent))?(?: local)? infile {TEXT}"
        rf"(?: (?:replace|ignore))? into table {NAME}(.*)$",
        _load,
        _MYSQL,
    ),
    rule(rf"^bulk insert {NAME} from {TEXT}.*$", r"COPY \1 FROM \2", _T_SQL),
    rule(
        rf"^import into {NAME}\s*{LISTED}? from\b.*?\bfile {TEXT}.*$",
        r"COPY \1 \2 FROM \3",
        "exasol",
    ),
    rule(rf"^export\s*{LISTED} into\b.*?\bfile {TEXT}.*$", r"COPY \1 TO \2", "exasol"),
    rule(rf"^export {NAME} into\b.*?\bfile {TEXT}.*$", r"COPY \1 TO \2", "exasol"),
    rule(rf"^export table {NAME}.*?\bto {TEXT}.*$", r"COPY \1 TO \2", _SPARK),
    rule(rf"^import (?:external )?table {NAME}.*?\bfrom {TEXT}.*$", r"COPY \1 FROM \2", _SPARK),
    rule(rf"^unload\s*(\(.*\)) to {TEXT}.*$", r"COPY \1 TO \2", "athena presto trino"),
    rule(
        rf"^insert into {NAME}\s*{LISTED}?\s*from infile {TEXT}.*$",
        r"COPY \1 \2 FROM \3",
        "clickhouse",
    ),
    rule(rf"^put '?(file:[^\s']+)'? {NAME}.*$", r"COPY INTO \2 FROM '\1'", "snowflake", "PUT"),
)

TABLES = (
    rule(r"\b(?:deep|shallow) clone\b", "clone", _SPARK),
    rule(
        rf"^create (?:or replace )?(?:public )?synonym {NAME} for {NAME}.*$",
        r"create view \1 as select * from \2",
        "",
        "CREATE SYNONYM",
    ),
    rule(
        rf"^create (?:or replace )?(?:aggregator )?pipeline \S+ as load data \w+ {TEXT}"
        rf".*?\binto table {NAME}.*$",
        r"COPY \2 FROM \1",
        _MYSQL,
    ),
    rule(r"^replace table\b", "create or replace table", _SPARK),
    rule(
        r"^create (?:or (?:replace|refresh) )?(?:private )?(?:streaming )?(?:live )?(table|view)\b",
        r"create or replace \1",
        "databricks",
    ),
    rule(r"^create snapshot table\b(.*?)(?:\boptions\s*\(.*)?$", r"create table\1", "bigquery"),
    rule(r"^drop (?:dynamic|external|iceberg|foreign|streaming) table\b", "drop table"),
    rule(rf"(\bclone {NAME}) (?:version|timestamp) as of .*$", r"\1", _SPARK),
    rule(r"\bclone as\b", "clone", "clickhouse"),
    rule(r"\bwith (?:connection \S+|partition columns(?:\s*\([^)]*\))?)", "", "bigquery"),
    rule(
        rf"^create (?:or replace )?recursive view {NAME}\s*{LISTED}\s*as\b(.*)$",
        r"create view \1 \2 as with recursive \1 \2 as (\3) select * from \1",
    ),
    rule(r"^(create .*?\bas)\s+((?:un)?pivot\b.*)$", r"\1 select * from (\2)", "duckdb"),
    rule(
        rf"^cache (?:lazy )?table {NAME}(?: options\s*\([^)]*\))?(?: as)? (select|with)\b",
        r"create temporary view \1 as \2",
        _SPARK,
        "CACHE TABLE",
    ),
    rule(
        rf"^create (?:or replace )?stream (?:if not exists )?{NAME}\b.*? on "
        r"(?:external |dynamic |event )?"
        rf"(?:table|view|stage) {NAME}.*$",
        r"create view \1 as select * from \2",
        "snowflake",
        "CREATE STREAM",
    ),
    rule(
        rf"^create ((?:\w+ )*?)(table|view) (?:if not exists )?{NAME}\s*{LISTED}?.*?\bas\s*"
        r"(\(?\s*(?:select|with)\b.*?)(?:\s+with (?:(?:local |cascaded )?check option|read only"
        r"|(?:no )?data|no schema binding).*)?$",
        _from_query,
    ),
    rule(r"^rename table (.*)$", _renames),
    rule(r"^rename (?:object )?(?!table\b|column\b|user\b)(\S+ to \S+)$", _renames),
    rule(
        r"^exec(?:ute)? (?:sys\.)?sp_rename N?'([^']+)'\s*,\s*N?'([^']+)'\s*$",
        r"ALTER TABLE \1 RENAME TO \2",
        _T_SQL,
    ),
    rule(rf"^exchange tables {NAME} and {NAME}.*$", r"ALTER TABLE \1 SWAP WITH \2", "clickhouse"),
    rule(
        rf"^alter table {NAME} exchange (?:sub)?partition\b.*?\bwith table {NAME}.*$",
        _MOVED,
        "",
        "ALTER TABLE",
    ),
    rule(
        rf"^alter table {NAME} (?:append from|(?:attach|replace) partition .+? from) {NAME}.*$",
        _MOVED,
        "",
        "ALTER TABLE",
    ),
    rule(
        rf"^alter table {NAME} attach partition {NAME} (?:for|default)\b.*$",
        _MOVED,
        "",
        "ALTER TABLE",
    ),
    rule(
        rf"^alter table {NAME} (?:move partition .+? to table|switch(?: partition \S+)? to) "
        rf"{NAME}.*$",
        _MOVED_ON,
        "",
        "ALTER TABLE",
    ),
    rule(
        rf"^alter table {NAME}(?: on cluster \S+)? update\b(.*)$", r"update \1 set \2", "clickhouse"
    ),
    rule(
        rf"^alter table {NAME}(?: on cluster \S+)? delete\b(.*)$",
        r"delete from \1 \2",
        "clickhouse",
    ),
    rule(rf"^alter session set current_schema\s*=\s*{NAME}.*$", r"use \1", "oracle"),
)
ALL = (*CLAUSES, *FILES, *TABLES)
