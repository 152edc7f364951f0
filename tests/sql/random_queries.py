"""Random queries in DuckDB's or Spark's SQL, each meant to be valid, from a seed.

Must not know lineage: it only keeps track of which names are in sight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.sql.random_expressions import Expressions, Sight, Tables


@dataclass(slots=True)
class Query:
    """A query's text and its output names, as far as somebody may refer to them.

    Attributes:
        names: Output names that occur once.
    """

    text: str
    names: list[str]


class Generator(Expressions):
    """Makes queries."""

    def query(self, tables: Tables) -> Query:
        """Any query over ``tables``: a name and its columns each."""
        self._depth += 1
        try:
            simple = self._depth > 3
            kinds: list[tuple[int, Callable[[Tables], Query]]] = [
                (6, self._select),
                (3, self._grouped),
                (2, self._star),
                (1, self._pivot),
                (1, self._nested),
                (0 if simple else 4, self._with),
                (0 if simple else 2, self._union),
                (0 if simple else 1, self._minus),
                (0 if simple else 1, self._recursive),
            ]
            makers, weights = [make for _, make in kinds], [weight for weight, _ in kinds]
            return self.rnd.choices(makers, weights)[0](tables)
        finally:
            self._depth -= 1

    def _source(self, tables: Tables, sight: Sight) -> tuple[str, str, list[str]]:
        """A FROM item: its text, its alias and its columns."""
        if self._depth < 3 and self._chance(0.3):
            query = self.query(tables)
            alias = self._fresh("q")
            if query.names and self.engine == "duckdb" and self._chance(0.2):
                given = [self._fresh("p")]
                return f"({query.text}) {alias}({given[0]})", alias, [*given, *query.names[1:]][:1]
            return f"({query.text}) {alias}", alias, query.names
        name = self.rnd.choice(sorted(tables))
        alias = name
        if any(name == each for each, _ in sight.items) or self._chance(0.4):
            alias = self._fresh("x")
        text = name if alias == name else f"{name} {self.rnd.choice(['', 'as '])}{alias}"
        return text, alias, list(tables[name])

    def _from(self, tables: Tables) -> tuple[str, Sight]:
        """A FROM clause."""
        sight = Sight()
        text, alias, columns = self._source(tables, sight)
        sight.items.append((alias, columns))
        parts = [text]
        for _ in range(self.rnd.choices([0, 1, 2], [5, 4, 2])[0]):
            parts.append(self._join(tables, sight))
        if self._chance(0.1):
            alias = self._fresh("n")
            column = self._column(sight)
            forms = self._only(
                [f", unnest([{column}]) as {alias}(el)"],
                [
                    f" lateral view explode(array({column})) {alias} as el",
                    f" lateral view posexplode(array({column})) {alias} as po, el",
                ],
            )
            parts.append(self.rnd.choice(forms))
            sight.items.append((alias, ["el"]))
        return "".join(parts), sight

    def _join(self, tables: Tables, sight: Sight) -> str:
        text, alias, columns = self._source(tables, sight)
        shared = [
            each
            for each in columns
            if sum(each in names for _, names in sight.items) == 1 or each in sight.merged
        ]
        kind = self.rnd.choice(["join", "left join", "right join", "full join", "cross", "semi"])
        if shared and self._chance(0.3) and kind != "cross":
            kind = "left join" if kind == "semi" else kind
            using = self.rnd.sample(shared, self.rnd.randint(1, min(2, len(shared))))
            sight.items.append((alias, columns))
            sight.merged += [each for each in using if each not in sight.merged]
            return f" {kind} {text} using ({', '.join(using)})"
        if self._depth < 4 and self._chance(0.1):
            table, inner, condition = self._correlated(sight, tables)
            name = self._fresh("l")
            sight.items.append((name, ["m"]))
            query = f"(select max({inner[-1]}) as m from {table} where {condition}) {name}"
            return f" cross join lateral {query}"
        both = Sight([*sight.items, (alias, columns)], list(sight.merged))
        if kind in ("semi", "cross"):
            if kind == "cross":
                sight.items.append((alias, columns))
                return f" cross join {text}"
            left = self._column(sight)
            name = self.rnd.choice(columns)
            word = self.rnd.choice(self._only(["semi", "anti"], ["left semi", "left anti"]))
            return f" {word} join {text} on right({left}, 1) = right({alias}.{name}, 1)"
        left = self._column(sight)
        sight.items.append((alias, columns))
        extra = f" and {self.condition(both, {}, 3)}" if self._chance(0.3) else ""
        own = f"right({alias}.{self.rnd.choice(columns)}, 1)"
        return f" {kind} {text} on right({left}, 1) = {own}{extra}"

    def _items(self, sight: Sight, tables: Tables, window: bool) -> tuple[list[str], list[str]]:
        """A select list, and its names."""
        items: list[str] = []
        names: list[str] = []
        for _ in range(self.rnd.randint(1, 4)):
            plain = not window or self._chance(0.8)
            text = self.value(sight, tables) if plain else self._window(sight)
            name = self.rnd.choice(["k", "a", "b", "c", "e", "g"])
            if name in names or self._chance(0.4):
                name = self._fresh("o")
            if self._chance(0.12) and names:
                items.append(text)
                continue
            names.append(name)
            items.append(f"{text} {self.rnd.choice(['as ', ''])}{name}")
        if names and names[0].startswith("o") and self._chance(0.15):
            name = self._fresh("o")
            items.append(f"coalesce({names[0]}, 'l0') as {name}")
            names.append(name)
        return items, names

    def _select(self, tables: Tables) -> Query:
        """SELECT without grouping."""
        from_, sight = self._from(tables)
        items, names = self._items(sight, tables, window=True)
        distinct = ""
        if self._chance(0.08):
            distinct, self.loose = "distinct ", True
        head, tail = f"select {distinct}{', '.join(items)}", ""
        if self._chance(0.5):
            tail += f" where {self.condition(sight, tables)}"
        named = f"partition by right({self._column(sight)}, 1)"
        tail += f" window w as ({named})" if "(w)" in head else ""
        if self._chance(0.1) and not distinct:
            order = ", ".join(self._column(sight) for _ in range(2))
            tail += f" qualify row_number() over (partition by {order}) = 1"
            self.loose = True
        if self._chance(0.2) and not distinct:
            tail += f" order by {self.rnd.choice(['1', self._column(sight), names[0]])}"
        if self._chance(0.1):
            return Query(f"from {from_} {head}{tail}", names)
        return Query(f"{head} from {from_}{tail}", names)

    def _grouped(self, tables: Tables) -> Query:
        """SELECT with GROUP BY, by every spelling of a key."""
        from_, sight = self._from(tables)
        items: list[str] = []
        names: list[str] = []
        keys: list[str] = []
        for at in range(self.rnd.randint(0, 2)):
            bare = self._column(sight)
            name = self._fresh("o")
            key = bare if self._chance(0.5) else f"{bare} || '-'"
            items.append(f"{key} as {name}")
            names.append(name)
            keys.append(self.rnd.choice([str(at + 1), name, key]))
        for _ in range(self.rnd.randint(1, 3)):
            name = self._fresh("m")
            items.append(f"{self._aggregate(sight, tables)} as {name}")
            names.append(name)
        text = f"select {', '.join(items)} from {from_}"
        if self._chance(0.4):
            text += f" where {self.condition(sight, tables)}"
        if keys:
            text += f" group by {self._grouping(keys, plain='over (' in text)}"
        if self._chance(0.3):
            text += f" having right(max({self._column(sight)}), 1) > '0'"
        if self._chance(0.2):
            text += f" order by {self.rnd.choice(['1', names[-1]])}"
        return Query(text, names)

    def _grouping(self, keys: list[str], plain: bool) -> str:
        """What stands after GROUP BY; ``plain`` where ALL and sets of keys do not work."""
        listed = ", ".join(keys)
        if plain:
            return listed
        sets = f"grouping sets (({listed}), ({keys[-1]}), ())"
        return self.rnd.choice(
            [listed, listed, f"rollup ({listed})", f"cube ({listed})", sets, "all"]
        )

    def _with(self, tables: Tables) -> Query:
        """WITH, whose names may hide tables."""
        inner = dict(tables)
        parts: list[str] = []
        pool = self.rnd.sample(["t", "u", "v", "z"], self.rnd.randint(1, 3))
        for name in pool:
            body = self.query(inner)
            columns = ""
            names = body.names
            if self.engine == "duckdb" and self._chance(0.2) and "*" not in body.text:
                names = [self.rnd.choice(["a", "k", "h"])]
                columns = f"({names[0]})"
            kinds = ["materialized ", "not materialized "]
            kind = self.rnd.choice(["", "", *self._only(kinds, [])])
            parts.append(f"{name}{columns} as {kind}({body.text})")
            inner[name] = names
        main = self.query(inner)
        text = f"select * from ({main.text})" if main.text.startswith("with") else main.text
        return Query(f"with {', '.join(parts)} {text}", main.names)

    def _branch(self, tables: Tables, width: int) -> Query:
        """A query of exactly ``width`` columns."""
        query = self.query(tables)
        names = [self.rnd.choice(query.names) for _ in range(width)]
        aliases = [self._fresh("o") for _ in names]
        items = ", ".join(f"{name} as {alias}" for name, alias in zip(names, aliases, strict=True))
        return Query(f"select {items} from ({query.text}) {self._fresh('q')}", aliases)

    def _union(self, tables: Tables) -> Query:
        """UNION by position or by name."""
        if self.engine == "duckdb" and self._chance(0.4):
            one, two = self.query(tables), self.query(tables)
            names = list(dict.fromkeys([*one.names, *two.names]))
            return Query(f"({one.text}) union all by name ({two.text})", names)
        width = self.rnd.randint(1, 3)
        branches = [self._branch(tables, width) for _ in range(self.rnd.randint(2, 3))]
        word = "union all" if self._chance(0.8) else "union"
        self.loose = self.loose or word == "union"
        return Query(f" {word} ".join(f"({each.text})" for each in branches), branches[0].names)

    def _minus(self, tables: Tables) -> Query:
        """INTERSECT and EXCEPT."""
        self.loose = True
        one, two = self._branch(tables, 2), self._branch(tables, 2)
        word = self.rnd.choice(["except", "except all", "intersect", "intersect all"])
        return Query(f"{one.text} {word} {two.text}", one.names)

    def _recursive(self, tables: Tables) -> Query:
        """A recursion of three steps."""
        one, two = self.rnd.choice(sorted(tables)), self.rnd.choice(sorted(tables))
        first, second = self.rnd.choice(tables[one]), self.rnd.choice(tables[two])
        alias = self._fresh("s")
        step = f"select n + 1, y, x || m from r, (select min({second}) as m from {two}) {alias}"
        start = f"select 1, max({first}), 'x0' from {one}"
        body = f"r(n, x, y) as ({start} union all {step} where n < 4)"
        return Query(f"with recursive {body} select x, y from r", ["x", "y"])

    def _star(self, tables: Tables) -> Query:
        """Stars, with what they leave out and replace."""
        from_, sight = self._from(tables)
        every = [name for _, names in sight.items for name in names]
        once = [name for name in every if every.count(name) == 1]
        names = [*sight.merged, *once]
        where = f" from {from_} where {self.condition(sight, tables)}"
        alias, columns = self.rnd.choice(sight.items)
        out, changed = self.rnd.choice(columns), self.rnd.choice(columns)
        if out == changed or out not in once or changed not in once:
            return Query(f"select *{where}", names) if names else self._select(tables)
        value = self.value(sight, tables)
        left = [name for name in names if name != out]
        both = [Query(f"select *{where}", names), Query(f"select {alias}.*{where}", columns)]
        if self.engine == "spark":
            return self.rnd.choice(
                [
                    *both,
                    Query(f"select * except ({out}){where}", left),
                    Query(f"select *, {value} as z9{where}", [*names, "z9"]),
                ]
            )
        return self.rnd.choice(
            [
                *both,
                Query(f"select * exclude ({out}) replace ({value} as {changed}){where}", left),
                Query(
                    f"select * replace ({value} as {changed}), {out} as z9{where}", [*names, "z9"]
                ),
                Query(f"select * rename ({out} as z8){where}", [*left, "z8"]),
                Query(f"select columns('^[a-{out}]$'){where}", [out]),
                Query(f"select max(columns({alias}.*)) {where}", [out]),
            ]
        )

    def _nested(self, tables: Tables) -> Query:
        """Structs, lists and maps of a stored table, read by path."""
        alias = self.rnd.choice(["n", self._fresh("x")])
        source = "n" if alias == "n" else f"n {alias}"
        if self._chance(0.3):
            source = f"(select s, l, m, ls, k from n where {alias}.k is not null) {alias}"
            source = source.replace(f"{alias}.k is", "k is")
        first = 1 if self.engine == "duckdb" else 0
        forms = [
            f"{alias}.s.x",
            f"{alias}.s.y.z",
            "s.x",
            f"{alias}.l[{first}]",
            f"m['p'] || {alias}.s.x",
            f"upper({alias}.ls[{first}].x)",
            f"coalesce({alias}.k, s.y.z)",
        ]
        tail = ""
        if self._chance(0.4):
            tail = self.rnd.choice(
                self._only(
                    [f", unnest({alias}.l) as q9(el)", f" cross join unnest({alias}.l) q9(el)"],
                    [f" lateral view explode({alias}.l) q9 as el"],
                )
            )
            forms.append("el")
        chosen = self.rnd.sample(forms, self.rnd.randint(1, 4))
        names = [self._fresh("o") for _ in chosen]
        items = [f"{form} as {name}" for form, name in zip(chosen, names, strict=True)]
        if self._chance(0.2):
            items.append("s.*" if self.engine == "spark" else f"{alias}.s.*")
        where = f" where right({alias}.k, 1) > '0'" if self._chance(0.3) else ""
        return Query(f"select {', '.join(items)} from {source}{tail}{where}", names)

    def _pivot(self, tables: Tables) -> Query:
        """PIVOT and UNPIVOT, as FROM items and as statements."""
        table = self.rnd.choice([name for name in sorted(tables) if len(tables[name]) > 2] or [""])
        if not table:
            return self._select(tables)
        self.loose = True  # UNPIVOT leaves NULLs out
        one, two, three = self.rnd.sample(tables[table], 3)
        source = f"(select {one}, {two}, {three} from {table})"
        pivot = f"{source} pivot (max({one}) for {two} in ('1', 'x2'))"
        melted = f"{source} unpivot (val for nam in ({one}, {two}))"
        both = [
            Query(f"select * from {pivot}", [three]),
            Query(f"select {three}, nam, val from {melted}", [three, "nam", "val"]),
        ]
        if self.engine == "spark":
            return self.rnd.choice(both)
        return self.rnd.choice([*both, *self._pivot_statements(source, one, two, three)])

    def _pivot_statements(self, source: str, one: str, two: str, three: str) -> list[Query]:
        """DuckDB's own forms."""
        pivot = f"pivot {source} on right({two}, 1) in ('1', '2') using max({one}) group by {three}"
        melted = f"unpivot {source} on {one}, {two} into name nam value val"
        return [
            Query(f"select * from ({pivot})", [three]),
            Query(f"select * from ({melted})", [three, "val"]),
        ]
