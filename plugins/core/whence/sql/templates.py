"""Template residue in SQL (Jinja, shell, Python parameters), taken out so that the rest parses.

Must not render templates: what they would put in is not known.
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"\{\{|\{%|\{#|%\(|\$\{|<%|\{[A-Za-z_]\w*\}")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_BLOCK = re.compile(r"\{%.*?%\}|<%(?!=).*?%>", re.DOTALL)
_REFERENCE = re.compile(
    r"\{\{-?\s*(?:ref|source)\s*\(\s*(['\"][^'\"]+['\"](?:\s*,\s*['\"][^'\"]+['\"])*)\s*\)\s*-?\}\}"
)
_VALUE = re.compile(r"\{\{.*?\}\}|\$\{[^}]*\}|%\([^)]*\)[sdf]|<%=.*?%>|\{[A-Za-z_]\w*\}", re.DOTALL)
_TABLE_BEFORE = re.compile(r"(?:\b(?:from|join|into|update|table|using|view)\s*|[\w.`\"])$", re.I)
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")


def has_templates(sql: str) -> bool:
    """True where ``sql`` seems to hold template code."""
    return _MARKS.search(sql) is not None


def without_templates(sql: str) -> str:
    """``sql`` with blocks taken out and values replaced by names, line for line."""
    text = _BLOCK.sub(_blank, _COMMENT.sub(_blank, sql))
    text = _REFERENCE.sub(_reference, text)
    return _VALUE.sub(_value, text)


def _blank(match: re.Match[str]) -> str:
    return " " + "\n" * match.group().count("\n")


def _reference(match: re.Match[str]) -> str:
    """``ref('a', 'b')`` and ``source('a', 'b')`` name tables; dbt would put their names here."""
    return ".".join(f'"{part}"' for part in _QUOTED.findall(match.group(1)))


def _value(match: re.Match[str]) -> str:
    """A name where a table or a part of a name must stand, else NULL: a value of no column."""
    before = match.string[max(0, match.start() - 40) : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if not (_TABLE_BEFORE.search(before) or after.isalnum() or after in ("_", ".")):
        return "NULL"
    words = re.findall(r"[A-Za-z_]\w*", match.group())
    return "_".join(words[:3]) or "template"
