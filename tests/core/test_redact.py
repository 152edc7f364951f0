"""Redaction and masking: secrets and literals go, everything else stays byte for byte."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from whence.redact import hide, keyed_hash, mask_literals, redact, secret_values

AWS = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1B2c3D4e5" * 4
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow\n-----END RSA " + "PRIVATE KEY-----"

SECRETS = [
    (
        "credentials=(aws_key_id='AK1' aws_secret_key='hunter2')",
        "credentials=(aws_key_id='***' aws_secret_key='***')",
    ),
    ("postgresql://u:hunter2@h:5432/d", "postgresql://u:***@h:5432/d"),
    ("see redis://:hunter2@h and more", "see redis://:***@h and more"),
    ("postgres://u:p@ss@h/d", "postgres://u:***@h/d"),
    ("PGPASSWORD=hunter2 psql", "PGPASSWORD=*** psql"),
    ("Server=h;Uid=u;Pwd=hunter2;Port=1", "Server=h;Uid=u;Pwd=***;Port=1"),
    ("AccountName=a;AccountKey=abc+/==;x=1", "AccountName=a;AccountKey=***;x=1"),
    ("host=h password='hunter 2' user=u", "host=h password='***' user=u"),
    ('{"password": "hunter2", "user": "u"}', '{"password": "***", "user": "u"}'),
    ("{'api_key': 'hunter2'}", "{'api_key': '***'}"),
    ("  pass: hunter2\n  user: u", "  pass: ***\n  user: u"),
    ("  token: hunter2\n", "  token: ***\n"),
    ("password = hunter2\nport = 1", "password = ***\nport = 1"),
    ("md:shop?motherduck_token=hunter2", "md:shop?motherduck_token=***"),
    ("https://a.blob.core/x?sv=1&sig=ab%2Bc&se=2", "https://a.blob.core/x?sv=1&sig=***&se=2"),
    ("os.environ['DB_PASSWORD'] = 'hunter2'", "os.environ['DB_PASSWORD'] = '***'"),
    ("CREATE USER u PASSWORD 'hunter2'", "CREATE USER u PASSWORD '***'"),
    ("CREATE USER u IDENTIFIED BY 'hunter2'", "CREATE USER u IDENTIFIED BY '***'"),
    ("(TYPE s3, KEY_ID 'AKI', SECRET 'abc')", "(TYPE s3, KEY_ID '***', SECRET '***')"),
    ("run --api-token hunter2 --x", "run --api-token *** --x"),
    ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
    ('"Authorization": "Token abcdef123"', '"Authorization": "Token ***"'),
    ("sent Bearer abcdefghijklmnop1234 on", "sent Bearer *** on"),
    (f"key {AWS}.", "key ***."),
    (f"cloning with {GITHUB} failed", "cloning with *** failed"),
    (f"jwt {JWT} end", "jwt *** end"),
    (f"a\n{KEY}\nb", "a\n***\nb"),
    (KEY[:40], "***"),
    ("password='hunter2", "password='***"),
    ("key: password=hunter2;x", "key: password=***;x"),
    ("PASSWORD 'it''s 1'", "PASSWORD '***'"),
    ("accessToken=hunter2&x=1", "accessToken=***&x=1"),
]

HARMLESS = [
    "select a.token, b.token from a join b on a.token = b.token",
    "select a from t where a.token=b.token",
    "update u set password = hashed, b = c",
    "select passenger_count from taxi where passenger_id = 'x'",
    "Done. PASS=27 WARN=0 ERROR=0 SKIP=0 TOTAL=27",
    "PWD=/data/shop OLDPWD=/data",
    "Parser Error: unexpected token: SELECT",
    "password: {{ env_var('PW') }}",
    "password=$PGPASSWORD",
    "token = get_token(x)",
    "https://example.com:8080/a?b=c",
    "primary key: id, foreign key=orders",
    "compass=north monkey=banana",
    "password is required",
    "A basic understanding of tokens",
    "        token = self._prev.kind",
    "the token 's end",
    "password=''",
]


@pytest.mark.parametrize(("text", "clean"), SECRETS)
def test_secrets_are_taken_out_and_nothing_else(text: str, clean: str) -> None:
    """The text around a secret stays as it was."""
    assert redact(text) == clean
    assert redact(redact(text)) == clean


@pytest.mark.parametrize("text", HARMLESS)
def test_text_without_secrets_stays_byte_equal(text: str) -> None:
    """SQL, prose and dbt's own output are not damaged."""
    assert redact(text) == text


@given(st.text())
def test_redaction_accepts_any_text_and_is_stable(text: str) -> None:
    """Twice is once."""
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "password",
        "://a:",
        "token=",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "select a, b ",
        "'",
        "password='",
        "--",
        "authorization:",
        " ",
        "password    ",
        "\n  - x.y_",
        "a@",
        "ghp_",
    ],
)
def test_a_megabyte_takes_a_fraction_of_a_second(unit: str) -> None:
    """Also of texts made to be slow for regular expressions."""
    text = unit * (1_000_000 // len(unit))
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < 4.0  # about 0.4 on a quiet machine


def test_redaction_loads_no_parser() -> None:
    """The guard redacts tracebacks inside hosts."""
    program = "import sys, whence.redact; print('sqlglot' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


MASKED = [
    (None, "select 'it''s', 1.5 from t -- c 'd' 12", "select '?', ? from t -- c '?' ?"),
    ("duckdb", "select $$ab$$, e'\\n', x.a1 from t1", "select '?', '?', x.a1 from t1"),
    ("bigquery", "select r'abc', \"dq\", 1 from `a.b-1`", "select '?', '?', ? from `a.b-1`"),
    ("snowflake", "select $1, a:b[0], 'x' from @s", "select $1, a:b[0], '?' from @s"),
    ("tsql", "select top 5 N'abc', [a 1] from t", "select top 5 '?', [a 1] from t"),
    ("mysql", "select \"str\", 'a\\'b' from `t`", "select '?', '?' from `t`"),
    ("postgres", "select \"Col 1\" from t where a = 'x'", "select \"Col 1\" from t where a = '?'"),
    (
        None,
        "select cast(a as decimal(10, 2)) from t limit 5",
        "select cast(a as decimal(10, 2)) from t limit 5",
    ),
    (
        None,
        "select a, sum(b + 1) from t group by 1, 2 order by 2 desc, round(a, 3)",
        "select a, sum(b + ?) from t group by 1, 2 order by 2 desc, round(a, ?)",
    ),
    (
        None,
        "select a from t where b in (1, 2) order by 1",
        "select a from t where b in (?, ?) order by 1",
    ),
    ("spark", "select 1L, 2", "select ?, ?"),
    (None, "select 'never ends, 5", "select '?'"),
    ("no-such-dialect", "select 'a'", "select '?'"),
    (None, "/* where mail = 'a@b.c' */ select 1", "/* where mail = '?' */ select ?"),
    (None, "", ""),
]


@pytest.mark.parametrize(("dialect", "sql", "masked"), MASKED)
def test_literals_are_masked_in_every_dialects_spelling(
    dialect: str | None, sql: str, masked: str
) -> None:
    """Strings become '?', numbers ?; what is shape and not data stays."""
    assert mask_literals(sql, dialect) == masked


def test_masked_text_parses_to_the_same_tables_and_columns() -> None:
    """Masking happens last, but its result is still SQL."""
    sql = """
    insert into a.t (x, y) select b.x + 10, case when b.k = 'gold' then 1 else 0 end
    from b join c on b.id = c.id and c.kind in ('x', 'y', 3) where d > date '2020-01-01'
    and e between 1 and 2 and f like '%z' qualify row_number() over (partition by g) = 1
    """
    for dialect in ("duckdb", "snowflake", "bigquery", "databricks"):
        plain = sqlglot.parse_one(sql, dialect=dialect)
        masked = sqlglot.parse_one(mask_literals(sql, dialect), dialect=dialect)
        for kind in (sqlglot.exp.Column, sqlglot.exp.Table):
            assert [str(n) for n in plain.find_all(kind)] == [str(n) for n in masked.find_all(kind)]


@given(st.text(alphabet="ab'\"$`[]-/*0123 \n\\;(),."), st.sampled_from([None, "mysql", "bigquery"]))
def test_any_text_can_be_masked(text: str, dialect: str | None) -> None:
    """Broken SQL too, always to the same result."""
    assert mask_literals(text, dialect) == mask_literals(text, dialect)


def test_no_value_survives_masking() -> None:
    """Names given as strings anywhere are gone, in code that parses and code that does not."""
    chooser = random.Random(7)
    for _ in range(200):
        secret = f"s3cr3t{chooser.randrange(10**6)}"
        prefix = chooser.choice(["select a from t where b = ", "selec a frm ", "x '' || ", "-- "])
        assert secret not in mask_literals(f"{prefix}'{secret}'", None)


def test_values_of_secret_names_are_known_and_can_be_hidden() -> None:
    """However deep; short ones and flags are none, and the longest goes first."""
    settings = {
        "password": "hunter2",
        "api_key": {"old": "hunter2-2019", "id": [12345]},
        "sort_key": "created_at",
        "token": "abc",
        "secret": True,
        "nested": {"client-secret": "s3cr3t"},
    }
    found = secret_values(settings)
    assert found == ("hunter2-2019", "hunter2", "s3cr3t", "12345")
    assert hide("x hunter2-2019 hunter2 s3cr3t created_at", found) == "x *** *** *** created_at"


def test_a_keyed_hash_tells_changed_from_unchanged_only_with_its_key() -> None:
    """Equal texts are equal under one key, unequal under another."""
    assert keyed_hash("select 1", b"k") == keyed_hash("select 1", b"k")
    assert keyed_hash("select 1", b"k") != keyed_hash("select 2", b"k")
    assert keyed_hash("select 1", b"k") != keyed_hash("select 1", b"other")
    assert len(keyed_hash("\ud800", b"k")) == 64
