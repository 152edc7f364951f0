"""``whence demo``: the example, built by plain dbt in a folder of its own, and asked."""

from __future__ import annotations

import json
import socket

import pytest


@pytest.fixture(scope="module")
def somebodys_backend():
    """A place that the user's own settings lead to; it must never be called."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def test_the_demo_answers_both_questions(whence, tmp_path, somebodys_backend):
    """Upstream of a table, downstream of a column, then what to ask next.

    What it stores lies in its own folder, and nothing goes to the user's backend.
    """
    port = somebodys_backend.getsockname()[1]
    folder = tmp_path / "demo"
    ran = whence(
        "demo",
        "--folder",
        str(folder),
        WHENCE_HOME="",
        OPENLINEAGE_URL=f"http://127.0.0.1:{port}",
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    _, upstream, downstream, further = _parts(ran.stdout)
    assert "shop.marts.orders.total_amount" in upstream
    assert "shop.staging.stg_customers" in upstream
    assert "shop.marts.customers.lifetime_value" in downstream
    assert f"export WHENCE_HOME={folder / 'whence'}" in further
    with pytest.raises(BlockingIOError):
        somebodys_backend.accept()
    runs = whence("runs", "--job", "dbt-build-shop", "--json", WHENCE_HOME=str(folder / "whence"))
    assert [run["state"] for run in json.loads(runs.stdout)["runs"]] == ["COMPLETE"]


def _parts(text: str) -> list[str]:
    """What stands before the first question, each answer, and what comes after."""
    before, _, rest = text.partition("Where do the columns of a table come from?")
    upstream, _, rest = rest.partition("What breaks if a column changes?")
    downstream, _, further = rest.partition("Look further:")
    return [before, upstream, downstream, further]


def test_the_demo_replaces_nothing_of_the_users(whence, tmp_path):
    """A folder of the same name that is no earlier copy stays as it is."""
    theirs = tmp_path / "work" / "shop" / "dbt_project.yml"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("name: shop")
    ran = whence("demo", "--folder", str(tmp_path / "work"))
    assert ran.returncode == 2
    assert str(theirs.parent) in ran.stderr
    assert theirs.read_text() == "name: shop"
