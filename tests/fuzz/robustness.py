"""Texts that no parser expects: nothing may raise, and none of up to 100 kB may take a second.

Run: ``uv run python tests/fuzz/robustness.py [--count N] [--seed S] [--only K] [--seconds T]
[--json]``.

Input number K of a seed is always the same text in the same dialect, so that ``--only K`` shows it
again. Statements of the cases are cut short, mixed, multiplied and nested; others are soups of
words, marks and bytes. Times are those of the processor.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.sql.sql_cases import load

from whence.guard import set_reporter
from whence.sql import extract
from whence.sql.dialects import dialect_names
from whence.sql.words import words

LIMIT_S = 1.0
MAX_CHARACTERS = 100_000
DIALECTS = ["", *dialect_names()]
CORPUS = [(case.sql, case.dialect or "") for case in load()]
SCHEMA = {"t": {"a": "int", "b": "text", "c": "int"}, "s.u": {"a": "int", "e": "text"}}
WORDS = words(
    """
    select from where join left outer cross lateral on using group by order having limit
    union all except intersect with recursive as insert into values update set delete merge
    when matched then create table view temp drop alter rename to truncate copy case else
    end and or not in exists between like is null cast over partition rows unnest pivot
    unpivot qualify window begin if loop for declare execute immediate use explain replace
    distinct star interval array struct
    """
)
MARKS = [*"()[]{}.,;:'\"`*+-/<>=!@#$%^&|\\~? \n\t", "--", "/*", "*/", "::", "->>", "$$", "{{", "}}"]
PIECES = [
    *sorted(WORDS),
    *MARKS,
    "a",
    "b",
    "t",
    "s.u",
    "x",
    "1",
    "'y'",
    "1e9",
    "\x00",
    "é",
    "\ud800",
    "漢",
]

AROUND = [
    ("(", ")"),
    ("[", "]"),
    ("f(", ")"),
    ("not ", ""),
    ("select * from (", ") q"),
    ("with q as (", ") select * from q"),
    ("case when a then ", " end"),
    ("begin ", "; end"),
]
ANY_CHARACTER = [*range(32, 127), *range(0x2FF)]


def cut(rng: random.Random, sql: str) -> str:
    """The text up to some place, or from it on."""
    at = rng.randrange(len(sql) + 1)
    return sql[:at] if rng.random() < 0.7 else sql[at:]


def without(rng: random.Random, sql: str) -> str:
    """Some words left out."""
    return " ".join(word for word in sql.split(" ") if rng.random() > 0.15)


def mixed(rng: random.Random, sql: str) -> str:
    """Words of another place, or of none, between those of the text."""
    found = sql.split(" ")
    for _ in range(rng.randint(1, 6)):
        found.insert(rng.randrange(len(found) + 1), rng.choice(PIECES))
    if rng.random() < 0.3:
        rng.shuffle(found)
    return " ".join(found)


def doubled(rng: random.Random, sql: str) -> str:
    """A piece of the text many times over."""
    first, last = sorted((rng.randrange(len(sql) + 1), rng.randrange(len(sql) + 1)))
    return sql[:first] + sql[first:last] * rng.choice([2, 3, 20, 200]) + sql[last:]


def changed(rng: random.Random, sql: str) -> str:
    """Some characters replaced by any others."""
    characters = list(sql)
    for _ in range(rng.randint(1, 8)):
        if characters:
            characters[rng.randrange(len(characters))] = chr(
                rng.choice([*range(32, 127), *range(0x2FF)])
            )
    return "".join(characters)


def spliced(rng: random.Random, sql: str) -> str:
    """The beginning of one statement and the end of another."""
    other, _ = rng.choice(CORPUS)
    return sql[: rng.randrange(len(sql) + 1)] + other[rng.randrange(len(other) + 1) :]


def nested(rng: random.Random, sql: str) -> str:
    """The text within brackets, queries or functions, deep."""
    before, after = rng.choice(AROUND)
    times = rng.choice([1, 5, 30, 150, 700])
    return before * times + sql + after * (times if rng.random() < 0.8 else times // 2)


def soup(rng: random.Random, _sql: str) -> str:
    """Words and marks in any order."""
    return " ".join(rng.choices(PIECES, k=rng.choice([3, 10, 40, 400])))


def noise(rng: random.Random, _sql: str) -> str:
    """Bytes."""
    data = rng.randbytes(rng.choice([5, 50, 500, 5_000]))
    return data.decode(rng.choice(["latin-1", "utf-8", "utf-16-le"]), "replace")


def unchanged(_rng: random.Random, sql: str) -> str:
    """The text as it is, read in a dialect that it was not written for."""
    return sql


WAYS: list[Callable[[random.Random, str], str]] = [
    cut, without, mixed, doubled, changed, spliced, nested, soup, noise, unchanged,
]  # fmt: skip


def huge(rng: random.Random, sql: str) -> str:
    """The text until there are 100 kB of it."""
    return (sql + rng.choice([" ", ";\n", " union all ", ", "])) * (
        MAX_CHARACTERS // (len(sql) + 12)
    )


def text(seed: int, number: int) -> tuple[str, str]:
    """Input ``number`` of ``seed``, and the dialect that it is read in."""
    rng = random.Random(f"{seed}:{number}")
    sql, dialect = rng.choice(CORPUS)
    if number % 1_000 == 999:
        sql = huge(rng, sql)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        sql = rng.choice(WAYS)(rng, sql)
    if rng.random() < 0.5:
        dialect = rng.choice(DIALECTS)
    return sql[:MAX_CHARACTERS], dialect


@dataclass(slots=True)
class Outcome:
    """What became of a number of inputs.

    Attributes:
        raised: Numbers of inputs that raised, with the error.
        swallowed: The same where an extractor raised and a gap says so.
        slow: Numbers of inputs that took longer than the limit, with the seconds.
        seconds: Of every input.
    """

    raised: list[tuple[int, str]] = field(default_factory=list)
    swallowed: list[tuple[int, str]] = field(default_factory=list)
    slow: list[tuple[int, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def run(seed: int, numbers: Iterator[int] | range, until: float = float("inf")) -> Outcome:
    """Read the inputs ``numbers`` of ``seed``, at most until a point of ``time.monotonic``."""
    outcome = Outcome()
    now = [0]

    def swallow(where: str, error: Exception) -> None:
        outcome.swallowed.append((now[0], f"{where}: {type(error).__name__}: {error}"[:200]))

    before = set_reporter(swallow)
    try:
        for number in numbers:
            if time.monotonic() > until:
                break
            now[0] = number
            one(outcome, seed, number)
    finally:
        set_reporter(before)
    return outcome


def one(outcome: Outcome, seed: int, number: int) -> None:
    """Read one input."""
    sql, dialect = text(seed, number)
    started = time.thread_time()
    try:
        extract(sql, dialect=dialect, schema=SCHEMA)
    except Exception as error:  # noqa: BLE001 - what is looked for
        outcome.raised.append((number, f"{type(error).__name__}: {error}"[:200]))
    seconds = time.thread_time() - started
    outcome.seconds.append(seconds)
    if seconds > LIMIT_S:
        outcome.slow.append((number, round(seconds, 2)))


def main() -> int:
    """Read many inputs and print what they came to; 1 where one raised or was slow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="K", help="show and read input K alone")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="at most")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.only is not None:
        print(*map(repr, text(given.seed, given.only)), sep="\n")
    numbers = range(given.count) if given.only is None else range(given.only, given.only + 1)
    outcome = run(given.seed, numbers, time.monotonic() + given.seconds)
    for name in ("raised", "swallowed", "slow"):
        for number, what in getattr(outcome, name)[:50]:
            print(f"{name}: --seed {given.seed} --only {number}: {what}")
    figures = {
        "inputs": len(outcome.seconds),
        "raised": len(outcome.raised),
        "swallowed": len(outcome.swallowed),
        "over_1_s": len(outcome.slow),
        "median_ms": round(statistics.median(outcome.seconds) * 1_000, 3),
        "worst_ms": round(max(outcome.seconds) * 1_000, 1),
        "total_s": round(sum(outcome.seconds), 1),
    }
    for name, value in figures.items():
        print(f"{name:10} {value}")
    if given.json:
        print(json.dumps(figures))
    return 1 if outcome.raised or outcome.slow else 0


if __name__ == "__main__":
    sys.exit(main())
