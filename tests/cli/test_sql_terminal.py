"""``whence sql`` on a terminal of its own: what it draws, in any width, and with which colours."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import sysconfig
import termios
import unicodedata
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from whence.model import GAP_CODES
from whence_cli.sql.advice import ADVICE

Drawn = tuple[int, str]
COLOUR = re.compile(r"\x1b\[[\d;]*m")
SQL = """
with conv as (
  select o.customer_id, o.email, o.status, o.amount * r.rate as usd
  from shop.orders o join shop.rates r on o.currency = r.currency
)
insert into mart.totals (customer_id, who, total, best)
select customer_id, md5(max(email)), sum(usd), max(case when status = 'paid' then usd end)
from conv where status <> 'void' group by customer_id
"""


@pytest.fixture
def terminal(tmp_path: Path) -> Callable[..., Drawn]:
    """Runs ``whence`` on a terminal of some width; the exit code, and all that was drawn."""

    def run(*arguments: str, width: int = 100, stdout: Path | None = None, **environ: str) -> Drawn:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        kept["TERM"] = "xterm-256color"
        home = str(tmp_path / "home")
        with nullcontext(theirs) if stdout is None else stdout.open("wb") as answer:
            process = subprocess.Popen(
                [sys.executable, "-m", "whence_cli", *arguments],
                cwd=tmp_path, stdin=theirs, stdout=answer, stderr=theirs,
                env={**kept, "HOME": home, "WHENCE_HOME": home, **environ},
            )  # fmt: skip
        os.close(theirs)
        seen = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return process.wait(timeout=60), seen.decode().replace("\r\n", "\n")

    return run


def _read(terminal: int) -> bytes:
    """What comes next; nothing once the other end is closed, which Linux calls an error."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def plain(drawn: str) -> str:
    """What is read, without colours."""
    return COLOUR.sub("", drawn)


def cells(line: str) -> int:
    """How many places a line takes."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in line)
    return len(line) + wide


def test_each_column_with_its_expressions_sources_kinds_and_masking(terminal):
    """The whole drawing of a statement."""
    code, drawn = terminal("sql", "-c", SQL)
    assert code == 0
    assert plain(drawn).splitlines() == [
        "INSERT mart.totals  ← shop.orders, shop.rates",
        "├── customer_id  ← shop.orders.customer_id  identity",
        "├── who = MD5(MAX(email))",
        "│   └── shop.orders.email  aggregation, masked",
        "├── total = SUM(usd)",
        "│   └── conv.usd = o.amount * r.rate",
        "│       ├── shop.orders.amount  aggregation",
        "│       └── shop.rates.rate  aggregation",
        "├── best = MAX(CASE WHEN status = 'paid' THEN usd END)",
        "│   ├── conv.usd = o.amount * r.rate",
        "│   │   ├── shop.orders.amount  aggregation",
        "│   │   └── shop.rates.rate  aggregation",
        "│   └── shop.orders.status  conditional",
        "└── rows decided by",
        "    ├── filter  shop.orders.status",
        "    ├── group by  shop.orders.customer_id",
        "    └── join  shop.orders.currency, shop.rates.currency",
    ]


def test_colours_can_be_switched_off(terminal):
    """NO_COLOR leaves no colour, and a pipe gets none at all."""
    colours = re.compile(r"\x1b\[(?:\d+;)*3\d")
    assert colours.search(terminal("sql", "-c", SQL)[1])
    assert not colours.search(terminal("sql", "-c", SQL, NO_COLOR="1")[1])


def test_a_pipe_has_no_colours(whence):
    """Also where a tree was asked for."""
    ran = whence("sql", "-c", SQL, "--format", "tree")
    assert "├── total = SUM(usd)" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_gaps_come_last_with_what_to_do_about_each(terminal):
    """Each kind once, with its places."""
    code, drawn = terminal("sql", "-c", "select * from t; select * from u; selec", width=80)
    assert code == 1
    _, _, gaps = plain(drawn).partition("Not resolved\n")
    assert "star over t" in gaps
    assert "star over u" in gaps
    assert gaps.count("→") == 2
    assert "--schema FILE or --connect URL" in " ".join(gaps.split())


def test_every_gap_has_an_advice():
    """A code without one could not be drawn."""
    assert ADVICE.keys() == GAP_CODES.keys()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(terminal, tmp_path, width):
    """Two hundred columns, an expression of thousands of signs, a chain of 80, wide letters."""
    chain = ", ".join(f"c{i} as (select a + {i} as a, b * a as b from c{i - 1})" for i in range(80))
    texts = {
        "wide": "insert into big.t select "
        + ", ".join(f"coalesce(a.column_{i}, b.other_{i}) * {i} as out_{i}" for i in range(200))
        + " from wh.aa a join wh.bb b on a.id = b.id",
        "long": "select case "
        + " ".join(f"when s = 'state {i}' then amount_{i} * {i}" for i in range(80))
        + " end as v, [red] from t",
        "deep": f"with {chain.replace('from c-1', 'from t')} select a, b from c79",
        "letters": "select 顧客_id as 顧客, sum(金額 * 数量) as 合計 from 注文 group by 顧客_id",
        "unnamed": f"select * from {'x' * 120}.{'y' * 120}",
    }
    for name, sql in texts.items():
        (tmp_path / f"{name}.sql").write_text(sql)
    code, drawn = terminal("sql", *(f"{name}.sql" for name in texts), width=width)
    assert code == 1
    lines = plain(drawn).splitlines()
    assert [line for line in lines if cells(line) > width] == []
    assert sum("├── out_" in line for line in lines) == 200
    assert len(lines) < 1_500


def test_a_source_that_is_too_far_back_to_draw_is_still_named(terminal):
    """A narrow terminal ends the staircase, not the answer."""
    chain = ", ".join(f"c{i} as (select a + 1 as a from c{i - 1})" for i in range(1, 60))
    sql = f"with c0 as (select far as a from away), {chain} select a from c59"
    _, drawn = terminal("sql", "-c", sql, width=60)
    assert "away.far  transformation" in plain(drawn)
    assert "…" in drawn


def test_what_nobody_could_read_is_counted(terminal):
    """Of thousands of columns the first hundreds are drawn."""
    columns = ", ".join(f"a + {i} as c{i}" for i in range(3_000))
    _, drawn = terminal("sql", "-c", f"select {columns} from t where b > 0")
    assert "├── c499 = a + 499\n" in plain(drawn)
    assert "├── ... and 2,500 more columns; --json has them all\n" in plain(drawn)
    assert plain(drawn).endswith("└── filter  t.b\n")


def test_markup_in_names_is_text(terminal):
    """Square brackets colour nothing and take nothing away."""
    _, drawn = terminal("sql", "-c", 'select "[bold red]x[/]" from "[link=http://a]t"')
    assert "[link=http://a]t.[bold red]x[/]" in plain(drawn)


def test_several_texts_have_headings_and_a_closing_line(terminal, tmp_path):
    """And the statements of each are numbered."""
    (tmp_path / "a.sql").write_text("create temp table t as select a from s; select a from t")
    (tmp_path / "b.sql").write_text("select a from t")
    code, drawn = terminal("sql", "a.sql", "missing.ddl", "b.sql", "--dialect", "auto")
    lines = plain(drawn).splitlines()
    assert code == 2
    assert "a.sql  postgres (best of --dialect auto) · 2 statements" in lines
    assert "whence: cannot read missing.ddl: no such file" in lines
    assert "1. CREATE TABLE t  ← s" in lines
    assert "The script reads s." in lines
    assert lines[-1] == "2 texts, 3 statements, 0 gaps, 1 unreadable"


def test_a_bar_shows_only_where_nothing_else_does(terminal, tmp_path):
    """Many texts into a file: on the terminal the bar is all there is, and it goes away."""
    for number in range(30):
        (tmp_path / f"q{number:02}.sql").write_text("select a from t")
    out = tmp_path / "out.ndjson"
    code, seen = terminal("sql", ".", stdout=out)
    assert code == 0
    assert "reading SQL" in seen
    assert seen.rpartition("reading SQL")[2].endswith("\x1b[2K")  # the bar's line is emptied
    assert out.read_text().count("\n") == 30


def test_the_example_of_the_readme_answers_as_it_says(tmp_path):
    """The command as it stands, and all of its output."""
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    passage = text.split("### SQL, with no project at all")[1]
    command, answer = re.findall(r"^```(?:console|text)\n(.*?)^```", passage, re.M | re.S)[:2]
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    env = {**os.environ, "PATH": path, "WHENCE_HOME": str(tmp_path), "COLUMNS": "100"}
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, env=env
    )
    assert ran.stdout == answer
