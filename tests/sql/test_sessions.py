"""Sessions: what one text leaves, the next one finds."""

from __future__ import annotations

import pickle

import pytest
from tests.sql.sql_cases import Case, load, render

from whence.sql import ScriptLineage, Session, StatementLineage, extract
from whence.sql.dialects import rules
from whence.sql.ladder import pieces
from whence.sql.text import text_of

SCHEMA = {"t": {"a": "int", "b": "text"}, "u": {"a": "int", "e": "text"}}


def read(session: Session, sql: str, dialect: str = "postgres") -> ScriptLineage:
    return extract(sql, dialect=dialect, schema=SCHEMA, session=session)


def lines(script: ScriptLineage) -> list[str]:
    return render(script)


def _texts(case: Case) -> list[str]:
    """The statements of a case, each by itself; [] where one has no text of its own.

    Conditions, loops and what was spelled anew have none.
    """
    known = rules(case.dialect or "")
    found = pieces(case.sql, known)
    if any(each.role or each.kind for each in found):
        return []
    texts = [text_of(each.node, known) if each.node is not None else "" for each in found]
    return texts if len(texts) > 1 and all(texts) else []


SCRIPTS = [case for case in load() if _texts(case)]


@pytest.mark.parametrize("case", SCRIPTS, ids=lambda case: case.name)
def test_a_script_in_pieces_is_the_script(case: Case) -> None:
    """One mechanism: a session over the statements one by one answers as the whole text does."""
    session = Session()
    apart: list[StatementLineage] = []
    for text in _texts(case):
        script = extract(text, dialect=case.dialect, schema=case.schema, session=session)
        apart += script.statements
    whole = extract(case.sql, dialect=case.dialect, schema=case.schema).statements
    assert [_plain(each) for each in apart] == [_plain(each) for each in whole]


def _plain(statement: StatementLineage) -> tuple[object, ...]:
    columns = [(each.column, each.dataset, each.inputs) for each in statement.columns]
    indirect = set(statement.indirect)
    return (statement.kind, set(statement.inputs), statement.outputs, columns, indirect)


def test_a_temporary_table_reaches_the_next_task() -> None:
    """With kinds, influences and the text of the expression that made it."""
    session = Session()
    read(session, "create temp table s as select a + 1 as n, count(b) as c from t where a > 0")
    second = read(session, "insert into o select n as m, c from s")
    assert lines(second) == [
        "in: t",
        "out: o",
        "m <- t.a TRANSFORMATION",
        "c <- t.b AGGREGATION masked",
        "FILTER t.a",
    ]
    assert second.statements[0].columns[0].inputs[0].description == "a + 1"


def test_a_session_can_be_stored_between_tasks() -> None:
    """It holds values alone: no tree, no plan."""
    session = Session()
    read(session, "create temp table s as select a + 1 as n from t; set search_path to z")
    session = pickle.loads(pickle.dumps(session))
    assert lines(read(session, "insert into o select n from s")) == [
        "in: t",
        "out: z.o",
        "n <- t.a TRANSFORMATION",
    ]


def test_a_temporary_table_of_unknown_columns_keeps_its_star() -> None:
    """Columns that nobody knew are those of the table behind it."""
    session = Session()
    read(session, "create temp table s as select * from nobody")
    assert lines(read(session, "insert into o select q from s")) == [
        "in: nobody",
        "out: o",
        "q <- nobody.q IDENTITY",
    ]


def test_drop_and_make_again() -> None:
    """The second one counts; once dropped, the name means a stored table again."""
    session = Session()
    read(session, "create temp table s as select a from t")
    read(session, "drop table s")
    read(session, "create temp table s as select e as a from u")
    assert lines(read(session, "insert into o select a from s"))[2] == "a <- u.e IDENTITY"
    read(session, "drop table if exists s")
    assert lines(read(session, "insert into o select a from s"))[0] == "in: s"


def test_rows_added_to_a_temporary_table_later() -> None:
    """An INSERT of a later task unites with what was there."""
    session = Session()
    read(session, "create temp table s (n int)")
    read(session, "insert into s select a from t")
    read(session, "insert into s select length(e) from u")
    assert lines(read(session, "insert into o select n from s")) == [
        "in: t, u",
        "out: o",
        "n <- t.a IDENTITY; u.e TRANSFORMATION",
    ]


def test_a_view_made_before_is_known_by_its_columns() -> None:
    """A stored view stays an input of its own."""
    session = Session()
    read(session, "create view v as select a, b as c from t")
    assert lines(read(session, "insert into o select * from v")) == [
        "in: v",
        "out: o",
        "a <- v.a IDENTITY",
        "c <- v.c IDENTITY",
    ]


def test_a_statement_that_fails_in_between_changes_nothing() -> None:
    """Nor does a text that is not SQL at all."""
    session = Session()
    read(session, "create temp table s as select a from t")
    for broken in ("select from where (", "\x00", "insert into o select nothing.a from s"):
        read(session, broken)
    assert lines(read(session, "select a from s")) == ["in: t", "a <- t.a IDENTITY"]


def test_sessions_do_not_know_each_other() -> None:
    """Nor does a text without one."""
    one, other = Session(), Session()
    read(one, "create temp table s as select a from t")
    for script in (read(other, "select a from s"), extract("select a from s")):
        assert lines(script)[0] == "in: s"


def test_a_session_begins_where_it_is_told() -> None:
    """The current schema of a connection may be known before its first statement."""
    session = Session(catalog="db", schema="raw")
    assert lines(read(session, "select x from y")) == ["in: db.raw.y", "x <- db.raw.y.x IDENTITY"]


def test_a_statement_that_does_not_parse_has_the_names_of_the_session() -> None:
    """USE counts for it, and a temporary table is what it was made from."""
    session = Session()
    read(session, "set search_path to z; create temp table s as select a from y.t")
    script = read(session, "insert into o select a from s join u on ((")
    assert [str(name) for name in script.inputs] == ["y.t", "z.u"]
    assert [str(name) for name in script.outputs] == ["z.o"]
    assert script.statements[0].confidence == 0.4


def test_a_temporary_table_may_come_from_a_statement_that_does_not_parse() -> None:
    """Its columns are unknown; the tables behind it are not."""
    session = Session()
    read(session, "create temp table s as select a from t where ((")
    script = read(session, "insert into o select a from s")
    assert [str(name) for name in script.inputs] == ["t"]
    assert [str(name) for name in script.outputs] == ["o"]


def one(sql: str, dialect: str = "postgres") -> list[str]:
    whole = extract(sql, dialect=dialect, schema=SCHEMA).as_one()
    return render(ScriptLineage((whole,), whole.inputs, whole.outputs))


def test_a_script_as_one_step_leaves_out_what_it_made_between() -> None:
    """Kinds add up, influences unite, masking stays."""
    assert one(
        "create table s as select a + 1 as n, count(b) as c from t where b > '' group by a;"
        "create view v as select n * 2 as m, c from s where n > 1;"
        "insert into o select m as x, case when c > 1 then m end as y from v; drop table s"
    ) == [
        "in: t",
        "out: o, v",
        "v.m <- t.a TRANSFORMATION",
        "v.c <- t.b AGGREGATION masked",
        "o.x <- t.a TRANSFORMATION",
        "o.y <- t.a TRANSFORMATION; t.b CONDITIONAL",
        "FILTER t.a, t.b",
        "GROUP_BY t.a",
    ]


def test_a_table_filled_twice_has_the_sources_of_both() -> None:
    """And one that is emptied or made anew only those that came after."""
    assert one("insert into o (x) select a from t; insert into o (x) select e from u")[2] == (
        "x <- t.a IDENTITY; u.e IDENTITY"
    )
    assert one(
        "create table s as select a as x from t; drop table s;"
        "create table s as select e as x from u; insert into o select x from s"
    ) == ["in: t, u", "out: o, s", "s.x <- u.e IDENTITY", "o.x <- u.e IDENTITY"]


def test_a_table_that_was_read_before_stays_a_source() -> None:
    """What is in it is more than what the script put there."""
    assert one("insert into o select a from t; insert into t select a, e from u") == [
        "in: t, u",
        "out: o, t",
        "o.a <- t.a IDENTITY",
        "t.a <- u.a IDENTITY",
        "t.b <- u.e IDENTITY",
    ]


def test_the_document_of_a_script_has_its_composed_columns() -> None:
    """Beside the statements; that of a single statement has them there alone."""
    script = extract("create table s as select a from t; insert into o select a from s")
    composed = script.as_json()
    sources = {
        (column["dataset"], source["dataset"], source["column"])
        for column in composed["columns"]
        for source in column["inputs"]
    }
    assert sources == {("s", "t", "a"), ("o", "t", "a")}
    assert "columns" not in extract("select a from t").as_json()
