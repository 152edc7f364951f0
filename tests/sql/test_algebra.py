"""The algebra and its resolver by themselves, fed by a front end written by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from whence.columns import modes
from whence.columns.algebra import (
    Aggregate,
    Derived,
    Expression,
    Filter,
    Join,
    Project,
    Recursion,
    Relation,
    Scan,
    SetOperation,
    Write,
    bare,
    decide,
)
from whence.columns.resolver import Resolver, Written


@dataclass
class Builder:
    """Ids by hand: what Spark's expression ids or a binder would give."""

    last: int = 0
    names: dict[int, str] = field(default_factory=dict)

    def column(self, name: str) -> int:
        self.last += 1
        self.names[self.last] = name
        return self.last

    def derive(self, name: str, *uses: tuple[int, int], either: bool = False) -> Derived:
        return Derived(self.column(name), Expression(uses), either)

    def sources(self, written: Written, at: int = 0) -> dict[str, str]:
        """The direct sources of one written column, with the kind of each."""
        direct = written.columns[at].direct
        return {self.names[column]: modes.subtype(mode) for column, mode in direct.items()}


def write(relation: Relation, *columns: int) -> Write:
    return Write((relation,), columns=[Derived(0, bare(column)) for column in columns])


def test_an_id_that_nothing_derives_is_a_source() -> None:
    """A scan's columns need no operator of their own."""
    builder = Builder()
    a = builder.column("a")
    written = Resolver().resolve(write(Scan(table="t"), a))
    assert builder.sources(written) == {"a": "IDENTITY"}
    assert written.tables == ["t"]
    assert written.columns[0].origin(a) is None


def test_kinds_compose_upward_and_masking_stays() -> None:
    """IDENTITY < TRANSFORMATION < AGGREGATION along a path; a masked step masks the whole."""
    builder = Builder()
    a, b = builder.column("a"), builder.column("b")
    changed = builder.derive("changed", (a, modes.TRANSFORMATION))
    count = builder.derive("count", (b, modes.MASKED_AGGREGATION))
    below = Project((Scan(table="t"),), (changed, count))
    total = builder.derive("total", (changed.column, modes.AGGREGATION))
    more = builder.derive("more", (count.column, modes.TRANSFORMATION))
    top = Aggregate((below,), (total, more))
    written = Resolver().resolve(write(top, total.column, more.column))
    assert builder.sources(written, 0) == {"a": "AGGREGATION"}
    assert builder.sources(written, 1) == {"b": "AGGREGATION"}
    assert not modes.masked(written.columns[0].direct[a])
    assert modes.masked(written.columns[1].direct[b])


def test_two_paths_to_one_source_keep_the_stronger_kind_and_the_clearer_view() -> None:
    """A value that can be read on one way can be read."""
    builder = Builder()
    a = builder.column("a")
    both = builder.derive("both", (a, modes.MASKED_AGGREGATION), (a, modes.IDENTITY))
    written = Resolver().resolve(write(Project((Scan(table="t"),), (both,)), both.column))
    mode = written.columns[0].direct[a]
    assert modes.subtype(mode) == "AGGREGATION"
    assert not modes.masked(mode)


def test_what_decides_on_a_column_decides_on_what_uses_it() -> None:
    """A filter on a ranked column filters by the rank's keys, which stay window keys as well."""
    builder = Builder()
    key = builder.column("key")
    rank = builder.derive("rank", (key, modes.WINDOW))
    ranked = Project((Scan(table="t"),), (rank,))
    top = Filter((ranked,), (), (decide(modes.FILTER, [rank.column]),))
    written = Resolver().resolve(write(top, rank.column))
    assert written.influences == {key: modes.FILTER | modes.WINDOW}
    assert written.columns[0].indirect == {key: modes.WINDOW}


def test_influences_are_collected_once_from_everything_below() -> None:
    """A shared subtree counts once; a subquery of an expression counts as below."""
    builder = Builder()
    a, b, c = builder.column("a"), builder.column("b"), builder.column("c")
    shared = Filter((Scan(table="t"),), (), (decide(modes.FILTER, [a]),))
    subquery = Filter((Scan(table="u"),), (), (decide(modes.FILTER, [c]),))
    joined = Join((shared, shared), (), (decide(modes.JOIN, [a, b]),))
    scalar = Derived(builder.column("s"), Expression(((c, modes.IDENTITY),), (subquery,)))
    written = Resolver().resolve(write(Project((joined,), (scalar,)), scalar.column))
    assert written.influences == {
        a: modes.FILTER | modes.JOIN,
        b: modes.JOIN,
        c: modes.FILTER,
    }
    assert written.tables == ["t", "u"]


def test_a_set_operation_keeps_the_origin_of_each_branch() -> None:
    """The text of an edge through a union is that of the branch it came through."""
    builder = Builder()
    a, b = builder.column("a"), builder.column("b")
    computed = builder.derive("computed", (b, modes.TRANSFORMATION))
    right = Project((Scan(table="u"),), (computed,))
    uses = ((a, modes.IDENTITY), (computed.column, modes.IDENTITY))
    united = builder.derive("united", *uses, either=True)
    union = SetOperation((Scan(table="t"), right), (united,))
    written = Resolver().resolve(write(union, united.column))
    assert builder.sources(written) == {"a": "IDENTITY", "b": "TRANSFORMATION"}
    assert written.columns[0].origin(b) == computed.column
    assert written.columns[0].origin(a) is None


def test_a_recursion_runs_until_nothing_new_flows() -> None:
    """Columns that swap places in the step reach each other."""
    builder = Builder()
    a, b = builder.column("a"), builder.column("b")
    x = builder.derive("x", (a, modes.IDENTITY), either=True)
    y = builder.derive("y", (b, modes.IDENTITY), either=True)
    step = Relation()
    loops = [(x.column, y.column), (y.column, x.column)]
    recursion = Recursion((Scan(table="t"),), (x, y), (), step, loops)
    written = Resolver().resolve(write(recursion, x.column, y.column))
    assert builder.sources(written, 0) == builder.sources(written, 1)
    assert set(builder.sources(written, 0)) == {"a", "b"}


def test_depth_costs_no_stack() -> None:
    """Fifty thousand operators on top of each other are resolved."""
    builder = Builder()
    column = builder.column("a")
    relation: Relation = Scan(table="t")
    for _ in range(50_000):
        derived = builder.derive("n", (column, modes.TRANSFORMATION))
        relation = Project((relation,), (derived,))
        column = derived.column
    written = Resolver().resolve(write(relation, column))
    assert builder.sources(written) == {"a": "TRANSFORMATION"}
