"""Template residue in SQL (Jinja, Dataform, shell, Python), taken out so that the rest parses.

Must not render templates: what they would put in is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARKS = re.compile(r"\{\{|\{%|\{#|\$\{|<%|&\{|\$\(\w|\{\w*\}")
_MISLEADING = re.compile(r"\$\{\s*(?:ref|resolve|self)\s*\(|\$\(\w+\)")
# A mark without its end must not be searched for up to the end of the text, again and again: what
# stands within never holds the same mark once more.
_COMMENT = re.compile(r"\{#(?:(?!\{#).)*?#\}", re.DOTALL)
_VARIABLE = r"<%\s*[\w.]+\s*%>"
_BLOCK = re.compile(
    r"\{%-?\s*(\w*)((?:(?!\{%).)*?)-?%\}"
    rf"|(?!{_VARIABLE})<%(?!=)-?\s*(\w*)((?:(?!<%).)*?)%>",
    re.DOTALL,
)
_CONFIG = re.compile(r"\A\s*config\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")
_TEXT = r"['\"]([^'\"]+)['\"]"
_CALL = re.compile(
    r"(?:\{\{-?|\$\{)\s*(ref|source|resolve)\s*\(\s*"
    rf"{_TEXT}(?:\s*,\s*{_TEXT})?(?:\s*,\s*v(?:ersion)?\s*=\s*['\"]?\w+['\"]?)?\s*\)\s*(?:-?\}}\}}|\}})"
)
_VALUE = re.compile(
    r"\{\{(?:(?!\{\{).)*?\}\}|[$&]\{[^{}]*\}|\$\(\w+\)|<%=(?:(?!<%).)*?%>"
    rf"|{_VARIABLE}|\{{\w*\}}",
    re.DOTALL,
)
_PARAMETER = re.compile(
    r"'(?:''|[^'])*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|/\*(?:(?!/\*).)*?\*/"
    r"|(@\{[^{}]*\}|%\(\w+\)[sdf]|%[sdf]\b|(?<![:\w]):(?:\w+|'\w+'|\"\w+\")|\?\d*|[$@]\w+|&&?\w+\.?)",
    re.DOTALL,
)
_TABLE_BEFORE = re.compile(r"(?:\b(?:from|join|into|update|table|using|view)\s*|[\w.`\"])$", re.I)
_LIST_BEFORE = re.compile(r"\b(?:in|values)\s*$", re.IGNORECASE)
_END = re.compile(r"\{%-?\s*end(\w+)")
_LEFT_OUT = frozenset(("macro", "docs", "set"))
"""Blocks whose content is no part of the text; ``set`` where it has an end of its own."""


def has_templates(sql: str) -> bool:
    """True where ``sql`` seems to hold template code."""
    return _MARKS.search(sql) is not None


def misleads(sql: str) -> bool:
    """True where a parser may take template code (Dataform's, sqlcmd's) for something else."""
    return _MISLEADING.search(sql) is not None


def without_templates(sql: str, quotes: tuple[str, str] = ('"', '"')) -> str:
    """``sql`` with blocks taken out and values replaced by names, line for line.

    Of the branches of an ``if`` the first stays, of a loop one turn, and that the last.

    Args:
        sql: The text.
        quotes: What stands around an identifier in the dialect.
    """
    text = _CONFIG.sub(_blank, _COMMENT.sub(_blank, sql))
    text = "".join(_kept(text))

    def reference(match: re.Match[str]) -> str:
        """What dbt or Dataform would put in: the name of a table."""
        call, first, second = match.groups()
        parts = [first, second] if call == "source" else [second or first]
        if call == "resolve" and second:
            parts = [first, second]
        return ".".join(f"{quotes[0]}{part}{quotes[1]}" for part in parts if part)

    return _VALUE.sub(_value, _CALL.sub(reference, text))


def without_parameters(sql: str) -> tuple[str, bool]:
    """``sql`` with markers for values (``%s``, ``:x``, ``?1``, ``&x``) as NULL.

    Returns:
        The text, and whether a marker stands for a name, which is not known.
    """
    named = False

    def value(found: re.Match[str]) -> str:
        nonlocal named
        if found.group(1) is None:
            return found.group()
        if found.group().startswith("@{"):  # a hint of BigQuery and Spanner
            return _blank(found)
        text = _value(found)
        named = named or "NULL" not in text
        return text

    return _PARAMETER.sub(value, sql), named


def _kept(text: str) -> Iterator[str]:
    """The pieces of ``text`` that stay when its blocks are taken out."""
    end = 0
    opened: list[bool] = []
    closed = frozenset(_END.findall(text))
    for match in _BLOCK.finditer(text):
        piece = text[end : match.start()]
        yield piece if all(opened) else "\n" * piece.count("\n")
        yield _blank(match)
        end = match.end()
        _enter(opened, match, closed)
    yield text[end:] if all(opened) else "\n" * text.count("\n", end)


def _enter(opened: list[bool], match: re.Match[str], closed: frozenset[str]) -> None:
    """Keep count of the blocks around, and of whether each one's content stays."""
    word, rest = match.group(1) or match.group(3) or "", match.group(2) or match.group(4) or ""
    if word in ("else", "elif", "elseif") and opened:
        opened[-1] = "not loop." in rest and not opened[-1]
    elif word.startswith("end") and opened:
        opened.pop()
    elif word in ("if", "for"):
        opened.append("not loop." not in rest)
    elif word in _LEFT_OUT and (word != "set" or ("=" not in rest and word in closed)):
        opened.append(False)
    elif word in closed:
        opened.append(True)


def _blank(match: re.Match[str]) -> str:
    return " " + "\n" * match.group().count("\n")


def _value(match: re.Match[str]) -> str:
    """A name where a table or a part of a name must stand, else NULL: a value of no column."""
    if not match.string[: match.start()].strip() and match.group().startswith("{{"):
        return _blank(match)  # {{ config(...) }}
    before = match.string[max(0, match.start() - 40) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if _LIST_BEFORE.search(before):
        return "(NULL)"
    if not (_TABLE_BEFORE.search(before) or after.isalnum() or after in ("_", ".")):
        return "NULL"
    words = re.findall(r"[A-Za-z_]\w*", match.group())
    return "_".join(words[:3]) or "template"
