"""A text from its first character to the answer: the ladder, statement by statement.

Must not know kinds of statements.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from sqlglot import exp

from whence.columns.algebra import Relation
from whence.sql.api import Limits
from whence.sql.dialects import rules
from whence.sql.parsing import ParseFailure, parse, tokenize
from whence.sql.plan import Ask, Plan, Rows, Step, run
from whence.sql.relations.query import query
from whence.sql.results import (
    Indirect,
    OutputColumn,
    ScriptLineage,
    StatementLineage,
    TableName,
)
from whence.sql.scan import scan
from whence.sql.schema import SchemaProvider
from whence.sql.statements.dispatch import Reader, reader_of
from whence.sql.statements.write import Answer, Effects


@dataclass(frozen=True, slots=True)
class Settings:
    """How a text is to be read; see `whence.sql.extract`."""

    dialect: str
    schema: SchemaProvider
    default_catalog: str | None
    default_schema: str | None
    limits: Limits


def read_script(sql: str, settings: Settings) -> ScriptLineage:
    """The lineage of every statement in ``sql``."""
    known = rules(settings.dialect)
    defaults = tuple(
        part for part in (settings.default_catalog, settings.default_schema) if part is not None
    )
    plan = Plan(known, settings.schema, defaults)
    tokens = tokenize(sql, known)
    parsed = tokens if isinstance(tokens, ParseFailure) else parse(tokens, sql, known)
    if isinstance(parsed, ParseFailure):
        plan.gap(parsed.code, parsed.reason)
        found = scan(sql)
        statement = StatementLineage(
            found.kind, found.inputs, found.outputs, gaps=tuple(plan.gaps), confidence=0.3
        )
        return ScriptLineage((statement,), found.inputs, found.outputs)
    answer = Answer(plan)
    return script_of(plan, [_statement(plan, answer, each) for each in parsed if each is not None])


def script_of(plan: Plan, statements: list[StatementLineage]) -> ScriptLineage:
    """The whole of ``statements``: temporary tables and what the script made before resolved."""
    inputs: dict[TableName, None] = {}
    outputs: dict[TableName, None] = {}
    for statement in statements:
        for name in statement.inputs:
            if name not in outputs and not plan.is_made(name):
                inputs[name] = None
        outputs.update((name, None) for name in statement.outputs if not plan.is_made(name))
    return ScriptLineage(tuple(statements), tuple(inputs), tuple(outputs))


def _statement(plan: Plan, answer: Answer, node: exp.Expr) -> StatementLineage:
    plan.gaps.clear()
    reader = reader_of(node)
    if reader is None:
        plan.gap("unsupported", f"a statement of kind {node.key.upper()}")
        return StatementLineage(node.key.upper(), gaps=tuple(plan.gaps), confidence=0.5)
    return lineage_of(plan, answer, effects_of(plan, reader, node))


def effects_of(plan: Plan, reader: Reader, node: exp.Expr) -> Effects:
    """Drive ``reader`` over ``node``."""
    effects: list[Effects] = []

    def step() -> Generator[Ask | Step, Rows, Rows]:
        effects.append((yield from reader(plan, node)))
        return Rows(Relation(), (), ())

    run(plan, step(), query)
    return effects[0]


def lineage_of(plan: Plan, answer: Answer, effects: Effects) -> StatementLineage:
    """The results of one statement."""
    columns: list[OutputColumn] = []
    indirect: list[Indirect] = []
    inputs: dict[TableName, None] = dict.fromkeys(effects.inputs)
    for target in effects.targets:
        more, influences, tables = answer.columns(target)
        columns += more
        indirect += influences
        inputs.update(dict.fromkeys(tables))
    return StatementLineage(
        effects.kind,
        tuple(inputs),
        tuple(effects.outputs),
        tuple(columns),
        tuple(indirect),
        tuple(plan.gaps),
        effects.confidence,
    )
