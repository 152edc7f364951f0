"""Scopes: which column a name means at a place in a statement.

Must not read expressions; it answers for one name at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlglot import exp

from whence.columns.algebra import Expression
from whence.sql.fields import field_of
from whence.sql.plan import STAR, Plan, Rows
from whence.sql.results import GUESSED, INFERRED
from whence.sql.words import words

PSEUDO_COLUMNS = words(
    """
    rownum rowid level sysdate systimestamp ctid oid xmin xmax _table_suffix _partitiontime
    _partitiondate _file_suffix rn_ default _rowid_ current_date current_timestamp user
    metadata$filename metadata$file_row_number metadata$action metadata$isupdate
    metadata$row_id _metadata input_file_name
    """
)


@dataclass(slots=True, eq=False)
class Source:
    """One item of a FROM clause.

    Attributes:
        alias: Its name here, lower-cased; "" where it has none.
        path: The lower-cased parts of a table's full name, for references by more than the alias.
    """

    alias: str
    rows: Rows
    path: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class CommonTable:
    """A common table expression, built when something first reads it.

    Attributes:
        env: What its own query sees.
        recursive: True where it may read itself.
        search: SEARCH or CYCLE behind it.
    """

    node: exp.CTE
    position: int
    env: Env | None = None
    recursive: bool = False
    building: bool = False
    rows: Rows | None = None
    search: exp.Expr | None = None


@dataclass(slots=True, eq=False)
class Env:
    """The common table expressions in sight: those of one WITH up to a limit, then the outer's."""

    parent: Env | None
    tables: dict[str, CommonTable]
    limit: int

    def find(self, name: str) -> CommonTable | None:
        """The nearest one called ``name`` (`whence.sql.dialects.Rules.key`)."""
        env: Env | None = self
        while env is not None:
            known = env.tables.get(name)
            if known is not None and known.position < env.limit:
                return known
            env = env.parent
        return None


NO_ENV = Env(None, {}, 0)


@dataclass(slots=True, eq=False)
class Scope:
    """What the expressions of one SELECT see.

    Attributes:
        parent: The scope of the query around it.
        merged: Folded name -> id of a column that USING or NATURAL made one.
        merging: Folded name -> the FROM items whose columns it is.
        shared: For each join with such columns, its left side, their names, and its right side.
        aliases: Folded name -> id or expression of a select item, for those who may use it.
        windows: Folded name -> definition in the WINDOW clause.
        seen: Name as written -> id, for names already looked up here.
        qualified: The same for names with an alias before them.
        named: The FROM items by alias.
        group: Where the FROM items after the last comma begin.
        after: True in HAVING, QUALIFY and ORDER BY, which come after the select list.
    """

    parent: Scope | None
    env: Env
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, int] = field(default_factory=dict)
    merging: dict[str, list[Source]] = field(default_factory=dict)
    shared: list[tuple[Sequence[Source], list[str], Sequence[Source]]] = field(default_factory=list)
    aliases: dict[str, int | Expression] = field(default_factory=dict)
    windows: dict[str, exp.Expr] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    qualified: dict[tuple[str, str], int] = field(default_factory=dict)
    named: dict[str, list[Source]] = field(default_factory=dict)
    group: int = 0
    after: bool = False

    def add(self, source: Source) -> None:
        """Bring one more FROM item into scope."""
        self.sources.append(source)
        same = self.named.get(source.alias)
        if same is None:
            self.named[source.alias] = [source]
        else:
            same.append(source)
        self.changed()

    def changed(self) -> None:
        """Forget what names meant: there is something new that they can mean."""
        if self.seen:
            self.seen.clear()
        if self.qualified:
            self.qualified.clear()

    def forget(self, first: int) -> None:
        """Take the FROM items from number ``first`` on out of scope (SEMI and ANTI joins)."""
        for source in self.sources[first:]:
            self.named[source.alias].remove(source)
            if not self.named[source.alias]:
                del self.named[source.alias]
        del self.sources[first:]


Found: TypeAlias = int | Expression | list[int] | None
"""A column, a select item's expression, all columns of a row, or nothing."""


def find_unqualified(plan: Plan, scope: Scope, name: str) -> Found:
    """What the bare ``name`` means, looking outwards."""
    folded = name.lower()
    if plan.rules.variable_first and (value := plan.variables.value(folded)) is not None:
        return value
    at: Scope | None = scope
    while at is not None:
        found = _here(plan, at, name, folded)
        if found is not None:
            return found
        at = at.parent
    value = plan.variables.value(folded)
    if value is not None:
        return value
    if folded not in PSEUDO_COLUMNS:
        plan.gap("unknown-column", f"no relation in scope has a column {name!r}")
    return None


def _here(plan: Plan, scope: Scope, name: str, folded: str) -> Found:
    known = scope.seen.get(name)
    if known is not None:
        return known
    if folded in scope.merged:
        return scope.merged[folded]
    if plan.rules.alias_before_column and folded in scope.aliases:
        return scope.aliases[folded]
    # `Rows.find`, without the cost of a call: every name is asked of every FROM item.
    having = [
        rows for source in scope.sources if folded in ((rows := source.rows).lookup or rows.index())
    ]
    if having:
        hit = having[0].find(name, folded)
        if len(having) > 1 and any(each.find(name, folded) != hit for each in having):
            plan.gap("ambiguous-column", f"{name!r} could be a column of several relations")
            return []
        if hit is not None:
            scope.seen[name] = hit
            return hit
    return _among_unknown(plan, scope, name, folded)


def _among_unknown(plan: Plan, scope: Scope, name: str, folded: str) -> Found:
    """A name that no known relation has: an alias, a whole row, or of the one unknown relation."""
    rules = plan.rules
    if folded in scope.aliases and (
        (rules.late_aliases if scope.after else rules.lateral_aliases)
        or not any(each.rows.unknown for each in scope.sources)
    ):
        return scope.aliases[folded]
    if folded in scope.named and plan.rules.row_values:
        return whole_row(plan, scope.named[folded][0].rows)
    unknown = [source.rows for source in scope.sources if source.rows.unknown]
    if not unknown or _pseudo(plan, folded):
        return scope.aliases.get(folded)
    if len(unknown) == 1 and unknown[0].rest:
        return _inferred(plan, scope, unknown[0], name)
    if len(unknown) == 1 and unknown[0].other is not None:
        return unknown[0].other
    plan.gap("ambiguous-column", f"{name!r} could be a column of several unknown tables")
    return []


def _inferred(plan: Plan, scope: Scope, rows: Rows, name: str) -> Found:
    """The column ``name`` of ``rows``, the only ones in ``scope`` that may have it."""
    if len(scope.sources) == 1 and scope.parent is None:
        return plan.beyond(rows, name)
    folded = name.lower()
    new = [table for table in rows.rest if not {name, folded} & table.met.keys()]
    found = plan.beyond(rows, name)
    around = False
    at = scope.parent
    while at is not None and not around:
        around = any(
            each.rows.unknown or each.rows.find(name, folded) is not None for each in at.sources
        )
        at = at.parent
    confidence = GUESSED if around else INFERRED
    plan.confidences.update((plan.met(table, name), confidence) for table in new)
    return found


def _pseudo(plan: Plan, folded: str) -> bool:
    """True for what the database itself knows under a bare name."""
    if folded == "user" and not plan.rules.user_function:
        return False
    if folded in PSEUDO_COLUMNS:
        return True
    return folded in plan.variables and not plan.rules.marks_variables


def whole_row(plan: Plan, rows: Rows) -> list[int]:
    """All columns of ``rows``, stars for those that nobody knows."""
    ids = list(rows.ids)
    ids += [plan.met(table, STAR) for table in rows.rest]
    return ids


def nth(plan: Plan, rows: Rows, number: int) -> Found:
    """The column of ``rows`` at a position (from 1), as Snowflake's ``$1`` means it."""
    if 0 < number <= len(rows.ids):
        return rows.ids[number - 1]
    return plan.beyond(rows, f"${number}") if rows.rest and number > 0 else None


def find_source(scope: Scope, path: tuple[str, ...]) -> Source | None:
    """The FROM item that the lower-cased ``path`` (alias, or schema and table ...) names."""
    at: Scope | None = scope
    while at is not None:
        for source in at.named.get(path[-1], ()):
            if len(path) == 1 or source.path[-len(path) :] == path or not source.path:
                return source
        at = at.parent
    return None


def find_qualified(plan: Plan, scope: Scope, path: tuple[str, ...], name: str) -> Found:
    """What ``path.name`` means: a column of a FROM item, or a field of a struct column."""
    source = find_source(scope, tuple(part.lower() for part in path))
    if source is None:
        value = plan.variables.field(path[-1], name)
        return find_path(plan, scope, (*path, name)) if value is None else value
    hit = source.rows.find(name)
    if hit is not None:
        return hit
    if source.rows.rest:
        return plan.beyond(source.rows, name)
    if source.rows.other is not None:
        return source.rows.other
    if source.rows.unknown:
        plan.gap("ambiguous-column", f"{source.alias}.{name} could be of several unknown tables")
    elif name.lower() not in PSEUDO_COLUMNS:
        plan.gap("unknown-column", f"{source.alias!r} has no column {name!r}")
    return None


def find_path(
    plan: Plan, scope: Scope, parts: tuple[str, ...], column_first: bool = False
) -> Found:
    """What ``a.b.c`` means where it is no column of a FROM item: field b of column a ..."""
    found, rest = find_base(plan, scope, parts, column_first)
    if isinstance(found, int):
        return field_of(plan, found, rest)
    return [column for column, _ in found.uses] if isinstance(found, Expression) else found


def find_base(
    plan: Plan, scope: Scope, parts: tuple[str, ...], column_first: bool = False
) -> tuple[Found, tuple[str, ...]]:
    """The column that the path ``parts`` begins with, and the names of the fields below it.

    Args:
        plan: The plan under construction.
        scope: Where the path stands.
        parts: At least two names.
        column_first: Whether a column is meant before a FROM item (Postgres' ``(a).b``).
    """
    if not column_first or not _is_column(scope, parts[0]):
        for length in range(len(parts) - 1, 0, -1):
            if find_source(scope, tuple(part.lower() for part in parts[:length])) is not None:
                found = find_qualified(plan, scope, parts[:length], parts[length])
                return found, parts[length + 1 :]
    at: Scope | None = scope
    while at is not None:
        if any(each.rows.find(parts[0]) is not None for each in at.sources):
            return _here(plan, at, parts[0], parts[0].lower()), parts[1:]
        at = at.parent
    known = [each.rows for each in scope.sources if each.rows.unknown]
    if len(known) == 1 and len(known[0].rest) == 1 and len(scope.sources) == 1:
        return plan.met(known[0].rest[0], parts[0]), parts[1:]
    path = ".".join(parts)
    plan.gap("unknown-column", f"nothing in scope is called {parts[0]!r} (of {path})")
    return None, ()


def _is_column(scope: Scope, name: str) -> bool:
    return any(source.rows.find(name) is not None for source in scope.sources)
