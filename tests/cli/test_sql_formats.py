"""``whence sql --format``: events that the specification allows, and pictures that can be drawn."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from whence.testing import Validator

SPEC = Path(__file__).parent.parent / "spec" / "openlineage"
SQL = """
create temp table paid as
select o.customer_id, o.amount * r.rate as usd, o.email from shop.orders o
join shop.rates r on o.currency = r.currency where o.status = 'paid';
insert into mart.totals (customer_id, total, "who <b>&")
select customer_id, sum(usd) as total, md5(max(email)) from paid group by customer_id;
create view mart.top as select customer_id, rank() over (order by total desc) as place
from mart.totals
"""


@pytest.fixture
def texts(tmp_path):
    """A script, and a query that writes nothing."""
    (tmp_path / "etl.sql").write_text(SQL)
    (tmp_path / "report.sql").write_text("select place, count(*) as n from mart.top group by 1")
    os.utime(tmp_path / "etl.sql", (1_700_000_000, 1_700_000_000))
    return tmp_path


def test_events_are_valid_and_say_all_of_the_lineage(whence, texts):
    """One declared job a text, with schemas, both lineage facets and the SQL."""
    arguments = (
        "sql",
        "etl.sql",
        "report.sql",
        "--format",
        "openlineage",
        "--namespace",
        "pg://db",
    )
    ran = whence(*arguments)
    assert ran.returncode == 0, ran.stderr
    validator = Validator(SPEC)
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [validator.problems(event) for event in events] == [[], []]
    etl, report = events
    assert (etl["job"]["namespace"], etl["job"]["name"]) == ("pg://db", "etl.sql")
    assert etl["eventTime"] == "2023-11-14T22:13:20Z"
    assert etl["job"]["facets"]["sql"]["query"] == SQL
    assert [each["name"] for each in etl["inputs"]] == ["shop.orders", "shop.rates"]
    outputs = {each["name"]: each["facets"] for each in etl["outputs"]}
    assert outputs.keys() == {"mart.totals", "mart.top"}
    fields = outputs["mart.totals"]["columnLineage"]["fields"]
    assert {each["field"] for each in fields["total"]["inputFields"]} == {"amount", "rate"}
    (masked,) = [
        how for each in fields["who <b>&"]["inputFields"] for how in each["transformations"]
    ]
    assert (masked["subtype"], masked["masking"]) == ("AGGREGATION", True)
    assert report["outputs"] == []
    assert whence(*arguments).stdout.splitlines()[0] == ran.stdout.splitlines()[0]


def test_secrets_in_the_text_are_in_no_event(whence):
    """Whatever else of the SQL is shown."""
    sql = "copy into t from 's3://b/x' credentials=(aws_secret_key='hunter2secretvalue')"
    ran = whence("sql", "-c", sql, "--dialect", "snowflake", "--format", "openlineage")
    assert "hunter2secretvalue" not in ran.stdout
    assert json.loads(ran.stdout)["job"]["facets"]["sql"]["query"]


def test_events_can_be_ingested_and_traced(whence, texts):
    """What is written here is read there: the store answers for it."""
    events = whence("sql", "etl.sql", "--format", "openlineage", "--namespace", "pg://db").stdout
    (texts / "events.ndjson").write_text(events)
    assert whence("ingest", "events.ndjson").returncode == 0
    traced = json.loads(whence("trace", "mart.top.place", "--upstream", "--json").stdout)
    assert {"shop.orders", "shop.rates"} <= {node["name"] for node in traced["nodes"]}


def test_mermaid_names_every_table_and_column(whence, texts):
    """One line between two columns; what is markup in a name stays text."""
    chart = whence("sql", "etl.sql", "report.sql", "--format", "mermaid").stdout
    assert chart.startswith("flowchart LR\n")
    for name in ("shop.orders", "shop.rates", "mart.totals", "mart.top", "report"):
        assert f'["{name}"]' in chart
    assert '["who #lt;b#gt;&"]' in chart
    assert "paid" not in chart
    lines = re.findall(r"^  (n\d+) (-->|-\.->)(?:\|[^|]*\|)? (n\d+)$", chart, re.MULTILINE)
    assert len(lines) == len(set(lines)) > 8


def test_graphviz_draws_the_graph(whence, texts):
    """Each table is a node, each line ends at the port of a column."""
    graph = whence("sql", "etl.sql", "--format", "dot").stdout
    ports = set(re.findall(r'port="(\w+)"', graph))
    assert {end for ends in re.findall(r"t\d+:(\w+) -> t\d+:(\w+)", graph) for end in ends} <= ports
    assert "who &lt;b&gt;&amp;" in graph
    program = shutil.which("dot")
    if program is None:
        pytest.skip("Graphviz is not on the path")
    drawn = subprocess.run(
        [program, "-Tsvg"], input=graph, capture_output=True, text=True, check=True
    )
    assert drawn.stderr == ""
    assert "customer_id" in drawn.stdout


def test_the_page_is_one_file_with_all_of_the_graph(whence, texts):
    """No other file, no network; names are data and never markup."""
    page = whence("sql", "etl.sql", "report.sql", "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", page)
    data = json.loads(re.search(r"^const data = (.*);$", page, re.MULTILINE)[1])
    assert (data["title"], data["root"]) == ("2 texts of SQL", None)
    tables = {node["name"] for node in data["nodes"]}
    assert tables == {"shop.orders", "shop.rates", "mart.totals", "mart.top", "report"}
    assert {edge["job"] for edge in data["edges"]} == {"etl.sql", "report.sql"}
    ends = {node["id"] for node in data["nodes"]}
    assert {edge[end] for edge in data["edges"] for end in ("from", "to")} <= ends


def test_tables_without_columns_are_joined_as_tables(whence):
    """Where only the tables are known, the picture says so much."""
    chart = whence("sql", "-c", "insert into b select from a where", "--format", "mermaid").stdout
    assert re.search(r"^  n\d+ --> n\d+$", chart, re.MULTILINE)


@pytest.mark.parametrize("shown", ["openlineage", "html", "mermaid", "dot"])
def test_gaps_are_not_silent_where_the_format_has_no_place_for_them(whence, shown):
    """The answer on standard output, a line beside it, and exit code 1."""
    ran = whence("sql", "-c", "select * from t", "--format", shown)
    assert ran.stdout
    assert ran.stderr == "not resolved: 1 gap; --format tree says which\n"
    assert ran.returncode == 1


def test_nothing_to_draw_is_an_empty_picture(whence):
    """Still a picture: whoever asked for one gets one."""
    assert whence("sql", "--format", "mermaid", stdin="").stdout == "flowchart LR\n"
    assert whence("sql", "--format", "dot", stdin="").stdout.rstrip().endswith("}")
    assert "<!doctype html>" in whence("sql", "--format", "html", stdin="").stdout
