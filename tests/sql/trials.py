"""Random statements put to a judge, one after the other, and what came of it.

Must not decide what is right.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.sql.judges import Judge
from tests.sql.random_expressions import TABLES
from tests.sql.random_writes import Writer
from tests.sql.shrinking import shorter

WRITES = 0.15
"""The share of statements that write."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A query of which we are wrong.

    Attributes:
        sql: The query, shortened.
        found: What differs.
    """

    seed: int
    sql: str
    found: list[str]

    def __str__(self) -> str:
        return f"seed {self.seed}: {'; '.join(self.found[:5])}\n{self.sql}"


@dataclass(slots=True)
class Figures:
    """What many trials came to.

    Attributes:
        run: Queries that the database took.
        refused: Queries that it did not.
    """

    engine: str
    run: int = 0
    refused: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    def json(self) -> dict[str, object]:
        """The figures by name."""
        return {
            "engine": self.engine,
            "run": self.run,
            "refused": self.refused,
            "different": len(self.failures),
            "exact_share": round(1 - len(self.failures) / max(self.run, 1), 5),
            "seconds": round(self.seconds, 1),
        }


def trials(judge: Judge, seeds: Iterable[int], patience_s: float = 20.0) -> Iterator[Figures]:
    """The figures so far, after every query.

    Args:
        judge: Whom to ask.
        seeds: One query each.
        patience_s: How long to shorten a query of which we are wrong.
    """
    figures = Figures(judge.engine)
    started = time.monotonic()
    for seed in seeds:
        generator = Writer(seed, judge.engine)
        writes = generator.rnd.random() < WRITES
        sql = generator.statement() if writes else generator.query(TABLES).text
        loose = generator.loose
        found = judge.differences(sql, loose)
        if found is None:
            figures.refused += 1
        else:
            figures.run += 1
        if found:
            sorts = {_sort(each) for each in found}
            short = shorter(
                sql, judge.engine, lambda text, sorts=sorts: _same(judge, text, sorts), patience_s
            )
            figures.failures.append(Failure(seed, short, judge.differences(short, loose) or found))
        figures.seconds = time.monotonic() - started
        yield figures


def _same(judge: Judge, sql: str, sorts: set[str]) -> bool:
    """True where we are wrong of ``sql`` in one of those ways.

    Rows may depend on anything: a shortened query may be of that sort.
    """
    return not sorts.isdisjoint(map(_sort, judge.differences(sql, loose=True) or ()))


def _sort(difference: str) -> str:
    """A difference without the names in it."""
    return " ".join(word for word in difference.split()[1:] if "." not in word)
