"""``whence doctor``: is everything as it should be, and what needs the user.

Must not repair anything; `whence_cli.doctor` looks, this asks and draws.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from whence_cli import installed, render

if TYPE_CHECKING:
    from rich.console import RenderableType


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show versions, hooks, store, transport, spool, swallowed errors and recent gaps.

    Exit code 1 when something needs you; each such thing is said in a sentence.

    Examples:
      whence doctor
      whence doctor --json
    """
    answer = examine()
    if render.wants_json(as_json):
        render.emit_json(answer)
    else:
        render.show(*_drawings(answer))
    if answer["problems"]:
        raise typer.Exit(render.EXIT_GAPS)


def examine() -> dict[str, Any]:
    """The answer of ``whence doctor --json``."""
    from whence_cli.doctor import hosts, settings, spool, store, transport

    config, wrong = settings.read(os.environ)
    homeless = settings.home_problem(config.home)
    waiting, errors = spool.examine(config, readable=homeless is None)
    kept, gaps = store.examine(config, readable=homeless is None)
    sections = {
        "hosts": hosts.examine(),
        "transport": transport.examine(config),
        "spool": waiting,
        "store": kept,
        "errors": errors,
        "gaps": gaps,
    }
    problems = [*([homeless] if homeless else []), *wrong]
    problems += [problem for section in sections.values() for problem in section.problems]
    if config.disabled:
        problems.insert(0, "Whence is switched off by WHENCE_DISABLED or OPENLINEAGE_DISABLED")
    return {
        "home": str(config.home),
        "versions": installed.wheels(),
        **{name: section.facts for name, section in sections.items()},
        "problems": problems,
    }


def _drawings(answer: dict[str, Any]) -> Iterator[RenderableType]:
    yield render.table(["", ""], _rows(answer))
    if answer["gaps"]:
        columns = ["gap", "reason", "where", "job", "runs#"]
        keys = ("code", "reason", "where", "job", "runs")
        rows = [[gap[key] for key in keys] for gap in answer["gaps"]]
        yield render.table(columns, rows, title="What could not be resolved in recent runs")
    verdict = render.tree("Needs you" if answer["problems"] else "All is well.")
    for problem in answer["problems"]:
        render.branch(verdict, problem, style="yellow")
    yield verdict


def _rows(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    versions = answer["versions"].items()
    yield "versions", ", ".join(f"{name} {version}" for name, version in versions)
    for dbt in answer["hosts"]["dbt"]:
        hooked = "hooked" if dbt["hooked"] else f"not hooked: {dbt['reason']}"
        yield f"dbt {dbt['version'] or '?'}", f"{hooked} ({dbt['executable']})"
    if not answer["hosts"]["dbt"]:
        yield "dbt", "none found"
    yield "data folder", answer["home"]
    yield "store", _store(answer["store"])
    yield "transport", _transport(answer["transport"])
    spool = answer["spool"]
    yield "spool", f"{spool['pending']} events and {spool['untranslated']} captures wait"
    yield "lost", f"{spool['dropped']} dropped, {spool['rejected']} rejected"
    yield "writing now", ", ".join(spool["live"]) or "nobody"
    yield "swallowed errors", str(answer["errors"]["count"] or "none")


def _store(store: dict[str, Any]) -> str:
    if not store["installed"]:
        return "whence-backend is not installed"
    if not store["exists"]:
        return f"empty ({store['path']})"
    return f"{store['size_bytes']:,} bytes ({store['path']})"


def _transport(transport: dict[str, Any]) -> str:
    if not transport["configured"]:
        return "none: events go to the store" if transport["local_store"] else "none"
    words = {True: "reachable", False: "not reachable", None: "not tried"}
    return "; ".join(
        f"{each['kind']} {each['address']} ({words[each['reachable']]})"
        for each in transport["destinations"]
    )
