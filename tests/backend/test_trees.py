"""What a terminal shows of a trace and of SQL: values first, what only decides in a line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from whence.graph import Edge, Node
from whence_backend.commands import sql_text, words
from whence_backend.commands.tree import drawings
from whence_backend.model import Trace
from whence_cli import render


def node(label: str) -> Node:
    """``db.table.column`` or ``db.table``, its id the same."""
    database, table, *column = label.split(".")
    kind = "column" if column else "table"
    return Node(label, kind, "ns", f"{database}.{table}", *column)


def edge(text: str, expression: str = "") -> Edge:
    """``db.a.x -> db.b.y IDENTITY``; other subtypes than those of values are INDIRECT."""
    source, _, target, *subtype = text.split()
    direct = not subtype or subtype[0] in ("IDENTITY", "TRANSFORMATION", "AGGREGATION")
    how = "DIRECT" if direct else "INDIRECT"
    made_by = f"make_{target.split('.')[1]}"
    return Edge(source, target, how, *(subtype or [None]), made_by, False, expression)


def trace(root: str, *edges: Edge, gaps: tuple[dict[str, str], ...] = ()) -> Trace:
    labels = {root} | {end for each in edges for end in (each.source, each.target)}
    return Trace(node(root), tuple(sorted(map(node, labels))), edges, gaps)


def shown(answer: Trace, direction="upstream", everything=False) -> list[str]:
    """The lines on a wide terminal."""
    console = render.console()
    console.width = 200
    with console.capture() as captured:
        for drawing in drawings(answer, direction, everything):
            console.print(drawing)
    return [line.rstrip() for line in captured.get().splitlines() if line.strip()]


EDGES = (
    edge("db.raw.cents -> db.stage.amount TRANSFORMATION", "cents / 100"),
    edge("db.raw.id -> db.stage.id IDENTITY"),
    edge("db.raw.status -> db.stage FILTER"),
    edge("db.stage.amount -> db.mart.total AGGREGATION", "sum(amount)"),
    edge("db.stage.id -> db.mart.total IDENTITY"),
    edge("db.stage.id -> db.mart JOIN"),
    edge("db.other.id -> db.mart JOIN"),
)


def test_a_columns_tree_follows_values_and_tells_the_rest_in_a_line():
    """The strongest kinds first, expressions beside them, and counts at the end."""
    assert shown(trace("db.mart.total", *EDGES)) == [
        "db.mart.total  ns",
        "Upstream: where it comes from",
        "├── db.stage.id  identity",
        "│   ├── db.raw.id  identity",
        "│   └── rows decided by: filter raw.status",
        "├── db.stage.amount  aggregation  sum(amount)",
        "│   ├── db.raw.cents  transformation  cents / 100",
        "│   └── rows decided by: filter raw.status",
        "└── rows decided by: join other.id, stage.id",
        "On the way: 4 columns, 2 tables, 2 jobs. 2 more only decide (filters, joins, ...):"
        " --all follows them too.",
    ]


def test_all_follows_what_only_decides_too():
    """Each way once: what was drawn before is marked, and stands above."""
    lines = shown(trace("db.mart.total", *EDGES), everything=True)
    assert "├── db.stage.id  identity; join" in lines
    assert "└── db.other.id  join" in lines
    assert lines[-1] == "On the way: 6 columns, 3 tables, 2 jobs."


def test_a_tables_columns_stand_in_its_own_order():
    """Also those that come from none, a count of rows or a constant."""
    answer = trace("db.mart", edge("db.stage.id -> db.mart.owner IDENTITY"))
    lines = shown(replace(answer, columns=(node("db.mart.visits"), node("db.mart.owner"))))
    at = next(at for at, line in enumerate(lines) if "visits" in line)
    assert [line.split(maxsplit=1) for line in lines[at : at + 2]] == [
        ["visits", "(no column)"],
        ["owner", "stage.id"],
    ]


def test_what_was_drawn_before_stands_above():
    """The sign never points to something further down."""
    answer = trace(
        "db.c.z",
        edge("db.a.x -> db.b.y IDENTITY"),
        edge("db.b.y -> db.b.w IDENTITY"),
        edge("db.b.y -> db.c.z IDENTITY"),
        edge("db.b.w -> db.c.z IDENTITY"),
    )
    lines = shown(answer)
    again = next(i for i, line in enumerate(lines) if line.endswith("db.b.y  identity  ↑ above"))
    first = next(i for i, line in enumerate(lines) if line.endswith("db.b.y  identity"))
    assert first < again


def test_downstream_tells_what_a_column_decides():
    """Rows of a table, or the value of one column."""
    answer = trace(
        "db.a.x",
        edge("db.a.x -> db.b FILTER"),
        edge("db.a.x -> db.c.y CONDITIONAL"),
        edge("db.a.x -> db.d.x IDENTITY"),
    )
    assert shown(answer, "downstream")[1:-1] == [
        "Downstream: what depends on it",
        "├── db.d.x  identity",
        "└── decides the rows of: filter b · decides the value of: conditional c.y",
    ]


def test_a_whole_table_is_told_only_where_its_columns_are_not_known():
    """One line, not a subtree."""
    bare, fine = edge("db.a -> db.b"), edge("db.a.x -> db.b.y IDENTITY")
    assert shown(trace("db.b.y", bare))[2] == "└── columns not known, only the table: a"
    assert shown(trace("db.b.y", bare, fine))[2] == "└── db.a.x  identity"


def test_a_tables_tree_is_of_tables_and_its_columns_are_a_table():
    """Both directions have a heading; gaps are told at the end."""
    gap = {"job": "make_mart", "code": "star", "reason": "why", "where": "line 1"}
    bare = edge("db.stage -> db.mart"), edge("db.raw -> db.stage")
    lines = shown(trace("db.mart", *EDGES, *bare, gaps=(gap,)), "both")
    assert lines[1:4] == ["Upstream: where it comes from", "└── db.stage", "    └── db.raw"]
    assert [line.split() for line in lines[4:7:2]] == [
        ["column", "comes", "from"],
        ["total", "stage.amount,", "stage.id"],
    ]
    assert lines[7] == "rows decided by: join other.id, stage.id"
    assert lines[8:10] == ["Downstream: what depends on it", "└── nothing known"]
    assert lines[10].endswith("1 gap: something could not be resolved.")
    assert lines[-1].split() == ["make_mart", "star", "why", "line", "1"]


def test_a_short_name_still_names_one_table():
    """As many parts as tell it from the others; a path's own dots are no parts."""
    nodes = [node("x.a"), node("y.a"), node("y.b.c"), Node("p", "table", "s3://b", "dir/p.parquet")]
    name = words.short_names(nodes)
    assert [name(each) for each in nodes] == ["x.a", "y.a", "b.c", "p.parquet"]


SQL = f"""\
with t as (
{"".join(f"  {i},{chr(10)}" for i in range(20))}
  sum(x) as total
)
select
  case
    when total > 1
    then 2
  end as class,
  total, -- of all
{"".join(f"  c{i},{chr(10)}" for i in range(20))}
  1 as last
from t"""


@pytest.mark.parametrize(
    ("column", "matter"),
    [
        ("total", ["  sum(x) as total"]),
        ("CLASS", ["  case", "    when total > 1", "    then 2", "  end as class,"]),
        ("c7", ["  c7,"]),
        ("last", ["  1 as last"]),
        ("absent", []),
    ],
)
def test_an_excerpt_is_of_the_lines_that_make_the_column(column, matter):
    """Its whole expression, some lines around it, and never many."""
    lines = sql_text.excerpt(SQL, column)
    assert [line.text for line in lines if line.matters] == matter
    numbered = [line for line in lines if line.number]
    assert len(numbered) <= sql_text.MOST_LINES
    assert all(SQL.splitlines()[line.number - 1] == line.text for line in numbered)


@pytest.mark.parametrize("sql", ["", "\n\n", "x", "select 1 as a", "as a\n" * 500, "(" * 999])
def test_any_text_has_an_excerpt(sql):
    """Whatever a producer sent as SQL."""
    for lines in (sql_text.excerpt(sql, "a"), sql_text.whole(sql, "a")):
        sql_text.drawing(lines)
