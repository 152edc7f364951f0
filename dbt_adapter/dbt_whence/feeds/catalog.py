"""The columns that dbt's own files tell: ``catalog.json``, and ``manifest.json`` for what it lacks.

Pure over these files; must not ask dbt or the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dbt_whence.feeds.artifacts import Record, load
from whence.schema.providers import REST, MappingSchema

CATALOG, MANIFEST = "catalog.json", "manifest.json"
HEAD_BYTES = 4_000
"""How much of a file is looked at to tell what it is: its metadata stands first."""

_Columns = dict[str, "str | None"]


def schema_provider(source: str | None) -> MappingSchema | None:
    """The entry point ``whence.schema_providers``.

    Args:
        source: A project's folder, its target folder, a manifest or a catalogue (then the other
            one beside it is read too); None asks what is known without any.

    Returns:
        None where ``source`` is nothing of dbt's.

    Raises:
        BadInput: It is, and cannot be read.
    """
    files = _files(Path(source)) if source is not None else {}
    if not files:
        return None
    tables: dict[str, _Columns] = {}
    if MANIFEST in files:
        tables.update(_documented(load(files[MANIFEST])))
    if CATALOG in files:
        tables.update(_catalogued(load(files[CATALOG])))
    return MappingSchema(tables)


def _files(path: Path) -> dict[str, Path]:
    """The manifest and the catalogue that ``path`` means, as far as they are there."""
    if path.is_file():
        kind = _kind(path)
        if kind is None:
            return {}
        other = path.with_name(MANIFEST if kind == CATALOG else CATALOG)
        return {kind: path} | ({other.name: other} if _kind(other) == other.name else {})
    for folder in (path, path / "target"):
        found = {
            name: folder / name for name in (CATALOG, MANIFEST) if _kind(folder / name) == name
        }
        if found:
            return found
    return {}


def _kind(path: Path) -> str | None:
    """Which of the two a file is, whatever it is called; None for any other."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return None
    for kind in (CATALOG, MANIFEST):
        if b"schemas.getdbt.com/dbt/" + kind.removesuffix(".json").encode() + b"/" in head:
            return kind
    return None


def _catalogued(catalog: Record) -> Iterator[tuple[str, _Columns]]:
    """Each table that the database had, with its columns in their order."""
    for node in _nodes(catalog, "nodes", "sources"):
        columns = sorted(node["columns"].values(), key=lambda column: int(column["index"]))
        types: _Columns = {str(column["name"]): str(column["type"]) for column in columns}
        yield _name(node["metadata"], "name"), types


def _documented(manifest: Record) -> Iterator[tuple[str, _Columns]]:
    """Each node with the columns that somebody wrote down: all of them only under a contract."""
    for node in _nodes(manifest, "nodes", "sources"):
        if node.get("resource_type") not in ("model", "seed", "snapshot", "source"):
            continue
        columns: _Columns = {
            str(column["name"]): column.get("data_type") for column in node["columns"].values()
        }
        if not columns:
            continue
        if not (node.get("contract") or {}).get("enforced"):
            columns[REST] = None
        leaf = "identifier" if node["resource_type"] == "source" else "alias"
        yield _name(node, leaf), columns


def _nodes(artifact: Record, *keys: str) -> Iterator[Record]:
    for key in keys:
        yield from (artifact.get(key) or {}).values()


def _name(node: dict[str, Any], leaf: str) -> str:
    parts = (node.get("database"), node.get("schema"), node.get(leaf) or node.get("name"))
    return ".".join(str(part) for part in parts if part)
