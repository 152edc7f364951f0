"""DuckDB's names for expressions without an alias: the expression, printed its way.

Must not resolve anything. What the syntax tree has lost (which of two spellings a function or a
type had) is looked up in the statement's text, at the positions that the tree keeps.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from whence.sql.dialects import Rules
from whence.sql.duckdb_forms import CALLED, NEGATED, OPERATORS, RENAMED, STEPS
from whence.sql.duckdb_spelling import Spelling, quoted, span
from whence.sql.text import text_of


def duckdb_name(node: exp.Expr, text: str, rules: Rules) -> str:
    """The name of the column that ``node`` computes; "" where it is nested too deep to print.

    Args:
        node: An expression of a select list.
        text: The statement's text, which the tree's positions refer to; "" where it is not known.
        rules: Of the dialect.
    """
    try:
        return _Printer(text, rules).print(node)
    except RecursionError:
        return ""


class _Printer:
    """Prints the expressions of one statement."""

    def __init__(self, text: str, rules: Rules) -> None:
        self._text = text
        self._rules = rules
        self._spelling = Spelling(text, rules)

    def print(self, node: exp.Expr) -> str:
        """Any expression."""
        kind = node.__class__
        special = _FORMS.get(kind)
        if special is not None:
            return special(self, node)
        if kind in OPERATORS and not node._meta:
            return self._operator(node, OPERATORS[kind])
        if isinstance(node, exp.Func) or (node._meta and isinstance(node, exp.Binary)):
            return self._call(node)
        return text_of(node, self._rules, lower_functions=True)

    def _all(self, nodes: list[exp.Expr]) -> str:
        return ", ".join(self.print(each) for each in nodes)

    def _operator(self, node: exp.Expr, sign: str) -> str:
        left, right = node.args["this"], node.args["expression"]
        if isinstance(right, exp.JSONPath):
            return f"({self.print(left)} {sign} {self._spelling.path(left, right)})"
        if node.args.get("negate"):
            sign = NEGATED.get(node.__class__, sign)
        return f"({self.print(left)} {sign} {self.print(right)})"

    def _call(self, node: exp.Expr) -> str:
        name = CALLED.get(node.__class__, "")
        if node.__class__ not in RENAMED:
            name = self._spelling.function(node) or name
        if isinstance(node, exp.Anonymous):
            name = node.name
        elif not name:
            name = node.sql_name() if isinstance(node, exp.Func) else node.key
        return f"{quoted(name.lower())}({', '.join(self._arguments(node))})"

    def _arguments(self, node: exp.Expr) -> list[str]:
        """The arguments of a function in the order in which the parser keeps them."""
        arguments: list[str] = []
        keys = [key for key in node.arg_types if key in node.args]
        if isinstance(node, (exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.TsOrDsDiff)):
            keys = [key for key in ("unit", "expression", "this") if node.args.get(key)]
        if isinstance(node, exp.Anonymous):
            keys = ["expressions"]
        for key in keys:
            value = node.args[key]
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, exp.Var):
                    arguments.append(f"'{each.name.lower()}'")
                elif isinstance(each, exp.Expr):
                    arguments.append(self.print(each))
        return arguments

    def _column(self, node: exp.Expr) -> str:
        parts = [node.args.get(key) for key in ("catalog", "db", "table", "this")]
        return ".".join(
            "*" if isinstance(part, exp.Star) else quoted(part.name) for part in parts if part
        )

    def _literal(self, node: exp.Expr) -> str:
        meta = node._meta or {}
        written = self._text[meta["start"] : meta["end"] + 1] if "start" in meta else ""
        if written[1:] == node.name and written[:1] == ".":
            return written
        if node.args.get("is_string"):
            return "'" + str(node.name).replace("'", "''") + "'"
        return written if written[:1] in "0123456789." and written else str(node.name)

    def _connected(self, node: exp.Expr) -> str:
        """AND and OR: chains print flat, without the parentheses that were written."""
        parts: list[exp.Expr] = []
        stack = [node]
        while stack:
            part = stack.pop()
            if part.__class__ is node.__class__:
                stack += [part.args["expression"], part.args["this"]]
            else:
                parts.append(part)
        word = f" {node.key.upper()} "
        return f"({word.join(self.print(each) for each in parts)})"

    def _not(self, node: exp.Expr) -> str:
        this = node.args["this"]
        if isinstance(this, exp.Is) and isinstance(this.expression, exp.Null):
            return f"({self.print(this.this)} IS NOT NULL)"
        if isinstance(this, exp.Is):
            return self._is(this, "IS DISTINCT FROM")
        return f"(NOT {self.print(this)})"

    def _is(self, node: exp.Expr, word: str = "IS NOT DISTINCT FROM") -> str:
        if isinstance(node.expression, exp.Null):
            return f"({self.print(node.this)} IS NULL)"
        value = self.print(node.expression)
        return f"(CAST({self.print(node.this)} AS BOOLEAN) {word} {value})"

    def _in(self, node: exp.Expr) -> str:
        query = node.args.get("query")
        if query is not None:
            return f"({self.print(node.this)} = ANY{self.print(query)})"
        return f"({self.print(node.this)} IN ({self._all(node.expressions)}))"

    def _between(self, node: exp.Expr) -> str:
        low, high = self.print(node.args["low"]), self.print(node.args["high"])
        return f"({self.print(node.this)} BETWEEN {low} AND {high})"

    def _signed(self, node: exp.Expr) -> str:
        sign = "~" if isinstance(node, exp.BitwiseNot) else "-"
        if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
            return f"-{self.print(node.this)}"
        return f"({sign}({self.print(node.this)}))"

    def _cast(self, node: exp.Expr) -> str:
        word = "TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"
        return f"{word}({self.print(node.this)} AS {self._spelling.type(node)})"

    def _case(self, node: exp.Expr) -> str:
        this, default = node.args.get("this"), node.args.get("default")
        branches = []
        for each in node.args["ifs"]:
            condition = self.print(each.this)
            if this is not None:
                condition = f"({self.print(this)} = {condition})"
            branches.append(f" WHEN ({condition}) THEN ({self.print(each.args['true'])})")
        end = "NULL" if default is None else self.print(default)
        return f"CASE {''.join(branches)} ELSE {end} END"

    def _count(self, node: exp.Expr) -> str:
        if isinstance(node.this, exp.Star):
            return "count()" if isinstance(node.parent, exp.Window) else "count_star()"
        return self._call(node)

    def _distinct(self, node: exp.Expr) -> str:
        return f"DISTINCT {self._all(node.expressions)}"

    def _order(self, node: exp.Expr) -> str:
        keys = ", ".join(self._ordered(each) for each in node.expressions)
        this = node.args.get("this")
        return f"{self.print(this)} ORDER BY {keys}" if this is not None else f"ORDER BY {keys}"

    def _ordered(self, node: exp.Expr) -> str:
        return " ".join([self.print(node.this), *self._spelling.order(node)])

    def _filter(self, node: exp.Expr) -> str:
        condition = self.print(node.expression.this)
        return f"{self.print(node.this)} FILTER (WHERE {condition})"

    def _within(self, node: exp.Expr) -> str:
        inner = self.print(node.this)
        order = self._order(node.expression)
        if isinstance(node.this, (exp.PercentileCont, exp.PercentileDisc)):
            return f"{inner[:-1]} {order})"
        return f"{inner} WITHIN GROUP ( {order})"

    def _window(self, node: exp.Expr) -> str:
        parts: list[str] = []
        for each in self._definitions(node):
            args = each.args
            if args.get("partition_by"):
                parts.append(f"PARTITION BY {self._all(args['partition_by'])}")
            if args.get("order") is not None:
                parts.append(self._order(args["order"]))
            if args.get("spec") is not None:
                parts.append(self._frame(args["spec"]))
        return f"{self.print(node.this)} OVER ({' '.join(parts)})"

    def _definitions(self, node: exp.Expr) -> list[exp.Expr]:
        """The window and the named ones that it builds on, those first."""
        select = node.find_ancestor(exp.Select)
        windows = (select.args.get("windows") or ()) if select is not None else ()
        named = {each.name.lower(): each for each in windows}
        chain = [node]
        while len(chain) < 20:
            name = chain[0].args.get("alias")
            below = named.get(name.name.lower()) if name is not None else None
            if below is None:
                break
            chain.insert(0, below)
        return chain

    def _frame(self, spec: exp.Expr) -> str:
        ends = [self._bound(spec, side) for side in ("start", "end")]
        text = f"{str(spec.args['kind']).upper()} BETWEEN {ends[0]} AND {ends[1]}"
        exclude = spec.args.get("exclude")
        return text if exclude is None else f"{text} EXCLUDE {str(exclude).upper()}"

    def _bound(self, spec: exp.Expr, side: str) -> str:
        value = spec.args.get(side) or "CURRENT ROW"
        text = self.print(value) if isinstance(value, exp.Expr) else str(value)
        direction = spec.args.get(f"{side}_side")
        return text if not direction else f"{text} {str(direction).upper()}"

    def _power(self, node: exp.Expr) -> str:
        if node._meta or self._text[: span(node.this)[1]].strip() == "":
            return self._call(node)
        between = self._text[span(node.this)[1] : span(node.expression)[0]]
        sign = "**" if "**" in between else "^" if "^" in between else ""
        if not sign:
            return self._call(node)
        return f"({self.print(node.this)} {sign} {self.print(node.expression)})"

    def _bracket(self, node: exp.Expr) -> str:
        inner = []
        for each in node.expressions:
            number = each.this if isinstance(each, exp.Neg) else each
            if isinstance(number, exp.Literal) and not number.args.get("is_string"):
                value = int(number.name) * (-1 if number is not each else 1)
                inner.append(str(value + 1))
            elif isinstance(each, exp.Slice):
                ends = (each.args.get("this"), each.args.get("expression"))
                inner.append(":".join("" if end is None else self.print(end) for end in ends))
            else:
                inner.append(self.print(each))
        return f"{self.print(node.this)}[{', '.join(inner)}]"

    def _struct(self, node: exp.Expr) -> str:
        cells = []
        for each in node.expressions:
            name = each.this.name if isinstance(each, exp.PropertyEQ) else ""
            value = self.print(each.expression if name else each)
            cells.append(f"{quoted(name)} := {value}" if name else value)
        return f"struct_pack({', '.join(cells)})"

    def _map(self, node: exp.Expr) -> str:
        """``MAP {a: b}[c]``, which the parser reads as ``MAP ({a: b}[c])``."""
        inner, after = node.this, ""
        while isinstance(inner, exp.Bracket):
            written = self._bracket(inner)
            after = written[len(self.print(inner.this)) :] + after
            inner = inner.this
        pairs = [each for each in inner.expressions if isinstance(each, exp.PropertyEQ)]
        keys = ", ".join(self.print(each.this) for each in pairs)
        values = ", ".join(self.print(each.expression) for each in pairs)
        return f'"map"(list_value({keys}), list_value({values})){after}'

    def _interval(self, node: exp.Expr) -> str:
        unit = node.args.get("unit")
        value = node.this
        name = unit.name.upper().rstrip("S") if unit is not None else ""
        if not name or value is None:
            return f"CAST({self.print(value)} AS INTERVAL)" if value is not None else ""
        end = span(value)[1]
        number = self.print(value)
        literal = isinstance(value, exp.Literal)
        if literal:
            before = self._text[:end] if end else ""
            number = value.name if not before.endswith("'") else f"'{value.name}'"
        step = STEPS.get(name)
        if step is None:
            return f"to_{name.lower()}s(CAST({number} AS DOUBLE))"
        return f"to_{name.lower()}s(CAST(trunc(CAST({number} AS DOUBLE)) AS {step}))"

    def _lambda(self, node: exp.Expr) -> str:
        names = ", ".join(each.name for each in node.expressions)
        return f"(lambda {names}: {self.print(node.this)})"

    def _comprehension(self, node: exp.Expr) -> str:
        name = node.args["expression"].name
        source, body = self.print(node.args["iterator"]), self.print(node.this)
        condition = node.args.get("condition")
        if condition is None:
            return f"list_apply({source}, (lambda {name}: {body}))"
        pair = f'struct_pack("filter" := {self.print(condition)}, result := {body})'
        pairs = f"list_apply({source}, (lambda {name}: {pair}))"
        kept = f"list_filter({pairs}, (lambda elem: struct_extract(elem, 'filter')))"
        return f"list_apply({kept}, (lambda elem: struct_extract(elem, 'result')))"

    def _array(self, node: exp.Expr) -> str:
        first = node.expressions[0] if node.expressions else None
        return self.print(first) if isinstance(first, exp.Comprehension) else self._call(node)

    def _subquery(self, node: exp.Expr) -> str:
        return f"({self.print(node.this)})"

    def _select(self, node: exp.Expr) -> str:
        """The simplest queries; others come out as sqlglot prints them."""
        known = {"expressions", "from_", "where", "kind", "hint", "distinct", "limit"}
        from_ = node.args.get("from_")
        plain = from_ is None or isinstance(from_.this, exp.Table)
        if not plain or any(value for key, value in node.args.items() if key not in known):
            return text_of(node, self._rules, lower_functions=True)
        text = f"SELECT {self._all(node.expressions)}"
        if from_ is not None:
            text += f" FROM {text_of(from_.this, self._rules)}"
        where = node.args.get("where")
        return text if where is None else f"{text} WHERE {self.print(where.this)}"

    def _word(self, node: exp.Expr) -> str:
        return text_of(node, self._rules).lower()

    def _zone(self, node: exp.Expr) -> str:
        return f"timezone({self.print(node.args['zone'])}, {self.print(node.this)})"

    def _escape(self, node: exp.Expr) -> str:
        like = node.this
        parts = [like.this, like.expression, node.expression]
        name = "ilike_escape" if isinstance(like, exp.ILike) else "like_escape"
        return f"{name}({self._all(parts)})"


Form = Callable[[_Printer, exp.Expr], str]
_FORMS: dict[type, Form] = {
    exp.Paren: lambda printer, node: printer.print(node.this),
    exp.Column: _Printer._column,
    exp.Literal: _Printer._literal,
    exp.Null: lambda printer, node: "NULL",
    exp.Boolean: lambda printer, node: str(node.args["this"]).lower(),
    exp.And: _Printer._connected,
    exp.Or: _Printer._connected,
    exp.Not: _Printer._not,
    exp.Is: _Printer._is,
    exp.In: _Printer._in,
    exp.Between: _Printer._between,
    exp.Neg: _Printer._signed,
    exp.BitwiseNot: _Printer._signed,
    exp.Cast: _Printer._cast,
    exp.TryCast: _Printer._cast,
    exp.Case: _Printer._case,
    exp.Count: _Printer._count,
    exp.Distinct: _Printer._distinct,
    exp.Order: _Printer._order,
    exp.Filter: _Printer._filter,
    exp.WithinGroup: _Printer._within,
    exp.Window: _Printer._window,
    exp.Bracket: _Printer._bracket,
    exp.Struct: _Printer._struct,
    exp.ToMap: _Printer._map,
    exp.Interval: _Printer._interval,
    exp.Lambda: _Printer._lambda,
    exp.Comprehension: _Printer._comprehension,
    exp.Exists: lambda printer, node: f"EXISTS({printer.print(node.this)})",
    exp.Subquery: _Printer._subquery,
    exp.Select: _Printer._select,
    exp.CurrentDate: _Printer._word,
    exp.CurrentTimestamp: _Printer._word,
    exp.CurrentTime: _Printer._word,
    exp.AtTimeZone: _Printer._zone,
    exp.Escape: _Printer._escape,
    exp.Pow: _Printer._power,
    exp.Coalesce: lambda printer, node: f"COALESCE({', '.join(printer._arguments(node))})",
    exp.Tuple: _Printer._call,
    exp.Array: _Printer._array,
}
