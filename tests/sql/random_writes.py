"""Random statements that change the table ``w(k, a, b)``, in two engines' SQL, from a seed.

Must not make queries of its own: what is written comes from the generator of queries.
"""

from __future__ import annotations

from tests.sql.random_expressions import TABLES, Sight
from tests.sql.random_queries import Generator

TARGET = "w"
COLUMNS = ["k", "a", "b"]


class Writer(Generator):
    """Makes INSERT, UPDATE, MERGE and DELETE."""

    def statement(self) -> str:
        """Any statement that writes."""
        self._depth = 1
        return self.rnd.choice([self._insert, self._update, self._merge, self._delete])()

    def _insert(self) -> str:
        width = self.rnd.randint(1, 3)
        columns = self.rnd.sample(COLUMNS, width)
        source = self._branch(TABLES, width)
        if width == 3 and self._chance(0.3):
            return f"insert into {TARGET} {source.text}"
        return f"insert into {TARGET} ({', '.join(columns)}) {source.text}"

    def _update(self) -> str:
        sight = Sight([(TARGET, COLUMNS)])
        from_ = ""
        if self.engine == "duckdb" and self._chance(0.5):
            self.loose = True  # of several rows that meet one, any is taken
            source = self._branch(TABLES, 2)
            sight.items.append(("q0", source.names))
            from_ = f" from ({source.text}) q0"
        tail = (
            f"{from_} where {self.condition(sight, TABLES)}" if from_ or self._chance(0.7) else ""
        )
        return f"update {TARGET} set {self._assignments(sight)}{tail}"

    def _assignments(self, sight: Sight) -> str:
        changed = self.rnd.sample(COLUMNS, self.rnd.randint(1, 2))
        return ", ".join(f"{name} = {self.value(sight, TABLES, 1)}" for name in changed)

    def _merge(self) -> str:
        self.loose = True
        source = self._branch(TABLES, 2)
        new = Sight([("q0", source.names)])
        both = Sight([(TARGET, COLUMNS), *new.items])
        parts = [f"merge into {TARGET} using ({source.text}) q0"]
        parts.append(f"on {TARGET}.{self.rnd.choice(COLUMNS)} = q0.{source.names[0]}")
        self._depth = 4  # no subqueries in what follows: Spark takes none there
        if self._chance(0.3):
            parts.append(f"when matched and {self.condition(both, {}, 2)} then delete")
        extra = f"and {self.condition(both, {}, 2)} " if self._chance(0.4) else ""
        parts.append(f"when matched {extra}then update set {self._assignments(both)}")
        if self._chance(0.7):
            columns = self.rnd.sample(COLUMNS, 2)
            values = ", ".join(self.value(new, TABLES, 1) for _ in columns)
            parts.append(f"when not matched then insert ({', '.join(columns)}) values ({values})")
        return " ".join(parts)

    def _delete(self) -> str:
        return f"delete from {TARGET} where {self.condition(Sight([(TARGET, COLUMNS)]), TABLES)}"
