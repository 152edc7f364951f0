"""How many statements of a folder of .sql files get their tables, on which rung of the ladder.

Run: ``uv run python tests/bench/sql_ladder.py DIR [--json] [--sample N] [--seed S]``.
DIR has one sub-folder a dialect, e.g. sqlfluff's ``test/fixtures/dialects`` (also in the source
distribution of sqruff, under ``crates/lib-dialects``). Nothing is asserted.

A statement counts as answered where it parses and is read, or where the scan of its words knows
its verb and found the table that the verb must name; never where only something was found. How
far the scan can be trusted is measured on the statements that do parse: its tables against the
parser's. ``--sample`` prints scanned statements to judge by eye.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from whence.sql import StatementLineage, extract
from whence.sql.blocks.split import split
from whence.sql.dialects import Rules, rules
from whence.sql.parsing import ParseFailure, tokenize
from whence.sql.scan import scan
from whence.sql.unparsed import GUESSED

# Dialects of sqlfluff that the parser does not have, and the nearest that it has.
NEAREST = {
    "ansi": "",
    "db2": "",
    "flink": "",
    "greenplum": "postgres",
    "impala": "hive",
    "mariadb": "mysql",
    "soql": "",
    "sparksql": "spark",
    "vertica": "postgres",
}
SCANNING = {"parse-error", "too-deep", "size-limit", "time-limit", "extraction-failed"}
RUNGS = ("parsed", "mended", "opaque", "scanned", "guessed")
ANSWERED = RUNGS[:-1]


@dataclass(slots=True)
class Agreement:
    """The scan's tables against the parser's, over statements that parse."""

    statements: int = 0
    equal: int = 0
    both: int = 0
    scan_only: int = 0
    parser_only: int = 0

    def add(self, parsed: set[tuple[str, str]], scanned: set[tuple[str, str]]) -> None:
        """One more statement."""
        self.statements += 1
        self.equal += parsed == scanned
        self.both += len(parsed & scanned)
        self.scan_only += len(scanned - parsed)
        self.parser_only += len(parsed - scanned)


@dataclass(slots=True)
class Found:
    """What one folder of a dialect came to."""

    rungs: Counter[str] = field(default_factory=Counter)
    scanned: list[tuple[str, StatementLineage]] = field(default_factory=list)
    agreement: Agreement = field(default_factory=Agreement)


def rung(statement: StatementLineage) -> str:
    """The step of the ladder that a statement was read on."""
    codes = {gap.code for gap in statement.gaps}
    if statement.confidence <= GUESSED:
        return "guessed"
    if codes & SCANNING:
        return "scanned"
    if "opaque-statement" in codes:
        return "opaque"
    return "parsed" if statement.confidence >= 1 else "mended"


def read(folder: Path, found: Found) -> None:
    """All files of one dialect."""
    known = rules(NEAREST.get(folder.name, folder.name))
    for path in sorted(folder.rglob("*.sql")):
        sql = path.read_text(encoding="utf-8", errors="replace")
        for statement in extract(sql, dialect=known.name).statements:
            found.rungs[rung(statement)] += 1
        for text in texts(sql, known):
            compare(text, known, found)


def texts(sql: str, known: Rules) -> Iterator[str]:
    """The statements of a file, each by itself."""
    tokens = tokenize(sql, known)
    if not isinstance(tokens, ParseFailure):
        yield from (leaf.text for leaf in split(sql, tokens, known) if leaf.role == "statement")


def compare(text: str, known: Rules, found: Found) -> None:
    """The parser's answer for one statement beside the scan's."""
    statements = extract(text, dialect=known.name).statements
    if len(statements) != 1:
        return
    (statement,) = statements
    reached = rung(statement)
    if reached in ("opaque", "scanned"):
        found.scanned.append((text, statement))
    elif reached == "parsed":
        scanned = scan(text, known)
        found.agreement.add(
            {("in", _name(each)) for each in statement.inputs}
            | {("out", _name(each)) for each in statement.outputs},
            {("in", _name(each)) for each in scanned.inputs}
            | {("out", _name(each)) for each in scanned.outputs},
        )


def _name(table: object) -> str:
    return str(table).lower().replace("#", "")


def share(part: int, whole: int) -> float:
    """``part`` of ``whole``, 1 of nothing."""
    return round(part / whole, 4) if whole else 1.0


def show(folders: dict[str, Found]) -> None:
    """A line for each dialect."""
    columns = " ".join(f"{each:>8}" for each in RUNGS)
    print(f"{'dialect':14} {'share':>6} {'statements':>10} {columns} {'scan=parser':>11}")
    for name, found in folders.items():
        total = sum(found.rungs.values())
        answered = sum(found.rungs[each] for each in ANSWERED)
        counts = " ".join(f"{found.rungs[each]:8}" for each in RUNGS)
        equal = share(found.agreement.equal, found.agreement.statements)
        print(f"{name:14} {share(answered, total):6.4f} {total:10} {counts} {equal:11.4f}")


def figures(folders: dict[str, Found]) -> dict[str, float]:
    """The totals."""
    rungs: Counter[str] = sum((found.rungs for found in folders.values()), Counter())
    total = sum(rungs.values())
    all_ = Agreement()
    for found in folders.values():
        for name in Agreement.__slots__:
            setattr(all_, name, getattr(all_, name) + getattr(found.agreement, name))
    return {
        "statements": total,
        "answered_share": share(sum(rungs[each] for each in ANSWERED), total),
        **{f"{each}_share": share(rungs[each], total) for each in RUNGS},
        "scan_compared": all_.statements,
        "scan_equal_share": share(all_.equal, all_.statements),
        "scan_precision_share": share(all_.both, all_.both + all_.scan_only),
        "scan_recall_share": share(all_.both, all_.both + all_.parser_only),
    }


def sample(folders: dict[str, Found], count: int, seed: int) -> None:
    """Scanned statements with what was found, to judge by eye."""
    every = [(name, *each) for name, found in folders.items() for each in found.scanned]
    random.seed(seed)
    for name, text, statement in random.sample(every, min(count, len(every))):
        reads = ", ".join(map(str, statement.inputs))
        writes = ", ".join(map(str, statement.outputs))
        print(f"\n{name}: {' '.join(text.split())[:300]}")
        print(f"    {statement.kind}; in: {reads or '-'}; out: {writes or '-'}")


def main() -> None:
    """Read the folder and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folders: dict[str, Found] = {}
    for folder in sorted(each for each in given.folder.iterdir() if each.is_dir()):
        folders[folder.name] = Found()
        read(folder, folders[folder.name])
    show(folders)
    totals = figures(folders)
    for name, value in totals.items():
        print(f"{name:22} {value}")
    sample(folders, given.sample, given.seed)
    if given.json:
        print(json.dumps(totals))


if __name__ == "__main__":
    main()
