"""The lineage of SQL as the documented JSON and as trees on a terminal.

Takes values and returns values; must not read files or resolve SQL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whence_cli import render

if TYPE_CHECKING:
    from rich.tree import Tree

    from whence.model import Gap
    from whence.sql import OutputColumn, ScriptLineage, StatementLineage


def document(script: ScriptLineage) -> dict[str, Any]:
    """The object that ``whence sql --json`` writes; its keys are stable."""
    return {
        "statements": [_statement(each) for each in script.statements],
        "inputs": [str(table) for table in script.inputs],
        "outputs": [str(table) for table in script.outputs],
    }


def unread(code: str, reason: str) -> dict[str, Any]:
    """The same object for text of which nothing could be read: one gap and no lineage."""
    statement = {
        "kind": "UNKNOWN",
        "inputs": [],
        "outputs": [],
        "columns": [],
        "indirect": [],
        "gaps": [{"code": code, "reason": reason, "where": ""}],
        "confidence": 0.0,
    }
    return {"statements": [statement], "inputs": [], "outputs": []}


def gaps(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """All gaps of a `document`."""
    return [gap for statement in answer["statements"] for gap in statement["gaps"]]


def drawings(answer: dict[str, Any]) -> list[Tree]:
    """A tree for each statement of a `document`: its columns, each with where it comes from."""
    return [_tree(statement) for statement in answer["statements"]]


def _statement(lineage: StatementLineage) -> dict[str, Any]:
    return {
        "kind": lineage.kind,
        "inputs": [str(table) for table in lineage.inputs],
        "outputs": [str(table) for table in lineage.outputs],
        "columns": [_column(column) for column in lineage.columns],
        "indirect": [
            {
                "output": None if each.output is None else str(each.output),
                "dataset": str(each.dataset),
                "column": each.column,
                "subtype": each.subtype,
            }
            for each in lineage.indirect
        ],
        "gaps": [_gap(gap) for gap in lineage.gaps],
        "confidence": lineage.confidence,
    }


def _column(column: OutputColumn) -> dict[str, Any]:
    return {
        "dataset": None if column.dataset is None else str(column.dataset),
        "column": column.column,
        "data_type": column.type,
        "inputs": [
            {
                "dataset": str(source.dataset),
                "column": source.column,
                "type": source.type,
                "subtype": source.subtype,
                "masking": source.masking,
                "description": source.description,
            }
            for source in column.inputs
        ],
    }


def _gap(gap: Gap) -> dict[str, str]:
    return {"code": gap.code, "reason": gap.reason, "where": gap.where}


def _tree(statement: dict[str, Any]) -> Tree:
    written = ", ".join(statement["outputs"])
    root = render.tree(f"{statement['kind']} {written}".rstrip())
    for column in statement["columns"]:
        branch = render.branch(root, column["column"], column["data_type"] or "", style="cyan")
        for source in column["inputs"]:
            masked = ", masked" if source["masking"] else ""
            label = f"{source['dataset']}.{source['column']}"
            render.branch(branch, label, _kind(source) + masked)
    if statement["indirect"]:
        branch = render.branch(root, "every row", "decided by", style="magenta")
        for each in statement["indirect"]:
            render.branch(branch, f"{each['dataset']}.{each['column']}", each["subtype"])
    for gap in statement["gaps"]:
        where = f" ({gap['where']})" if gap["where"] else ""
        render.branch(root, f"gap {gap['code']}", gap["reason"] + where, style="yellow")
    return root


def _kind(source: dict[str, Any]) -> str:
    indirect = "indirect " if source["type"] == "INDIRECT" else ""
    return f"{indirect}{source['subtype']}"
