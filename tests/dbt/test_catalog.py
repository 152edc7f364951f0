"""What dbt's files tell of columns: a schema for ``whence sql --schema`` and `lineage`."""

from __future__ import annotations

import json
import shutil

import pytest

from dbt_whence.feeds.catalog import schema_provider
from whence.errors import BadInput
from whence.schema.sources import open_schema
from whence.sql import lineage

MODEL = {
    "resource_type": "model", "database": "shop", "schema": "marts", "name": "m", "alias": "orders",
    "columns": {"id": {"name": "id", "data_type": "int"}, "total": {"name": "total"}},
}  # fmt: skip
SOURCE = {
    "resource_type": "source", "database": "shop", "schema": "raw", "name": "s",
    "identifier": "raw_orders", "columns": {"cents": {"name": "cents", "data_type": None}},
}  # fmt: skip
MANIFEST = {
    "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
    "nodes": {
        "model.shop.m": MODEL,
        "model.shop.strict": {**MODEL, "alias": "strict", "contract": {"enforced": True}},
        "model.shop.silent": {**MODEL, "alias": "silent", "columns": {}},
        "test.shop.t": {**MODEL, "resource_type": "test", "alias": "a_test"},
    },
    "sources": {"source.shop.s": SOURCE},
}
CATALOG = {
    "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"},
    "nodes": {
        "model.shop.m": {
            "metadata": {"database": "shop", "schema": "marts", "name": "orders"},
            "columns": {
                "TOTAL": {"name": "total", "type": "DECIMAL", "index": 2},
                "ID": {"name": "id", "type": "INTEGER", "index": 1},
                "EXTRA": {"name": "extra", "type": "TEXT", "index": 3},
            },
        }
    },
    "sources": {},
}


@pytest.fixture
def project(tmp_path):
    """A project's folder with both files in its target folder."""
    target = tmp_path / "target"
    target.mkdir()
    (target / "manifest.json").write_text(json.dumps(MANIFEST))
    (target / "catalog.json").write_text(json.dumps(CATALOG))
    return tmp_path


def columns(schema, table: str) -> list[tuple[str, str | None]]:
    """The columns of a star over ``table``."""
    (statement,) = lineage(f"select * from {table}", schema=schema).statements
    return [(column.column, column.type) for column in statement.columns]


@pytest.mark.parametrize(
    "named", [".", "target", "target/manifest.json", "target/catalog.json", "renamed.json"]
)
def test_a_project_is_recognised_by_its_folders_and_by_either_file(project, named):
    """A file by what it says of itself, whatever it is called; the other beside it is read too."""
    shutil.copy(project / "target" / "catalog.json", project / "renamed.json")
    known = open_schema(str(project / named))
    expected = [("id", "INTEGER"), ("total", "DECIMAL"), ("extra", "TEXT")]
    assert columns(known, "shop.marts.orders") == expected
    assert columns(known, "orders") == expected


def test_documented_columns_are_some_columns_unless_a_contract_says_all(project):
    """A star over the others is still a gap, a bare name among them is certain."""
    (project / "target" / "catalog.json").unlink()
    known = open_schema(str(project))
    assert columns(known, "marts.strict") == [("id", "int"), ("total", None)]
    script = lineage("select * from marts.orders", schema=known)
    assert [column.column for column in script.statements[0].columns][:2] == ["id", "total"]
    assert [gap.code for gap in script.gaps] == ["star-unknown-table"]
    joined = lineage("select cents, total from orders, raw_orders", schema=known)
    assert {str(each.inputs[0].dataset) for each in joined.statements[0].columns} <= {
        "orders", "raw_orders",
    }  # fmt: skip


def test_what_is_no_file_of_dbts_is_left_to_others(tmp_path):
    """A schema of the usual form is not taken for a manifest, and no question has no answer."""
    (tmp_path / "schema.json").write_text('{"t": {"a": "int"}}')
    assert schema_provider(str(tmp_path / "schema.json")) is None
    assert schema_provider(str(tmp_path)) is None
    assert schema_provider(str(tmp_path / "none")) is None
    assert schema_provider(None) is None


def test_a_broken_file_is_said(project):
    """It names itself one of dbt's, so nobody else will read it."""
    path = project / "target" / "manifest.json"
    path.write_text(json.dumps(MANIFEST)[:-5])
    with pytest.raises(BadInput, match=r"manifest\.json is not JSON"):
        open_schema(str(project))


def test_the_example_as_dbt_wrote_it(shop):
    """The real files of a real build: the catalogue knows every column of a mart."""
    assert shop.dbt("docs", "generate").returncode == 0
    known = open_schema(str(shop.folder))
    names = [name for name, _ in columns(known, "shop.marts.customers")]
    assert names[0] == "customer_id"
    assert "lifetime_value" in names
    assert "*" not in names
