"""Spark's analysed plan, as `toJSON` writes it, read as column lineage.

Must not look at SQL text. Columns are told apart by Spark's own expression ids; scopes are built
per operator, because UNION hands on the ids of its first branch and a correlated subquery may use
the ids of the query around it. The convention is that of `answers`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.sql import answers
from tests.sql.answers import Answer, Influences, Mode, Value, unite

_ROW_VALUES = {"First", "Last", "NthValue", "Lag", "Lead"}
_GROUPING = "spark_grouping_id"


class NotUnderstood(Exception):
    """A node of the plan that the oracle has no rule for."""


@dataclass(slots=True)
class Tree:
    """A node of a plan or an expression.

    Attributes:
        kind: Its class, without the package.
        fields: Everything else that Spark wrote.
    """

    kind: str
    fields: dict[str, Any]
    children: list[Tree]


def tree(flat: list[dict[str, Any]]) -> Tree:
    """The tree that a list in pre-order stands for."""
    return _take(iter(flat))


def _take(nodes: Iterator[dict[str, Any]]) -> Tree:
    fields = next(nodes)
    children = [_take(nodes) for _ in range(fields["num-children"])]
    return Tree(fields["class"].rsplit(".", 1)[-1].rstrip("$"), fields, children)


@dataclass(slots=True)
class Column:
    """A column of a relation: Spark's id, its name and where it comes from."""

    id: int
    name: str
    value: Value


Columns = list[Column]
Scope = Mapping[int, Value]


def lineage(plan: str) -> Answer:
    """The lineage of an analysed plan."""
    walk = Walk()
    columns = walk.columns(tree(json.loads(plan)), {})
    return Answer(
        [column.name for column in columns],
        [column.value for column in columns],
        walk.rows,
        walk.inputs,
        walk.doubtful,
    )


class Walk:
    """One pass over a plan, inputs first.

    Attributes:
        rows: What decides on rows anywhere in the plan.
        inputs: The tables met.
        doubtful: Keys of GROUPING(): the function says nothing of them, the text names them.
    """

    def __init__(self) -> None:
        self.rows: Influences = {}
        self.inputs: set[str] = set()
        self._ctes: dict[int, Tree] = {}
        self._known: dict[int, list[Value]] = {}
        self._keys: set[str] = set()
        self._common: list[Value] = []
        self.doubtful: set[str] = set()

    def columns(self, node: Tree, outer: Scope) -> Columns:
        """The columns of a relation."""
        handler = _RELATIONS.get(node.kind)
        if handler is None:
            raise NotUnderstood(node.kind)
        return handler(self, node, outer)

    # Expressions

    def value(self, node: Tree, mode: Mode, scope: Scope, outer: Scope) -> Value:
        """Where an expression comes from."""

        def leaf(part: Tree, how: Mode, into: Value) -> bool:
            return self._leaf(part, how, into, scope, outer)

        return answers.read(node, mode, leaf, _parts)

    def _leaf(self, node: Tree, mode: Mode, into: Value, scope: Scope, outer: Scope) -> bool:
        if node.kind == "AttributeReference":
            into.add(_find(node, scope, outer), mode)
        elif node.kind == "OuterReference":
            into.add(_find(node.children[0] if node.children else _inside(node), outer, {}), mode)
        elif node.kind == "ShiftRight" and node.children[0].fields.get("name") == _GROUPING:
            self.doubtful |= self._keys
        elif node.kind == "With":
            self._with(node, mode, into, scope, outer)
        elif node.kind == "CommonExpressionRef":
            into.add(self._common[-1], mode)
        elif node.kind in ("ScalarSubquery", "ListQuery", "Exists"):
            columns = self.columns(tree(node.fields["plan"]), {**outer, **scope})
            if node.kind != "Exists":
                for column in columns:
                    into.add(column.value, mode)
        else:
            return False
        return True

    def _with(self, node: Tree, mode: Mode, into: Value, scope: Scope, outer: Scope) -> None:
        """An expression that uses another more than once, as BETWEEN and NULLIF do.

        Spark does not write which it means, so that there must be one of them only.
        """
        body, *definitions = node.children
        if len(definitions) != 1:
            raise NotUnderstood("several common expressions")
        common = self.value(definitions[0].children[0], answers.IDENTITY, scope, outer)
        self._common.append(common)
        into.take(self.value(body, mode, scope, outer))
        self._common.pop()

    def decide(self, nodes: Iterable[Tree], mode: Mode, scope: Scope, outer: Scope) -> None:
        """Expressions that decide on all rows."""
        for node in nodes:
            unite(self.rows, self.value(node, mode, scope, outer).indirect)

    def named(self, nodes: Iterable[Tree], scope: Scope, outer: Scope) -> Columns:
        """A list of named expressions."""
        return [
            Column(_id(node), node.fields["name"], self.value(node, 0, scope, outer))
            for node in nodes
        ]

    # Relations

    def same(self, node: Tree, outer: Scope) -> Columns:
        """The input's rows and columns."""
        return self.columns(node.children[0], outer)

    def project(self, node: Tree, outer: Scope) -> Columns:
        return self.named(_list(node, "projectList"), _scope(self.same(node, outer)), outer)

    def filter(self, node: Tree, outer: Scope) -> Columns:
        below = self.same(node, outer)
        if node.children[0].kind == "Expand":
            return below  # UNPIVOT leaves out what is NULL
        self.decide([tree(node.fields["condition"])], answers.FILTER, _scope(below), outer)
        return below

    def aggregate(self, node: Tree, outer: Scope) -> Columns:
        keys = _list(node, "groupingExpressions")
        made = _list(node, "aggregateExpressions")
        pivot = any(_holds(each, "PivotFirst") for each in made)
        below = self._ungrouped(node.children[0], outer) if pivot else self.same(node, outer)
        scope = _scope(below)
        for key in keys:
            self._keys |= self.value(key, answers.IDENTITY, scope, outer).direct.keys()
        self.decide(keys, answers.GROUP_BY, scope, outer)
        return self.named(made, scope, outer)

    def _ungrouped(self, node: Tree, outer: Scope) -> Columns:
        """What PIVOT aggregates over: Spark groups it by the pivot's column as well."""
        scope = _scope(self.same(node, outer))
        return self.named(_list(node, "aggregateExpressions"), scope, outer)

    def window(self, node: Tree, outer: Scope) -> Columns:
        below = self.same(node, outer)
        return below + self.named(_list(node, "windowExpressions"), _scope(below), outer)

    def sort(self, node: Tree, outer: Scope) -> Columns:
        below = self.same(node, outer)
        self.decide(_list(node, "order"), answers.SORT, _scope(below), outer)
        return below

    def join(self, node: Tree, outer: Scope) -> Columns:
        left, right = (self.columns(child, outer) for child in node.children)
        return self._joined(node, left, right, outer)

    def lateral_join(self, node: Tree, outer: Scope) -> Columns:
        left = self.columns(node.children[0], outer)
        query = tree(node.fields["right"])
        right = self.columns(tree(query.fields["plan"]), {**outer, **_scope(left)})
        return self._joined(node, left, right, outer)

    def _joined(self, node: Tree, left: Columns, right: Columns, outer: Scope) -> Columns:
        if node.fields.get("condition") is not None:
            both = _scope(left + right)
            self.decide([tree(node.fields["condition"])], answers.JOIN, both, outer)
        kind = str(node.fields["joinType"])
        return left if "Semi" in kind or "Anti" in kind else left + right

    def union(self, node: Tree, outer: Scope) -> Columns:
        branches = [self.columns(child, outer) for child in node.children]
        return [_either(each) for each in zip(*branches, strict=True)]

    def minus(self, node: Tree, outer: Scope) -> Columns:
        left, right = (self.columns(child, outer) for child in node.children)
        return [
            Column(one.id, one.name, answers.without(one.value, other.value))
            for one, other in zip(left, right, strict=True)
        ]

    def expand(self, node: Tree, outer: Scope) -> Columns:
        """Rows several times over, with some keys empty; GROUPING SETS and UNPIVOT."""
        below = self.same(node, outer)
        made = [tree(flat) for flat in node.fields["output"]]
        versions = [
            [self.value(tree(each), 0, _scope(below), outer) for each in version]
            for version in node.fields["projections"] or ()
            if version is not None
        ] or [[column.value for column in below]]  # Spark left them out: keys come last
        columns = []
        for at, column in enumerate(made):
            value = Value()
            for version in versions:
                if at < len(version):
                    value.add(version[at], answers.IDENTITY)
            columns.append(Column(_id(column), column.fields["name"], value))
        return columns

    def generate(self, node: Tree, outer: Scope) -> Columns:
        below = self.same(node, outer)
        generator = tree(node.fields["generator"])
        value = Value()
        for argument in generator.children:
            value.add(self.value(argument, 0, _scope(below), outer), answers.TRANSFORMATION)
        made = [tree(flat) for flat in node.fields["generatorOutput"]]
        counted = generator.kind == "PosExplode"
        return below + [
            Column(_id(each), each.fields["name"], Value() if counted and at == 0 else value)
            for at, each in enumerate(made)
        ]

    def table(self, node: Tree, outer: Scope) -> Columns:
        columns = []
        for flat in node.fields["output"]:
            column = tree(flat)
            name = column.fields["name"]
            table = column.fields["qualifier"].strip("[]").split(", ")[-1]
            columns.append(Column(_id(column), name, Value({f"{table}.{name}".lower(): 0})))
            self.inputs.add(table.lower())
        return columns

    def alias(self, node: Tree, outer: Scope) -> Columns:
        """A stored table writes its name only here."""
        child = node.children[0]
        if child.kind == "LogicalRelation":
            name = node.fields["identifier"]["name"].lower()
            self.inputs.add(name)
            return [
                Column(_id(each), each.fields["name"], _source(name, each.fields["name"]))
                for each in map(tree, child.fields["output"])
            ]
        return self.columns(child, outer)

    def values(self, node: Tree, outer: Scope) -> Columns:
        listed = map(tree, node.fields.get("output") or ())
        return [Column(_id(each), each.fields["name"], Value()) for each in listed]

    def with_cte(self, node: Tree, outer: Scope) -> Columns:
        *definitions, main = node.children
        for each in definitions:
            self._ctes[each.fields["id"]] = each.children[0]
        return self.columns(main, outer)

    def recursion(self, node: Tree, outer: Scope) -> Columns:
        """A start, and a step that runs until nothing new comes of it."""
        start, step = node.children
        columns = self.columns(start, outer)
        while True:
            self._known[-1 - node.fields["id"]] = [column.value for column in columns]
            after = [_either(each) for each in zip(columns, self.columns(step, outer), strict=True)]
            if [column.value for column in after] == [column.value for column in columns]:
                listed = node.fields.get("outputAttrIds")
                return _renumbered(columns, listed)
            columns = after

    def loop(self, node: Tree, outer: Scope) -> Columns:
        return self._positional(node, self._known[-1 - node.fields["loopId"]])

    def cte(self, node: Tree, outer: Scope) -> Columns:
        """A reference to a CTE, whose columns are matched by position."""
        id_ = node.fields["cteId"]
        known = self._known.get(id_)
        if known is None:
            known = [column.value for column in self.columns(self._ctes[id_], outer)]
            self._known[id_] = known
        return self._positional(node, known)

    def _positional(self, node: Tree, values: list[Value]) -> Columns:
        listed = map(tree, node.fields["output"])
        return [
            Column(_id(each), each.fields["name"], value)
            for each, value in zip(listed, values, strict=True)
        ]


def _source(table: str, name: str) -> Value:
    return Value({f"{table}.{name}".lower(): answers.IDENTITY})


def _id(node: Tree) -> int:
    id_: int = node.fields["exprId"]["id"]
    return id_


def _list(node: Tree, name: str) -> list[Tree]:
    return [tree(flat) for flat in node.fields[name]]


def _inside(node: Tree) -> Tree:
    """What an OuterReference holds, which is no child of it."""
    return tree(node.fields["e"])


def _holds(node: Tree, kind: str) -> bool:
    return node.kind == kind or any(_holds(child, kind) for child in node.children)


def _renumbered(columns: Columns, ids: list[dict[str, Any]] | None) -> Columns:
    """The columns of a recursion under the ids it is known by outside."""
    if not ids:
        return columns
    return [
        Column(each["id"], column.name, column.value)
        for each, column in zip(ids, columns, strict=True)
    ]


def _scope(columns: Columns) -> Scope:
    return {column.id: column.value for column in columns}


def _find(node: Tree, scope: Scope, outer: Scope) -> Value:
    id_ = _id(node)
    found = scope.get(id_, outer.get(id_))
    if found is None:
        raise NotUnderstood(f"column {node.fields['name']}#{id_}")
    return found


def _either(columns: tuple[Column, ...]) -> Column:
    """One column of a set operation."""
    value = Value()
    for column in columns:
        value.add(column.value, answers.IDENTITY)
    return Column(columns[0].id, columns[0].name, value)


Parts = list[tuple[Tree, Mode]]


def _parts(node: Tree) -> Parts:
    """The parts of an expression, with the role that each plays."""
    reader = _EXPRESSIONS.get(node.kind)
    return _all(node.children, answers.TRANSFORMATION) if reader is None else reader(node)


def _all(nodes: Iterable[Tree], role: Mode) -> Parts:
    return [(node, role) for node in nodes]


def _same(node: Tree) -> Parts:
    return _all(node.children, answers.IDENTITY)


def _cast(node: Tree) -> Parts:
    return _all(node.children, answers.CAST)


def _case(node: Tree) -> Parts:
    """Conditions and values by turns, and what stands after ELSE."""
    pairs = len(node.children) // 2 * 2
    return [
        (child, answers.CONDITIONAL if at < pairs and at % 2 == 0 else answers.TRANSFORMATION)
        for at, child in enumerate(node.children)
    ]


def _if(node: Tree) -> Parts:
    condition, *values = node.children
    return [(condition, answers.CONDITIONAL), *_all(values, answers.TRANSFORMATION)]


def _aggregate(node: Tree) -> Parts:
    function, *condition = node.children
    role = answers.TRANSFORMATION if function.kind in _ROW_VALUES else answers.AGGREGATION
    return [(function, role), *_all(condition, answers.CONDITIONAL)]


def _windowed(node: Tree) -> Parts:
    function, keys = node.children
    return [(function, answers.TRANSFORMATION), (keys, answers.IDENTITY)]


def _window_keys(node: Tree) -> Parts:
    return _all(node.children, answers.WINDOW)


def _nothing(node: Tree) -> Parts:
    return []


def _pivot_first(node: Tree) -> Parts:
    key, *values = node.children
    return [(key, answers.CONDITIONAL), *_all(values, answers.IDENTITY)]


_EXPRESSIONS: dict[str, Callable[[Tree], Parts]] = {
    **dict.fromkeys(("Alias", "TempResolvedColumn", "SortOrder"), _same),
    **dict.fromkeys(("Cast", "AnsiCast", "UpCast"), _cast),
    # Ranks hold the keys of their window a second time.
    **dict.fromkeys(
        ("Rank", "DenseRank", "PercentRank", "CumeDist", "RowNumber", "NTile"), _nothing
    ),
    "CaseWhen": _case,
    "If": _if,
    "NullIfResult": _if,
    **dict.fromkeys(("NullIf", "Between"), _same),
    "AggregateExpression": _aggregate,
    "WindowExpression": _windowed,
    "WindowSpecDefinition": _window_keys,
    "PivotFirst": _pivot_first,
}

_RELATIONS: dict[str, Callable[[Walk, Tree, Scope], Columns]] = {
    "Project": Walk.project,
    "Filter": Walk.filter,
    "Aggregate": Walk.aggregate,
    "Window": Walk.window,
    "Sort": Walk.sort,
    "Join": Walk.join,
    "LateralJoin": Walk.lateral_join,
    "Union": Walk.union,
    "Intersect": Walk.union,
    "Except": Walk.minus,
    "Expand": Walk.expand,
    "Generate": Walk.generate,
    "LogicalRelation": Walk.table,
    "SubqueryAlias": Walk.alias,
    "LocalRelation": Walk.values,
    "OneRowRelation": Walk.values,
    "Range": Walk.values,
    "WithCTE": Walk.with_cte,
    "CTERelationRef": Walk.cte,
    "UnionLoop": Walk.recursion,
    "UnionLoopRef": Walk.loop,
    **dict.fromkeys(
        ("Distinct", "GlobalLimit", "LocalLimit", "Offset", "Deduplicate", "View"), Walk.same
    ),
}
