"""The lineage of a script as the documented JSON.

Its keys are stable: fields may be added; none must be renamed, and no file is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whence.model import Gap
from whence.schema.providers import REST

if TYPE_CHECKING:
    from whence.sql.results import (
        OutputColumn,
        ScriptLineage,
        SourceColumn,
        StatementLineage,
        TableChange,
    )


def document(script: ScriptLineage) -> dict[str, Any]:
    """The object that ``whence sql --json`` writes.

    A script of several statements also has the columns and influences of its outputs, composed
    down to its own inputs.
    """
    answer: dict[str, Any] = {
        "statements": [_statement(each) for each in script.statements],
        "inputs": [str(table) for table in script.inputs],
        "outputs": [str(table) for table in script.outputs],
        "dialect": script.dialect,
    }
    if len(script.statements) > 1:
        whole = _statement(script.as_one())
        answer |= {"columns": whole["columns"], "indirect": whole["indirect"]}
    return answer


def _statement(lineage: StatementLineage) -> dict[str, Any]:
    return {
        "kind": lineage.kind,
        "inputs": [str(table) for table in lineage.inputs],
        "outputs": [str(table) for table in lineage.outputs],
        "columns": [_column(column) for column in lineage.columns if column.column != REST],
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
        "lifecycle": [_change(each) for each in lineage.lifecycle],
    }


def _change(change: TableChange) -> dict[str, Any]:
    previous = None if change.previous is None else str(change.previous)
    return {"dataset": str(change.table), "change": change.change, "previous": previous}


def _column(column: OutputColumn) -> dict[str, Any]:
    return {
        "dataset": None if column.dataset is None else str(column.dataset),
        "column": column.column,
        "data_type": column.type,
        "inputs": [_source(source) for source in column.inputs],
    }


def _source(source: SourceColumn) -> dict[str, Any]:
    span = source.span
    place = {} if span is None else {"span": [span.start, span.end], "line": span.line}
    return {
        "dataset": str(source.dataset),
        "column": source.column,
        "type": source.type,
        "subtype": source.subtype,
        "masking": source.masking,
        "description": source.description,
        **place,
    }


def _gap(gap: Gap) -> dict[str, str]:
    return {"code": gap.code, "reason": gap.reason, "where": gap.where}
