"""Syntax trees back to text in their own dialect; the one caller of sqlglot's generator.

Must not raise: a tree too deep for the generator, or one it refuses, has the text "".
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError

from whence.sql.dialects import Rules
from whence.sql.quiet import quiet

_REFUSALS = (SqlglotError, RecursionError, ValueError, AttributeError, TypeError, LookupError)


def text_of(node: exp.Expr, rules: Rules, lower_functions: bool = False) -> str:
    """The text of ``node``, without comments.

    Args:
        node: Any part of a tree.
        rules: Of the dialect to write.
        lower_functions: Write names of functions in lower case.
    """
    functions = "lower" if lower_functions else "upper"
    try:
        with quiet():
            text = node.sql(dialect=rules.dialect, comments=False, normalize_functions=functions)
    except _REFUSALS:
        return ""
    return str(text)
