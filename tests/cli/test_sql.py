"""``whence sql``: the documented answers, on files, standard input and batches."""

from __future__ import annotations

import json


def test_the_documented_answer(whence):
    """Columns with their kinds, whole-relation influences, and the script's own ends."""
    sql = "insert into a.dst select cid, sum(amt) as total from a.t where id > 3 group by cid"
    ran = whence("sql", "--json", stdin=sql)
    answer = json.loads(ran.stdout)
    (statement,) = answer["statements"]
    assert (answer["inputs"], answer["outputs"]) == (["a.t"], ["a.dst"])
    assert statement["kind"] == "INSERT"
    (total,) = [column for column in statement["columns"] if column["column"] == "total"]
    assert total["dataset"] == "a.dst"
    (source,) = total["inputs"]
    assert {key: source[key] for key in ("dataset", "column", "type", "subtype", "masking")} == {
        "dataset": "a.t",
        "column": "amt",
        "type": "DIRECT",
        "subtype": "AGGREGATION",
        "masking": False,
    }
    assert {
        "output": "a.dst",
        "dataset": "a.t",
        "column": "cid",
        "subtype": "GROUP_BY",
    } in statement["indirect"]
    assert statement["gaps"] == []
    assert ran.returncode == 0


def test_a_bare_query_writes_nothing(whence):
    """Its columns belong to no dataset."""
    answer = json.loads(whence("sql", "--json", stdin="select a from t").stdout)
    assert answer["outputs"] == []
    assert answer["statements"][0]["columns"][0]["dataset"] is None


def test_a_star_over_an_unknown_table_is_a_gap(whence):
    """The answer stands, with a typed gap and exit code 1."""
    ran = whence("sql", "--json", stdin="select * from t")
    (gap,) = json.loads(ran.stdout)["statements"][0]["gaps"]
    assert gap["code"] == "star-unknown-table"
    assert gap["reason"]
    assert ran.returncode == 1


def test_a_schema_in_json_resolves_the_star(whence, tmp_path):
    """``--schema`` takes tables with their columns and types."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"t": {"x": "int", "y": null}}')
    ran = whence("sql", "--json", "--schema", str(schema), stdin="select * from t")
    columns = json.loads(ran.stdout)["statements"][0]["columns"]
    assert [column["column"] for column in columns] == ["x", "y"]
    assert ran.returncode == 0


def test_a_schema_of_create_statements_resolves_the_star(whence, tmp_path):
    """``--schema`` takes what a database dumps."""
    schema = tmp_path / "schema.sql"
    schema.write_text("create table s.t (x int, y varchar(3) not null); create table u (z int);")
    ran = whence("sql", "--json", "--schema", str(schema), stdin="select * from s.t, u")
    columns = json.loads(ran.stdout)["statements"][0]["columns"]
    assert [column["column"] for column in columns] == ["x", "y", "z"]
    assert ran.returncode == 0


def test_defaults_are_put_in_front_of_names(whence):
    """Only when they are given."""
    ran = whence(
        "sql", "--json", "--default-catalog", "c", "--default-schema", "s", stdin="select a from t"
    )
    assert json.loads(ran.stdout)["inputs"] == ["c.s.t"]


def test_a_file_is_read(whence, tmp_path):
    """A byte order mark is no part of the SQL."""
    file = tmp_path / "query.sql"
    file.write_bytes(b"\xef\xbb\xbfselect a from t")
    assert json.loads(whence("sql", str(file)).stdout)["inputs"] == ["t"]


def test_an_unknown_dialect_is_named_with_its_nearest(whence):
    """Bad usage: nothing is read, and the way out is said."""
    ran = whence("sql", "--json", "--dialect", "snoflake", stdin="select a from t")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "'snoflake'" in ran.stderr
    assert "did you mean snowflake" in ran.stderr


def test_an_unknown_dialect_of_a_line_is_a_gap(whence):
    """A batch goes on: the text is read as generic SQL, and this is said."""
    line = {"id": 1, "sql": "select a from t", "dialect": "klingon"}
    answer = json.loads(whence("sql", "--batch", stdin=json.dumps(line)).stdout)
    assert answer["inputs"] == ["t"]
    assert "unknown-dialect" in {gap["code"] for gap in answer["statements"][0]["gaps"]}


def test_broken_sql_is_a_gap(whence):
    """Table names are found all the same."""
    ran = whence("sql", "--json", stdin="select from where )) from t")
    (statement,) = json.loads(ran.stdout)["statements"]
    assert [gap["code"] for gap in statement["gaps"]] == ["parse-error"]
    assert ran.returncode == 1


def test_what_cannot_be_read_is_one_sentence(whence, tmp_path):
    """A missing file, invalid UTF-8 and a malformed schema: exit code 2 and no traceback."""
    malformed = tmp_path / "schema.json"
    malformed.write_text('{"t": "x"}')
    empty = tmp_path / "schema.sql"
    empty.write_text("select 1")
    for arguments, stdin in (
        (["no-such-file.sql"], b""),
        (["-"], b"select '\xff'"),
        (["--schema", str(malformed)], b"select 1"),
        (["--schema", str(empty)], b"select 1"),
        (["--schema", str(tmp_path / "none.json")], b"select 1"),
    ):
        ran = whence("sql", *arguments, stdin=stdin)
        assert ran.returncode == 2, arguments
        assert ran.stdout == ""
        assert ran.stderr.startswith("whence: ")
        assert len(ran.stderr.splitlines()) == 1


def test_a_batch_answers_each_line_in_order(whence):
    """Each with its id and its time; each with its own dialect and schema."""
    lines = [
        {"id": "a", "sql": "select * from t", "schema": {"t": {"x": "int"}}},
        {"id": 2, "sql": "select `b c` from t", "dialect": "bigquery"},
        {"id": None, "sql": "select * from t"},
    ]
    ran = whence("sql", "--batch", "--json", stdin="\n".join(map(json.dumps, lines)))
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", 2, None]
    assert [answer["statements"][0]["columns"][0]["column"] for answer in answers[:2]] == [
        "x",
        "b c",
    ]
    assert all(answer["ms"] >= 0 for answer in answers)
    assert ran.returncode == 0


def test_a_batch_outlives_every_line(whence):
    """What cannot be read gives gaps, never an end of the process."""
    lines = [
        b"no json",
        b'{"id": 1}',
        b"\xff\xfe",
        b'{"id": 2, "sql": "selec"}',
        b'{"id": 3, "sql": "select 1", "schema": 7}',
        b'{"id": 4, "sql": "' + b"(" * 5000 + b'"}',
        b'{"id": 5, "sql": "select \\ud800 from t"}',
        b'{"id": 6, "sql": "select a from t"}',
    ]
    ran = whence("sql", "--batch", "--json", stdin=b"\n".join(lines))
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(answers) == len(lines)
    assert all(answer["statements"][0]["gaps"] for answer in answers[:4])
    assert [answer["id"] for answer in answers] == [None, 1, None, 2, 3, 4, 5, 6]
    assert answers[-1]["inputs"] == ["t"]
    assert ran.returncode == 0
