"""The plan under construction: ids for columns, the tables met, texts, gaps; and what drives it.

Must not walk syntax trees itself; builders of relations do, and never by recursion: a builder is
a generator that yields the builders of what it contains, and `run` keeps the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Union

from sqlglot import exp

from whence.columns.algebra import Derived, Expression, Relation, Scan
from whence.columns.modes import IDENTITY
from whence.model import Field, Gap
from whence.schema.asking import Asker
from whence.schema.providers import REST
from whence.sql.dialects import Rules
from whence.sql.distinct import distinct
from whence.sql.functions import aggregates
from whence.sql.layouts import index_names
from whence.sql.results import ExpressionText, TableName
from whence.sql.session import TableKey, table_key
from whence.sql.stored import COLUMN_MASK, TABLE_SHIFT, StoredTable, stored_table
from whence.sql.structs import struct_type
from whence.sql.text import text_of
from whence.sql.variables import Variables

if TYPE_CHECKING:
    from whence.sql.names import CommonTable, Env, Scope
    from whence.sql.spans import Spans

STAR = REST


@dataclass(slots=True, eq=False)
class Rows:
    """A relation with the names of its columns, as FROM and set operations see it.

    Attributes:
        node: The algebra's relation.
        names: Column names in order, as written.
        ids: The id of each.
        rest: The tables that further, unknown columns come from (stars over them): a column of
            that name in each. Empty where it cannot be told which table has a column.
        unknown: True where there may be further columns.
        other: The id that any further column stands for: all that a table function is given.
        lookup: Folded name -> position; made when first needed.
    """

    node: Relation
    names: Sequence[str]
    ids: Sequence[int]
    rest: tuple[StoredTable, ...] = ()
    unknown: bool = False
    lookup: dict[str, int] | None = None
    other: int | None = None

    def find(self, name: str, folded: str | None = None) -> int | None:
        """The id of the column ``name``; see `position`."""
        lookup = self.lookup or self.index()
        position = lookup.get(name)
        if position is None:
            position = lookup.get(name.lower() if folded is None else folded)
            if position is None:
                return None
        return self.ids[position]

    def index(self) -> dict[str, int]:
        """`lookup`, made where it is not there yet."""
        lookup = self.lookup
        if lookup is None:
            lookup = self.lookup = index_names(self.names[: len(self.ids)])
        return lookup

    def position(self, name: str, folded: str) -> int | None:
        """Where the column ``name`` stands, in any case unless two differ in case alone.

        Args:
            name: As written.
            folded: The same in lower case.
        """
        lookup = self.lookup or self.index()
        position = lookup.get(name)
        return lookup.get(folded) if position is None else position


@dataclass(slots=True, eq=False)
class Ask:
    """What a builder yields for a query that it contains.

    Attributes:
        env: Common table expressions in sight (`whence.sql.names.Env`).
        outer: The scope around a correlated subquery, or None.
    """

    node: exp.Expr
    env: Env
    outer: Scope | None = None


NamedRows: TypeAlias = tuple[Rows, tuple[str, ...]]
"""The rows of a table, and its full name in lower case."""

Step: TypeAlias = Generator[Union[Ask, "Step"], Rows, Rows]
"""A builder: yields what it needs built, is sent the rows of that, returns its own."""


def run(plan: Plan, step: Step, build: Callable[[Plan, Ask], Step]) -> Rows:
    """Drive ``step`` and all that it yields, however deep, with a stack of our own.

    Args:
        plan: Handed on to ``build``.
        step: The outermost builder.
        build: The builder of a contained query.
    """
    stack = [step]
    value: Rows | None = None
    while True:
        try:
            below = stack[-1].send(value)  # type: ignore[arg-type] # None starts a generator
        except StopIteration as done:
            stack.pop()
            if not stack:
                rows: Rows = done.value
                return rows
            value = done.value
        else:
            stack.append(build(plan, below) if isinstance(below, Ask) else below)
            value = None


class Plan:
    """Everything that the builders of one script share.

    Attributes:
        variables: Those of the script; a column of that name comes first.
        kept: The temporary tables that a session brought, to be made into rows when first read.
        told: What a session brought of stored tables; asked before the schema provider.
        defined: What statements of this script made of stored tables.
        written_texts: Expressions of a session's columns, whose syntax trees are gone.
        exact: Whether names are spelled as they are stored, so that case tells columns apart.
        masking: Functions that mask beside those that are known to, in lower case.
        spans: Finds where expressions stand; None where nobody asks.
        structs: The fields of the columns that an expression of the statement builds.
        confidences: How sure it is that a table has a source column, where that is below 1.0.
        waiting: Table expressions that change data, which happens whether they are read or not.
        change: The builder of the rows that such a one returns.
        inside: The changing statement that is being read within another, and what it sees.
        struct_paths: Whether a field of a stored struct is a source of its own.
        unions: The first id of each set operation, and its columns with those of each branch.
    """

    def __init__(self, rules: Rules, schema: Asker, defaults: tuple[str, str] = ("", "")) -> None:
        """Start with no tables.

        Args:
            rules: Of the dialect.
            schema: Asked when a table is first met.
            defaults: Catalogue and schema put in front of shorter names; "" for none.
        """
        self.rules = rules
        self.gaps: dict[Gap, None] = {}
        self.texts: dict[int, exp.Expr] = {}
        self.variables = Variables()
        self.tables: list[StoredTable | None] = [None]
        self.defaults = self.first_defaults = defaults
        self.text = ""
        self.exact = False
        self._columns_in = ("", False)
        self.masking: frozenset[str] = frozenset()
        self.spans: Spans | None = None
        self.beside: list[Relation] = []
        self.structs: dict[int, list[tuple[str, Expression]]] = {}
        self.struct_paths = False
        self.waiting: list[CommonTable] = []
        self.change: Callable[[exp.Expr, Env], Step] | None = None
        self.inside: tuple[exp.Expr, Env] | None = None
        self.confidences: dict[int, float] = {}
        self.unions: list[tuple[int, Sequence[tuple[str, Sequence[int]]]]] = []
        self.kept: dict[TableKey, Callable[[], Rows]] = {}
        self.told: dict[TableKey, tuple[Field, ...] | None] = {}
        self.defined: dict[TableKey, tuple[Field, ...] | None] = {}
        self.written_texts: dict[int, ExpressionText] = {}
        self._schema = schema
        self._made: dict[TableKey, Rows] = {}
        self._made_names: dict[TableKey, TableName] = {}
        self._known: dict[TableKey, StoredTable] = {}
        self._words: dict[tuple[tuple[str, str], str], NamedRows] = {}
        self._next = 1

    def reserve(self, count: int) -> int:
        """``count`` new ids in a row; the first of them."""
        first = self._next
        self._next += count
        return first

    def derive(self, expression: Expression, text: exp.Expr | None) -> Derived:
        """A new column computed by ``expression``, which reads ``text``."""
        derived = Derived(self.reserve(1), expression)
        if text is not None:
            self.texts[derived.column] = text
        return derived

    def has_columns(self) -> bool:
        """True where the text may hold COLUMNS(...) (DuckDB, ClickHouse) somewhere."""
        if not self.rules.columns_function:
            return False
        if self._columns_in[0] is not self.text:
            self._columns_in = (self.text, "columns" in self.text.lower())
        return self._columns_in[1]

    def distinct_names(self, rows: Rows) -> Rows:
        """``rows`` as a subquery or a table: some databases number names that occur again."""
        names = distinct(rows.names, self.rules.name)
        if names is rows.names:
            return rows
        return Rows(rows.node, names, rows.ids, rows.rest, rows.unknown, other=rows.other)

    def gap(self, code: str, reason: str, where: str = "") -> None:
        """Say what could not be resolved; once."""
        self.gaps[Gap(code, reason, where)] = None

    def table(self, name: TableName) -> StoredTable:
        """The stored table ``name``; the schema provider is asked once for each."""
        key = table_key(name)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._store(name, self._fields(name, key))
        return known

    def _fields(self, name: TableName, key: TableKey) -> tuple[Field, ...] | None:
        """What the session, else the schema provider tells of a table."""
        if key in self.told:
            return self.told[key]
        fields = self._schema.ask(name)
        while self._schema.problems:
            self.gap("schema-unavailable", self._schema.problems.pop())
        return fields

    def _store(self, name: TableName, fields: tuple[Field, ...] | None) -> StoredTable:
        if any("{" in part for part in name.parts):
            self.gap("dynamic-sql", f"template code was left in the name {str(name)!r}")
        table = stored_table(name, fields, len(self.tables))
        self.tables.append(table)
        return table

    def define(self, name: TableName, fields: tuple[Field, ...] | None) -> None:
        """Remember what a statement of this script made of a table."""
        self._words.clear()
        key = table_key(name)
        self.defined[key] = fields
        self._known[key] = self._store(name, fields)

    def qualify(self, name: TableName) -> TableName:
        """``name`` with the defaults in front, unless the script made a table of that name."""
        catalog, schema = self.defaults
        given = len(name.parts)
        if given > 2 or not (catalog or schema) or self.is_made(name):
            return name
        before: tuple[str, ...] = ()
        if given == 2:
            before = (catalog,) if catalog else ()
        elif schema:
            before = (catalog, schema) if catalog else (schema,)
        else:
            return name
        return TableName(before + name.parts, (False,) * len(before) + name.quoted)

    def make(self, name: TableName, rows: Rows | None) -> None:
        """Remember (or with None forget) the rows of a temporary table."""
        self._words.clear()
        key = table_key(name)
        self.kept.pop(key, None)
        self._made.pop(key, None)
        self._made_names.pop(key, None)
        if rows is not None:
            self._made[key] = rows
            self._made_names[key] = name

    def made_tables(self) -> Iterator[tuple[TableName, Rows]]:
        """The temporary tables that statements of this script made or changed."""
        for key, name in self._made_names.items():
            yield name, self._made[key]

    def is_made(self, name: TableName) -> bool:
        """True for a temporary table of this script or of its session."""
        key = table_key(name)
        return key in self._made or key in self.kept

    def rows_of(self, name: TableName) -> Rows:
        """The rows of a table: a temporary one of this script, or a stored one."""
        key = table_key(name)
        made = self._made.get(key)
        if made is None and key in self.kept:
            made = self._made[key] = self.kept[key]()
        return self.scan(self.table(name)) if made is None else made

    def rows_called(self, word: str, quoted: bool) -> NamedRows:
        """`rows_of` for a name of one part, which is asked for again and again."""
        known = self._words.get((self.defaults, word))
        if known is None:
            name = self.qualify(TableName((word,), (quoted,)))
            key = table_key(name)
            stored = self._known.get(key) if not (self._made or self.kept) else None
            rows = self.rows_of(name) if stored is None else self.scan(stored)
            known = self._words[self.defaults, word] = (rows, key)
        return known

    def scan(self, table: StoredTable) -> Rows:
        """The rows of a stored table."""
        rows = table.rows
        if rows is None:
            node = Scan(table=table)
            if table.fields is None:
                rows = Rows(node, (), (), (table,), True)
            else:
                ids = range(table.base, table.base + len(table.names))
                rest = (table,) if table.more else ()
                rows = Rows(node, table.names, ids, rest, table.more, table.index)
            table.rows = rows
        return rows

    def met(self, table: StoredTable, name: str) -> int:
        """The id of a column that only a statement tells of."""
        key = name if self.exact else name.lower()
        column = table.met.get(key)
        if column is None:
            column = table.met[key] = table.base + len(table.names) + len(table.further)
            table.further.append(name)
        return column

    def type_of(self, column: int) -> str | None:
        """The type of a column, where the schema tells it or the expression is a cast."""
        text = self.texts.get(column)
        if text is not None:
            return _cast_type(text, self.rules) or self._struct_type(column)
        table = self.tables[column >> TABLE_SHIFT]
        at = column & COLUMN_MASK
        if table is None or table.fields is None or at >= len(table.fields):
            return None
        return table.fields[at].type

    def _struct_type(self, column: int) -> str | None:
        """The type of a struct that the statement builds from columns of known types."""
        fields: list[tuple[str, str]] = []
        for name, use in self.structs.get(column, ()):
            whole = len(use.uses) == 1 and use.uses[0][1] == IDENTITY
            if not whole or use.uses[0][0] in self.structs:
                return None
            type_ = self.type_of(use.uses[0][0])
            if type_ is None:
                return None
            fields.append((name, type_))
        return struct_type(fields, self.rules) if fields else None

    def is_aggregate(self, column: int) -> bool:
        """True for a computed column whose expression aggregates."""
        text = self.texts.get(column)
        return text is not None and aggregates(text)

    def beyond(self, rows: Rows, name: str) -> int | Expression:
        """The column ``name`` of ``rows``, which it must have among its unknown ones."""
        if len(rows.rest) == 1:
            return self.met(rows.rest[0], name)
        return Expression([(self.met(table, name), IDENTITY) for table in rows.rest])

    def source(self, column: int) -> tuple[StoredTable, str]:
        """The table and name of a source column."""
        table = self.tables[column >> TABLE_SHIFT]
        assert table is not None  # computed columns are no sources
        at, known = column & COLUMN_MASK, len(table.names)
        return table, table.names[at] if at < known else table.further[at - known]

    def is_stored(self, column: int) -> bool:
        """True for a column of a stored table."""
        return self.tables[column >> TABLE_SHIFT] is not None


def _cast_type(text: exp.Expr, rules: Rules) -> str | None:
    if isinstance(text, (exp.Cast, exp.TryCast)):
        return text_of(text.args["to"], rules) or None
    return None
