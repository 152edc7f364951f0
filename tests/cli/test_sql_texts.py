"""Where ``whence sql`` takes its texts from, and what one bad text does to the others: nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WIDE = "select " + ", ".join(f"c{i}" for i in range(40)) + " from t"


@pytest.fixture
def folder(tmp_path):
    """Texts in folders, one of them hidden, and a file that is no SQL."""
    for name, sql in {
        "models/a.sql": "select a from t",
        "models/deep/b.sql": "insert into b select x + 1 as y from a",
        "models/deep/c.ddl": "create table c as select y from b",
        "models/.hidden/d.sql": "select 1",
        "models/read.me": "no sql",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
    return tmp_path


def answers(ran) -> dict[str, dict[str, object]]:
    """The documents of a run by their file."""
    documents = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len({document["file"] for document in documents}) == len(documents)
    return {document["file"]: document for document in documents}


def test_folders_patterns_and_files_each_once(whence, folder):
    """One line a file, in order; hidden folders and other files are passed over."""
    ran = whence("sql", "models/deep/b.sql", "models/**/*.sql", "models")
    assert list(answers(ran)) == [
        "models/deep/b.sql", "models/a.sql", "models/deep/c.ddl",
    ]  # fmt: skip
    assert answers(ran)["models/deep/b.sql"]["outputs"] == ["b"]
    assert ran.returncode == 0


def test_a_statement_on_the_command_line(whence):
    """One document as from a file; several are told apart."""
    ran = whence("sql", "-c", "select a from t")
    assert json.loads(ran.stdout)["inputs"] == ["t"]
    ran = whence("sql", "-c", "select a from t", "--command", "select b from u")
    assert [document["inputs"] for document in answers(ran).values()] == [["t"], ["u"]]


def test_a_file_named_like_a_pattern_is_that_file(whence, tmp_path):
    """A name that exists is no pattern."""
    (tmp_path / "q[1].sql").write_text("select a from t")
    assert json.loads(whence("sql", "q[1].sql").stdout)["inputs"] == ["t"]


def test_what_cannot_be_read_does_not_keep_the_others_from_their_answer(whence, folder):
    """One sentence each on standard error, exit code 2, and all other answers."""
    (folder / "latin.sql").write_bytes(b"select a from t -- caf\xe9")
    ran = whence("sql", "models/a.sq", "latin.sql", "models/a.sql", "none/*.sql", "models/read.me")
    assert list(answers(ran)) == ["models/a.sql", "models/read.me"]
    missing, encoding, nothing = ran.stderr.splitlines()
    assert missing == "whence: cannot read models/a.sq: no such file; did you mean models/a.sql?"
    assert "latin.sql is not valid UTF-8: byte 0xe9 at offset 22" in encoding
    assert "--encoding latin-1" in encoding
    assert nothing == "whence: no file matches 'none/*.sql'"
    assert ran.returncode == 2


def test_gaps_are_exit_code_1_and_unreadable_is_2(whence, folder):
    """The worst of all texts."""
    assert whence("sql", "models/a.sql", "-c", "select * from u").returncode == 1
    assert whence("sql", "-c", "select * from u", "none.sql").returncode == 2


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xef\xbb\xbfselect a\r\nfrom t\r\n", None),
        ("select a from t".encode("utf-16"), None),
        (b"select a from t -- caf\xe9", "latin-1"),
        (b"\n;;  -- nothing\n/* no\nthing */;select a from t;;", None),
    ],
    ids=["utf-8 mark and CRLF", "utf-16", "latin-1", "comments and empty statements"],
)
def test_encodings_and_line_ends(whence, data, encoding):
    """By the mark, or as said."""
    more = ["--encoding", encoding] if encoding else []
    document = json.loads(whence("sql", *more, stdin=data).stdout)
    assert [statement["kind"] for statement in document["statements"]] == ["SELECT"]
    assert document["inputs"] == ["t"]


@pytest.mark.parametrize("text", [b"", b"  \n", b"-- nothing", b";\n;", b"\xef\xbb\xbf"])
def test_nothing_to_read_is_no_mistake(whence, text):
    """No statement, no gap, exit code 0."""
    ran = whence("sql", "-", stdin=text)
    assert json.loads(ran.stdout)["statements"] == []
    assert ran.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dialect", "postgers"], "did you mean postgres"),
        (["--encoding", "klingon"], "there is no encoding 'klingon'"),
        (["--json", "--format", "html"], "give one"),
        (["--batch", "a.sql", "b.sql"], "--batch reads one file"),
        (["--connect", "duckdb:///none.duckdb"], "there is no file none.duckdb"),
        (["--schema", "none.json"], "none.json"),
    ],
)
def test_bad_usage_is_one_sentence_that_names_the_value(whence, arguments, said):
    """Before anything is read or written."""
    ran = whence("sql", *arguments, stdin="select 1")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_schema_file_that_is_neither_says_where(whence, tmp_path):
    """JSON by its line and column, SQL by its first line that does not parse."""
    (tmp_path / "broken.json").write_text('{"t":\n{"a" "int"}}')
    (tmp_path / "notes.txt").write_text("-- notes\nthese are my tables")
    assert "line 2 column 6" in whence("sql", "--schema", "broken.json", stdin="select 1").stderr
    ran = whence("sql", "--schema", "notes.txt", stdin="select 1")
    assert "neither a JSON object nor a CREATE TABLE statement; line 2" in ran.stderr
    assert ran.returncode == 2


def test_several_schemas_and_a_database_answer_in_their_order(whence, tmp_path):
    """Files first, then what is asked over a connection, which is opened for reading alone."""
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("create table t (from_database int); create table u (b int)")
    (tmp_path / "t.json").write_text('{"t": {"from_file": "int"}}')
    (tmp_path / "ddl").mkdir()
    (tmp_path / "ddl" / "v.sql").write_text("create table v (c int)")
    ran = whence(
        "sql", "-c", "select * from t, u, v", "--schema", "t.json", "--schema", "ddl",
        "--connect", "duckdb:///shop.duckdb",
    )  # fmt: skip
    columns = json.loads(ran.stdout)["statements"][0]["columns"]
    assert [column["column"] for column in columns] == ["from_file", "b", "c"]
    assert ran.returncode == 0


def test_the_dialect_is_found_by_the_text_and_by_settings_near_by(whence, tmp_path):
    """Each file by itself; sqlfluff's and dbt's settings count for the files below them."""
    plain = "select a from t"
    texts = {"x/bq.sql": "select `a b` from `p.d.t`", "y/plain.sql": plain, "z/plain.sql": plain}
    for name, sql in texts.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(sql)
    (tmp_path / "y" / ".sqlfluff").write_text("[sqlfluff]\ndialect = snowflake\n")
    (tmp_path / "z" / "target").mkdir()
    (tmp_path / "z" / "target" / "manifest.json").write_text(
        '{"metadata": {"adapter_type": "duckdb"}'
    )
    found = answers(whence("sql", *texts, "--dialect", "auto"))
    assert [document["dialect"] for document in found.values()] == [
        "bigquery", "snowflake", "duckdb",
    ]  # fmt: skip


def test_functions_of_the_user_mask(whence):
    """In any case, and as part of any expression."""
    ran = whence(
        "sql", "-c", "select upper(tokenize(a)) as x from t", "--mask-function", "TOKENIZE"
    )
    (column,) = json.loads(ran.stdout)["statements"][0]["columns"]
    assert [source["masking"] for source in column["inputs"]] == [True]


def test_functions_of_the_setting_mask(whence):
    """As those of the option do."""
    sql = "select security.pseudonym(a) as x, other(a) as y from t"
    ran = whence("sql", "-c", sql, WHENCE_MASKING_FUNCTIONS="tokenize, pseudonym")
    columns = json.loads(ran.stdout)["statements"][0]["columns"]
    assert [column["inputs"][0]["masking"] for column in columns] == [True, False]


def test_five_megabytes_end_in_time_with_the_tables(whence):
    """Above the limit of what is parsed, the tables are still named."""
    statement = f"insert into a.target {WIDE} where x in ({', '.join(map(str, range(50)))});\n"
    sql = statement * (5_000_000 // len(statement) + 1)
    started = time.monotonic()
    ran = whence("sql", stdin=sql)
    document = json.loads(ran.stdout)
    assert (document["inputs"], document["outputs"]) == (["t"], ["a.target"])
    assert document["statements"][0]["gaps"][0]["code"] == "size-limit"
    assert ran.returncode == 1
    assert time.monotonic() - started < 60


def test_the_limit_of_what_is_parsed_is_a_setting(whence):
    """As for all of Whence."""
    ran = whence("sql", stdin=WIDE, WHENCE_SQL_MAX_BYTES="100")
    assert json.loads(ran.stdout)["statements"][0]["gaps"][0]["code"] == "size-limit"


@pytest.mark.parametrize("shown", ["json", "tree", "openlineage", "dot"])
def test_a_reader_that_leaves_is_no_error(folder, shown):
    """``| head -1`` gets its line, and nothing complains."""
    for number in range(100):
        (folder / "models" / f"n{number}.sql").write_text(WIDE)
    command = f"{sys.executable} -m whence_cli sql models --format {shown} | head -1"
    ran = subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.stdout.count("\n") == 1
    assert ran.stderr == ""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux what a process does")
def test_an_interrupt_is_no_traceback(tmp_path):
    """Ctrl-C while it waits for standard input."""
    process = subprocess.Popen(
        [sys.executable, "-m", "whence_cli", "sql", "-"],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    _wait_until_idle(process.pid)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert "Traceback" not in stderr
    assert stdout == ""
    assert process.returncode == 130


def _wait_until_idle(pid: int) -> None:
    """Until the process has used no more of the processor for a while: it waits for input."""
    before, still = -1, 0
    while still < 10:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used = int(fields[11]) + int(fields[12])
        still = still + 1 if used == before and used > 10 else 0
        before = used
        time.sleep(0.2)
