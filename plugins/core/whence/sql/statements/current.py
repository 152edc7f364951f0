"""Where names without a schema live: USE, SET search_path, SET SCHEMA, and their like elsewhere.

Must not read queries.
"""

from __future__ import annotations

import re

from sqlglot import exp

from whence.sql.plan import Plan
from whence.sql.text import text_of

_NAME = r"""(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|'[^']*'|[\w$]+)"""
_SCHEMA = re.compile(
    rf"""\s*(?:session\s+|local\s+|current\s+|@@)?
    (?:search_path|current_schema|currentschema|schema|dataset_id|path)\b
    \s*(?:=|\bto\b)?\s*({_NAME}(?:\s*\.\s*{_NAME})?)""",
    re.I | re.X,
)
_CATALOG = re.compile(
    rf"\s*(?:session\s+)?(?:@@)?(?:current\s+)?(?:catalog|dataset_project_id)\b\s*=?\s*({_NAME})",
    re.I,
)
_RESET = re.compile(r"\s*(?:search_path|schema|all)\b", re.I)
_PART = re.compile(_NAME)
_OTHERS = ("WAREHOUSE", "ROLE", "SECONDARY ROLES", "SECONDARY")
# USE names a catalogue there, and the schema is the user's own.
_CATALOGS = {"tsql": "dbo", "fabric": "dbo"}


def use(plan: Plan, node: exp.Expr) -> None:
    """USE [CATALOG | DATABASE | SCHEMA] name, DATABASE name, OPEN SCHEMA name."""
    this, kind = node.args.get("this"), node.args.get("kind")
    word = kind.name.upper() if isinstance(kind, exp.Expr) else ""
    if not isinstance(this, exp.Expr) or word in _OTHERS:
        return
    named = (this.args.get("catalog"), this.args.get("db"), this.args.get("this"))
    parts = [part.name for part in named if isinstance(part, exp.Expr) and part.name]
    system = plan.rules.name
    if not parts:
        return
    if len(parts) > 1:
        plan.defaults = (parts[-2], parts[-1])
    elif word == "CATALOG" or (system == "snowflake" and word != "SCHEMA"):
        plan.defaults = (parts[0], "")
    elif system in _CATALOGS:
        plan.defaults = (parts[0], plan.first_defaults[1] or _CATALOGS[system])
    else:
        plan.defaults = (plan.defaults[0], parts[0])


def settle(plan: Plan, node: exp.Expr) -> None:
    """SET of a setting that says where names live; any other is passed over."""
    text = _text(plan, node)
    catalog = _CATALOG.match(text)
    if catalog is not None:
        plan.defaults = (_plain(catalog.group(1)), "")
        return
    found = _SCHEMA.match(text)
    if found is not None:
        place(plan, found.group(1))


def reset(plan: Plan, node: exp.Expr) -> None:
    """RESET search_path and the like: back to where the text began."""
    rest = node.args.get("expression")
    if isinstance(rest, exp.Expr) and _RESET.match(rest.name):
        plan.defaults = plan.first_defaults


def configured(plan: Plan, node: exp.Expr) -> None:
    """Postgres' ``SELECT set_config('search_path', 'a, b', false)``."""
    for item in node.args.get("expressions") or ():
        item = item.unalias()
        if isinstance(item, exp.Anonymous) and item.name.lower() == "set_config":
            given = [each for each in item.expressions if isinstance(each, exp.Literal)]
            if len(given) > 1 and given[0].name.lower() == "search_path":
                place(plan, given[1].name)


def place(plan: Plan, path: str) -> None:
    """Let names live in the first schema of ``path``, whose own quotes may hold a list."""
    first = _PART.search(path)
    if first is None:
        return
    names = [_plain(each) for each in _PART.findall(path)]
    if len(names) > 1 and "." in path[first.end() :][:2]:
        plan.defaults = (names[0], names[1])
        return
    within = _PART.findall(names[0]) if "," in names[0] or "." in names[0] else []
    plan.defaults = (plan.defaults[0], _plain(within[0]) if within else names[0])


def _plain(name: str) -> str:
    """``name`` without quotes around it."""
    return name[1:-1] if name[:1] in "\"`['" else name


def _text(plan: Plan, node: exp.Expr) -> str:
    if isinstance(node, exp.Command):
        rest = node.args.get("expression")
        return rest.name if isinstance(rest, exp.Expr) else str(rest or "")
    return text_of(node, plan.rules)[4:]
