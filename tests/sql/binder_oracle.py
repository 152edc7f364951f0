"""DuckDB's bound plan, as `json_serialize_plan` writes it, read as column lineage.

Must not look at SQL text. The plan is not optimised, but correlated subqueries are already joins
over a list of the outer values: what only that rewriting compares, groups or partitions by is
left out. Such lists are CTEs with names of DuckDB's own, so that they can be told. The convention
is that of `answers`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
from tests.sql import answers
from tests.sql.answers import Answer, Influences, Mode, Value, unite

_PLAN = """select json_serialize_plan(?, optimize := false, skip_null := true, skip_empty := true,
                                      skip_default := true)"""
_NUMBER_OF_ROW = 1 << 32
_ROW_VALUES = ("LEAD", "LAG", "FIRST_VALUE", "LAST_VALUE", "NTH_VALUE", "FILL")
_REJOINED = "COMPARE_NOT_DISTINCT_FROM"
_OUTER_ROWS = "__duckdb_delim_"
_LIST = "__duckdb_delim_dedup_"
Node = dict[str, Any]


class NotUnderstood(Exception):
    """A node of the plan that the oracle has no rule for."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation.

    Attributes:
        binding: DuckDB's own name of it: a table's number and a position.
        correlated: True for an outer value that only the rewriting of a subquery hands on.
        group: The key of an aggregation that the column is.
        unpivot: True for the list that UNPIVOT makes of several columns.
    """

    value: Value
    binding: tuple[int, int] = (-1, -1)
    correlated: bool = False
    group: tuple[int, int] | None = None
    unpivot: bool = False


Columns = list[Column]


def lineage(db: duckdb.DuckDBPyConnection, sql: str) -> Answer | None:
    """The lineage of a query, or None where DuckDB refuses it."""
    try:
        (text,) = db.execute(_PLAN, [sql]).fetchone() or ("",)
        names = [row[0] for row in db.execute(f"describe {sql}").fetchall()]
    except duckdb.Error:
        return None
    plan = json.loads(text)
    if plan["error"]:
        return None
    walk = _Walk()
    columns = walk.columns(plan["plans"][0])
    return Answer(
        names, [each.value for each in columns], walk.all_rows(), walk.inputs, walk.doubtful
    )


class _Walk:
    """One pass over a plan, inputs first.

    Attributes:
        rows: What decides on rows anywhere in the plan.
        inputs: The tables met.
        doubtful: Keys of GROUPING().
    """

    def __init__(self) -> None:
        self.rows: Influences = {}
        self.inputs: set[str] = set()
        self.doubtful: set[str] = set()
        self._ctes: dict[int, Columns] = {}
        self._groups: dict[tuple[int, int], Value] = {}
        self._lists: set[int] = set()

    def all_rows(self) -> Influences:
        """What decides on rows, the keys of GROUP BY included."""
        for value in self._groups.values():
            unite(self.rows, value.indirect)
        return self.rows

    def columns(self, node: Node) -> Columns:
        """The columns of a relation."""
        handler = _RELATIONS.get(node["type"])
        if handler is None:
            raise NotUnderstood(node["type"])
        return handler(self, node)

    def value(self, node: Node, mode: Mode, below: Columns) -> Value:
        """Where an expression comes from."""

        def leaf(part: Node, how: Mode, into: Value) -> bool:
            column = _referred(part, below)
            if column is not None:
                into.add(column.value, how)
            return column is not None

        return answers.read(node, mode, leaf, _parts)

    def decide(self, nodes: Iterable[Node], mode: Mode, below: Columns) -> None:
        """Expressions that decide on all rows."""
        for node in nodes:
            unite(self.rows, self.value(node, mode, below).indirect)

    # Relations

    def same(self, node: Node) -> Columns:
        """The input's rows and columns."""
        return _kept(self.columns(node["children"][0]), node.get("projection_map"))

    def get(self, node: Node) -> Columns:
        """A stored table, or a function of a row's values."""
        if node.get("children"):
            return self._function(node)
        table = node.get("function_data", {}).get("table", "")
        if table:
            self.inputs.add(table.lower())
        number, names = node.get("table_index", 0), node.get("names", [])
        columns = []
        for at, each in enumerate(node.get("column_indexes", [])):
            index = each.get("index", 0)
            known = table and index < len(names)
            value = Value({f"{table}.{names[index]}".lower(): 0}) if known else Value()
            columns.append(Column(value, (number, at)))
        return columns

    def _function(self, node: Node) -> Columns:
        below = self.columns(node["children"][0])
        kept = node.get("projected_input", [])
        value = Value()
        for at, column in enumerate(below):
            if at not in kept:
                value.add(column.value, answers.TRANSFORMATION)
        number = node.get("table_index", 0)
        made = [Column(value, (number, at)) for at, _ in enumerate(node["column_indexes"])]
        return made + [below[at] for at in kept]

    def project(self, node: Node) -> Columns:
        below = self.columns(node["children"][0])
        return self._made(node.get("expressions", ()), below, node.get("table_index", 0))

    def _made(self, nodes: Iterable[Node], below: Columns, number: int) -> Columns:
        columns = []
        for at, node in enumerate(nodes):
            bare = _referred(node, below) or Column(self.value(node, 0, below))
            unpivot = _name(node) == "unpivot_list" or bare.unpivot
            columns.append(Column(bare.value, (number, at), bare.correlated, bare.group, unpivot))
        return columns

    def filter(self, node: Node) -> Columns:
        (child,) = node["children"]
        below = self.columns(child)
        unnested = [each["type"] for each in child.get("children", ())] == ["LOGICAL_UNNEST"]
        if not (unnested and any(column.unpivot for column in below)):
            mode = answers.JOIN if node.get("of_join") else answers.FILTER
            self.decide(node.get("expressions", ()), mode, below)
        # Otherwise it is UNPIVOT, which leaves out what is NULL.
        return _kept(below, node.get("projection_map"))

    def aggregate(self, node: Node) -> Columns:
        below = self.columns(node["children"][0])
        number, keys = node.get("group_index", 0), node.get("groups", [])
        for at, key in enumerate(keys):
            bare = _referred(key, below)
            if (bare is None or not bare.correlated) and number not in self._lists:
                self._groups[number, at] = self.value(key, answers.GROUP_BY, below)
        columns = [
            Column(each.value, each.binding, each.correlated, (number, at))
            for at, each in enumerate(self._made(keys, below, number))
        ]
        columns += self._made(node.get("expressions", ()), below, node.get("aggregate_index", 0))
        for names in node.get("grouping_functions", ()):
            for at in names:
                self.doubtful |= columns[at].value.direct.keys()
            columns.append(Column(Value()))
        return columns

    def window(self, node: Node) -> Columns:
        below = self.same(node)
        for window in node.get("expressions", ()):
            keys = window.get("partitions", [])
            own = [key for key in keys if not getattr(_referred(key, below), "correlated", False)]
            window["partitions"] = own
        return below + self._made(node["expressions"], below, node.get("window_index", 0))

    def order(self, node: Node) -> Columns:
        below = self.columns(node["children"][0])
        self.decide([each["expression"] for each in node["orders"]], answers.SORT, below)
        return _kept(below, node.get("projection_map"))

    def distinct(self, node: Node) -> Columns:
        below = self.columns(node["children"][0])
        if node.get("distinct_type") == "DISTINCT_ON":
            self.decide(node["distinct_targets"], answers.GROUP_BY, below)
            orders = node.get("order_by", {}).get("orders", ())
            self.decide([each["expression"] for each in orders], answers.SORT, below)
        return below

    def cross(self, node: Node) -> Columns:
        return [column for child in node["children"] for column in self.columns(child)]

    def join(self, node: Node) -> Columns:
        kind = node.get("join_type", "")
        compared = {each.get("comparison") for each in node.get("conditions", ())}
        rewritten = kind in ("MARK", "SINGLE") or _REJOINED in compared
        left, right = (self._side(child, rewritten) for child in node["children"])
        mark = Value()
        for condition in node.get("conditions", ()):
            self._condition(condition, left, right, mark if kind == "MARK" else None)
        if "condition" in node:
            self.decide([node["condition"]], answers.JOIN, left + right)
        left = _kept(left, node.get("left_projection_map"))
        if kind == "MARK":
            return [*left, Column(mark)]
        if kind in ("SEMI", "ANTI"):
            return left
        right = _kept(right, node.get("right_projection_map"))
        return right if kind in ("RIGHT_SEMI", "RIGHT_ANTI") else left + right

    def _side(self, node: Node, rewritten: bool) -> Columns:
        """One side of a join: what ON says of this side alone stands as a filter there.

        A lateral join has that within its own list of outer rows.
        """
        if not rewritten:
            inside = node
            while str(inside.get("ctename", "")).startswith(_OUTER_ROWS):
                inside = inside["children"][0]["children"][0]
            inside["of_join"] = True
        return self.columns(node)

    def _condition(self, node: Node, left: Columns, right: Columns, mark: Value | None) -> None:
        if "right" not in node:  # no comparison: positions are those of both sides together
            self.decide(_inside(node), answers.JOIN, left + right)
            return
        sides = [(node["left"], left), (node["right"], right)]
        if node.get("comparison") == _REJOINED:
            column = _referred(node["right"], right)
            if column is not None:
                # Rows of a correlated subquery find their outer rows again; where DuckDB did
                # without the list of outer values, this is the WHERE that compared the two.
                self._groups.pop(column.group or (-1, -1), None)
                if column.correlated:
                    return
            mark = None
            mode = answers.FILTER
        else:
            mode = answers.FILTER if right and right[0].correlated else answers.JOIN
        for expression, below in sides:
            if mark is not None:
                mark.add(self.value(expression, 0, below), answers.TRANSFORMATION)
            else:
                self.decide([expression], mode, below)

    def union(self, node: Node) -> Columns:
        branches = [self.columns(child) for child in node["children"]]
        number = node.get("table_index", 0)
        return [
            Column(_either(each), (number, at))
            for at, each in enumerate(zip(*branches, strict=True))
        ]

    def minus(self, node: Node) -> Columns:
        left, right = (self.columns(child) for child in node["children"])
        number = node.get("table_index", 0)
        return [
            Column(answers.without(one.value, other.value), (number, at))
            for at, (one, other) in enumerate(zip(left, right, strict=True))
        ]

    def cte(self, node: Node) -> Columns:
        definition, main = node["children"]
        number = node.get("table_index", 0)
        if str(node.get("ctename", "")).startswith(_LIST):
            self._lists.add(definition.get("group_index", 0))
        self._ctes[number] = self.columns(definition)
        return self.columns(main)

    def recursion(self, node: Node) -> Columns:
        start, step = node["children"]
        number = node.get("table_index", 0)
        columns = self.columns(start)
        while True:
            self._ctes[number] = columns
            steps = self.columns(step)
            after = [Column(_either(each)) for each in zip(columns, steps, strict=True)]
            if [each.value for each in after] == [each.value for each in columns]:
                return columns
            columns = after

    def reference(self, node: Node) -> Columns:
        known = self._ctes[node.get("cte_index", 0)]
        number = node.get("table_index", 0)
        correlated = str(next(iter(node["bound_columns"]), "")).startswith("__duckdb_delim_scan_")
        return [Column(column.value, (number, at), correlated) for at, column in enumerate(known)]

    def unnest(self, node: Node) -> Columns:
        below = self.columns(node["children"][0])
        number = node.get("unnest_index", 0)
        made = []
        for at, each in enumerate(node["expressions"]):
            bare = _referred(each["child"], below)
            unpivot = bare is not None and bare.unpivot
            value = Value()
            role = answers.IDENTITY if unpivot else answers.TRANSFORMATION
            value.add(self.value(each["child"], 0, below), role)
            made.append(Column(value, (number, at), unpivot=unpivot))
        return below + made

    def values(self, node: Node) -> Columns:
        """Rows of expressions."""
        below = self.cross(node) if node.get("children") else []
        number = node.get("table_index", 0)
        rows = [self._made(row, below, number) for row in node.get("expressions", ())]
        return [
            Column(_either(each), (number, at)) for at, each in enumerate(zip(*rows, strict=True))
        ]

    def nothing(self, node: Node) -> Columns:
        return [Column(Value()) for _ in node.get("return_types", node.get("chunk_types", ()))]


def _kept(columns: Columns, positions: list[int] | None) -> Columns:
    return columns if not positions else [columns[at] for at in positions]


def _either(columns: Iterable[Column]) -> Value:
    value = Value()
    for column in columns:
        value.add(column.value, answers.IDENTITY)
    return value


def _referred(node: Node, below: Columns) -> Column | None:
    """The column that an expression is, if it is no more than that."""
    if node.get("expression_class") == "BOUND_REF":
        return below[node.get("index", 0)]
    if node.get("expression_class") == "BOUND_COLUMN_REF":
        binding = node.get("binding", {})
        wanted = binding.get("table_index", 0), binding.get("column_index", 0)
        return next(column for column in below if column.binding == wanted)
    return None


def _name(node: Node) -> str:
    path = node.get("qname", {}).get("path") or [node.get("type", "")]
    return str(path[-1])


def _inside(value: Any) -> Iterator[Node]:
    """The expressions directly below a field."""
    if isinstance(value, list):
        for each in value:
            yield from _inside(each)
    elif isinstance(value, dict):
        if "expression_class" in value:
            yield value
        else:
            for each in value.values():
                yield from _inside(each)


def _parts(node: Node) -> list[tuple[Node, Mode]]:
    """The parts of an expression, with the role that each plays."""
    kind = node["expression_class"]
    if kind == "BOUND_CASE":
        parts: list[tuple[Node, Mode]] = []
        for check in node["case_checks"]:
            parts.append((check["when_expr"], answers.CONDITIONAL))
            parts.append((check["then_expr"], answers.TRANSFORMATION))
        return [*parts, *_all(node.get("else_expr"), answers.TRANSFORMATION)]
    if kind == "BOUND_AGGREGATE":
        # What a scalar subquery takes the one row of is no aggregate of the text.
        role = answers.IDENTITY if _name(node) == "first" else answers.AGGREGATION
        return [
            *_all(node.get("children"), role),
            *_all(node.get("filter"), answers.CONDITIONAL),
            *_all(node.get("order_bys"), answers.SORT),
        ]
    if kind == "BOUND_WINDOW":
        return _window(node)
    if kind == "BOUND_LAMBDA":
        return []
    role = answers.CAST if _name(node) == "__cast" else answers.TRANSFORMATION
    if _name(node) == "unpivot_list":
        role = answers.IDENTITY
    skipped = ("function_data", "type", "return_type")
    inside = [value for key, value in node.items() if key not in skipped]
    return _all(inside, role)


def _all(value: Any, role: Mode) -> list[tuple[Node, Mode]]:
    return [(each, role) for each in _inside(value)]


def _window(node: Node) -> list[tuple[Node, Mode]]:
    kind = node["type"]
    keys = [*_inside(node.get("partitions")), *_inside(node.get("orders"))]
    parts = _all(keys, answers.WINDOW) + _all(node.get("filter_expr"), answers.CONDITIONAL)
    if kind == "WINDOW_AGGREGATE":
        return parts + _all(node.get("children"), answers.AGGREGATION)
    if kind.endswith(_ROW_VALUES):
        used = [node.get(key) for key in ("children", "offset_expr", "default_expr")]
        return parts + _all(used, answers.TRANSFORMATION)
    return parts


_RELATIONS: dict[str, Callable[[_Walk, Node], Columns]] = {
    f"LOGICAL_{name}": handler
    for name, handler in {
        "GET": _Walk.get,
        "PROJECTION": _Walk.project,
        "FILTER": _Walk.filter,
        "AGGREGATE_AND_GROUP_BY": _Walk.aggregate,
        "WINDOW": _Walk.window,
        "ORDER_BY": _Walk.order,
        "DISTINCT": _Walk.distinct,
        "LIMIT": _Walk.same,
        "CROSS_PRODUCT": _Walk.cross,
        "POSITIONAL_JOIN": _Walk.cross,
        "COMPARISON_JOIN": _Walk.join,
        "ANY_JOIN": _Walk.join,
        "ASOF_JOIN": _Walk.join,
        "DELIM_JOIN": _Walk.join,
        "UNION": _Walk.union,
        "INTERSECT": _Walk.union,
        "EXCEPT": _Walk.minus,
        "MATERIALIZED_CTE": _Walk.cte,
        "RECURSIVE_CTE": _Walk.recursion,
        "CTE_REF": _Walk.reference,
        "UNNEST": _Walk.unnest,
        "EXPRESSION_GET": _Walk.values,
        "DUMMY_SCAN": _Walk.nothing,
        "EMPTY_RESULT": _Walk.nothing,
        "CHUNK_GET": _Walk.nothing,
    }.items()
}
