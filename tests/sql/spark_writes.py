"""Spark's analysed plan of a statement that writes, read as column lineage.

Must not read queries: `spark_oracle` does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from tests.sql import answers
from tests.sql.answers import Answer, Value
from tests.sql.spark_oracle import Column, Tree, Walk, lineage, tree


def written(plan: str) -> Answer:
    """The lineage of an analysed plan, of a query or of a statement that writes."""
    root = tree(json.loads(plan))
    handler = _WRITES.get(root.kind)
    if handler is None:
        return lineage(plan)
    walk = Walk()
    columns = handler(walk, root)
    return Answer(list(columns), list(columns.values()), walk.rows, walk.inputs, walk.doubtful)


def _insert(walk: Walk, node: Tree) -> dict[str, Value]:
    return {column.name: column.value for column in walk.columns(node.children[0], {})}


def _update(walk: Walk, node: Tree) -> dict[str, Value]:
    scope = _scope(walk.columns(node.children[0], {}))
    if node.fields.get("condition") is not None:
        walk.decide([tree(node.fields["condition"])], answers.FILTER, scope, {})
    columns: dict[str, Value] = {}
    assignments = [tree(flat) for flat in node.fields.get("assignments") or ()]
    _assign(walk, assignments, scope, columns)
    return columns


def _merge(walk: Walk, node: Tree) -> dict[str, Value]:
    scope = _scope([each for child in node.children for each in walk.columns(child, {})])
    walk.decide([tree(node.fields["mergeCondition"])], answers.JOIN, scope, {})
    columns: dict[str, Value] = {}
    for key in ("matchedActions", "notMatchedActions", "notMatchedBySourceActions"):
        for flat in node.fields.get(key) or ():
            action = tree(flat)
            parts = [each for each in action.children if each.kind != "Assignment"]
            walk.decide(parts, answers.FILTER, scope, {})
            assignments = [each for each in action.children if each.kind == "Assignment"]
            _assign(walk, assignments, scope, columns)
    return columns


def _assign(
    walk: Walk, assignments: Iterable[Tree], scope: dict[int, Value], columns: dict[str, Value]
) -> None:
    for each in assignments:
        key, value = each.children
        while key.kind != "AttributeReference":
            key = key.children[0]
        column = columns.setdefault(key.fields["name"], Value())
        column.take(walk.value(value, answers.IDENTITY, scope, {}))


def _scope(columns: Iterable[Column]) -> dict[int, Value]:
    return {column.id: column.value for column in columns}


_WRITES: dict[str, Callable[[Walk, Tree], dict[str, Value]]] = {
    "InsertIntoHadoopFsRelationCommand": _insert,
    "UpdateTable": _update,
    "DeleteFromTable": _update,
    "MergeIntoTable": _merge,
}
