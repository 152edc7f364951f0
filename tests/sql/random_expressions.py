"""Random scalar expressions, conditions and windows over names in sight, in two engines' SQL.

Must not make whole queries beyond small subqueries.

Three tables stand below: ``t(k, a, b, c)``, ``u(k, a, e, f)``, ``v(k, b, g)``, all text, and ``n``
of nested types; ``w(k, a, b)`` is there to be written. Values end in a digit, which is what
conditions look at (`duckdb_oracle` says why).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal

Engine = Literal["duckdb", "spark"]
Tables = dict[str, list[str]]
TABLES: Tables = {"t": ["k", "a", "b", "c"], "u": ["k", "a", "e", "f"], "v": ["k", "b", "g"]}
NESTED: dict[Engine, dict[str, str]] = {
    "duckdb": {
        "k": "varchar",
        "s": "struct(x varchar, y struct(z varchar))",
        "l": "varchar[]",
        "m": "map(varchar, varchar)",
        "ls": "struct(x varchar)[]",
    },
    "spark": {
        "k": "string",
        "s": "struct<x:string,y:struct<z:string>>",
        "l": "array<string>",
        "m": "map<string,string>",
        "ls": "array<struct<x:string>>",
    },
}
"""The columns of ``n``."""


def schema(engine: Engine) -> dict[str, dict[str, str]]:
    """All tables with the types of their columns."""
    text = "varchar" if engine == "duckdb" else "string"
    tables = {name: dict.fromkeys(columns, text) for name, columns in TABLES.items()}
    return {**tables, "n": NESTED[engine], "w": dict.fromkeys(("k", "a", "b"), text)}


@dataclass(slots=True)
class Sight:
    """What an expression may refer to: FROM items with their columns, the innermost first.

    Attributes:
        items: Alias and column names of each.
        merged: Names that USING made one, to be used without an alias.
    """

    items: list[tuple[str, list[str]]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


class Expressions:
    """Makes expressions.

    Attributes:
        engine: Whose SQL it is.
        loose: True once rows depend on whole rows (DISTINCT, INTERSECT ...), so that every column
            may change with any other.
    """

    def __init__(self, seed: int, engine: Engine = "duckdb") -> None:
        """Choices from ``seed``."""
        self.rnd = random.Random(seed)
        self.engine = engine
        self.loose = False
        self._count = 0
        self._depth = 0

    def _chance(self, share: float) -> bool:
        return self.rnd.random() < share

    def _fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}{self._count}"

    def _only(self, duckdb: list[str], spark: list[str]) -> list[str]:
        """What is spelled in one way by one engine, and in another or not at all by the other."""
        return duckdb if self.engine == "duckdb" else spark

    def _column(self, sight: Sight) -> str:
        """One column, with its FROM item's alias where that is needed, or at random."""
        alias, columns = self.rnd.choice(sight.items)
        name = self.rnd.choice(columns)
        if name in sight.merged:
            return name
        alone = sum(name in each for _, each in sight.items) == 1
        spelled = name.upper() if self._chance(0.1) else name
        return spelled if alone and self._chance(0.6) else f"{alias}.{spelled}"

    def value(self, sight: Sight, tables: Tables, depth: int = 0) -> str:
        """A scalar expression of type text."""
        column = self._column(sight)
        if depth > 2 or self._chance(0.35):
            return column
        other = self.value(sight, tables, depth + 1)
        condition = self.condition(sight, tables, depth + 1)
        forms = [
            f"{column} || {other}",
            f"coalesce({column}, {other})",
            f"case when {condition} then {column} else {other} end",
            f"case right({column}, 1) when '1' then {other} when '2' then 'x0' end",
            f"if({condition}, {column}, {other})",
            f"concat({column}, '-', {other})",
            f"cast({other} || '' as string)",
            f"({column})",
            f"upper({other})",
            f"nullif({other}, 'y1')",
        ]
        forms += self._nested_values(column, other, self._column(sight))
        if self._depth < 4:
            forms += [self._scalar(sight, tables)] * 2
        return self.rnd.choice(forms)

    def _nested_values(self, column: str, other: str, third: str) -> list[str]:
        """Values that go through a list, a struct or a map."""
        return self._only(
            [
                f"[{column}, {other}][1] || [{column}, {other}][2]",
                f"list_transform([{column}], lambda x: x || coalesce({third}, ''))[1]",
                f"{{'p': {column}, 'q': 'z0'}}['p']",
                f"map {{'p': {column}}}['p']",
                f"concat([y || '' for y in [{column}] if y <> 'w1'][1], {other})",
            ],
            [
                f"array({column}, {other})[0] || array({column}, {other})[1]",
                f"transform(array({column}), x -> x || coalesce({third}, ''))[0]",
                f"named_struct('p', {column}, 'q', 'z0').p",
                f"map('p', {column})['p']",
                f"concat(filter(array({column}), y -> y <> 'w1')[0], {other})",
            ],
        )

    def condition(self, sight: Sight, tables: Tables, depth: int = 0) -> str:
        """A boolean expression over last digits."""
        one, two = (f"right({self._column(sight)}, 1)" for _ in range(2))
        forms = [
            f"{one} < {two}",
            f"{one} <> '2'",
            f"{self._column(sight)} is not null",
            f"{one} in ('0', '1', '2')",
            f"{one} between '1' and '3'",
            f"not ({one} = '3')",
        ]
        if depth < 2:
            more = self.condition(sight, tables, depth + 1)
            forms += [f"({one} > '0' or {more})", f"({more} and {two} < '3')"]
        if self._depth < 4 and depth < 2 and tables:
            forms += [self._exists(sight, tables), self._in(sight, tables, one)]
        return self.rnd.choice(forms)

    def _correlated(self, sight: Sight, tables: Tables) -> tuple[str, list[str], str]:
        """A table under a new alias, its columns, and a condition on both."""
        name = self.rnd.choice(sorted(tables))
        alias = self._fresh("s")
        own = f"right({alias}.{self.rnd.choice(tables[name])}, 1)"
        other = f"= right({self._column(sight)}, 1)" if self._chance(0.7) else "> '0'"
        condition = f"{own} {other}"
        return f"{name} {alias}", [f"{alias}.{each}" for each in tables[name]], condition

    def _scalar(self, sight: Sight, tables: Tables) -> str:
        if not tables:
            return f"max({self._column(sight)}) over ()"
        table, columns, condition = self._correlated(sight, tables)
        column = self.rnd.choice(columns)
        return f"(select max({column}) from {table} where {condition})"

    def _exists(self, sight: Sight, tables: Tables) -> str:
        table, _, condition = self._correlated(sight, tables)
        return f"exists (select 1 from {table} where {condition})"

    def _in(self, sight: Sight, tables: Tables, one: str) -> str:
        table, columns, condition = self._correlated(sight, tables)
        column = self.rnd.choice(columns)
        return f"{one} in (select right({column}, 1) from {table} where {condition})"

    def _window(self, sight: Sight) -> str:
        column, part, order = (self._column(sight) for _ in range(3))
        over = f"partition by right({part}, 1) order by {order}"
        if self._chance(0.4):
            self.loose = True  # which of equal rows comes first may depend on anything
            return self.rnd.choice(
                [
                    f"lag({column}) over (order by {order}, {part})",
                    f"cast(row_number() over ({over}, {column}) as string)",
                ]
            )
        return self.rnd.choice(
            [
                f"max({column}) over ({over})",
                f"first_value({column}) over ({over}, {column})",
                f"max({column}) over (w)",
            ]
        )

    def _aggregate(self, sight: Sight, tables: Tables) -> str:
        one, two = self.value(sight, tables, 2), self._column(sight)
        if self._chance(0.1):
            self.loose = True  # the first of equal rows again
            return f"max_by({one}, {two})"
        forms = [
            f"max({one})",
            f"min({one})",
            f"max({one}) || coalesce(min({two}), '')",
            f"max({one}) filter (where {self.condition(sight, {}, 2)})",
            f"cast(count({one}) as string)",
            f"cast(count(distinct {one}) as string)",
            f"max(case when {self.condition(sight, tables, 2)} then {one} else {two} end)",
            f"max(max({one})) over ()",
        ]
        return self.rnd.choice(
            forms
            + self._only(
                [
                    f"string_agg({one}, ',' order by {two}, {one})",
                    f"list(distinct {one} order by {one})[1]",
                ],
                [f"array_join(collect_list({one}), ',')", f"sort_array(collect_set({one}))[0]"],
            )
        )
