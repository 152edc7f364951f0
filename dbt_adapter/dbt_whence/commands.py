"""``whence dbt``: sub-commands of the command line that concern dbt.

Must not be loaded in dbt's process; what dbt knows is asked through `dbt_whence.compat`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from dbt_whence import capture, ledger, secrets
from dbt_whence.feeds.artifacts import Artifacts, captures
from whence import relay
from whence.captures import END
from whence.config import Config, load
from whence.delivery.couriers import deliver
from whence.errors import BadInput
from whence.spool import CaptureWriter

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add ``whence dbt`` to the command line."""
    group = typer.Typer(help="What dbt did, as lineage.", no_args_is_help=True)
    group.callback()(_group)
    group.command("send")(send)
    app.add_typer(group, name="dbt")


def _group() -> None:
    """Make ``send`` a sub-command although it is the only one."""


def send(
    project_dir: Annotated[
        Path, typer.Option(help="The dbt project.", show_default="the current folder")
    ] = Path("."),
    target_path: Annotated[
        Path | None,
        typer.Option(help="The folder of dbt's artifacts.", show_default="target in the project"),
    ] = None,
    profiles_dir: Annotated[
        Path | None, typer.Option(help="The folder of profiles.yml.", show_default="as dbt does")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Send although the plugin captured this run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Send what dbt's last command left: manifest.json and run_results.json.

    Gives the same runs as the live plugin, so sending twice doubles nothing.

    Examples:
      whence dbt send
      whence dbt send --project-dir shop --target-path shop/build
    """
    from whence_cli import render

    root = project_dir.resolve()
    artifacts = Artifacts.read(_target(root, target_path))
    config = load(os.environ)
    if config.disabled:
        raise BadInput("Whence is switched off (WHENCE_DISABLED or OPENLINEAGE_DISABLED)")
    already = not again and ledger.has(config.home, artifacts.invocation_id)
    sent = 0 if already else _send(config, artifacts, root, profiles_dir)
    answer = {
        "invocation": artifacts.invocation_id,
        "sent": sent,
        "already": already,
        "waiting": _deliver(config),
    }
    if render.wants_json(as_json):
        render.emit_json(answer)
    else:
        _say(answer)
    raise typer.Exit(1 if answer["waiting"] else 0)


def _deliver(config: Config) -> list[dict[str, str]]:
    """Send this and what waits from before; the destinations that did not take everything."""
    return [
        {"destination": each.destination, "reason": each.reason}
        for each in deliver(config, config.flush_timeout_s, now=True, patient=True)
        if each.left
    ]


def _say(answer: Mapping[str, Any]) -> None:
    from whence_cli import render

    if answer["already"]:
        render.note(f"dbt's run {answer['invocation']} is captured already; see `whence runs`")
    else:
        render.note(f"{answer['sent']} events of dbt's run {answer['invocation']}")
    for each in answer["waiting"]:
        render.note(f"events wait on disk for {each['destination']}: {each['reason']}")


def _target(root: Path, given: Path | None) -> Path:
    if given is not None:
        return given.resolve()
    return root / (os.environ.get("DBT_TARGET_PATH") or "target")


def _folder(arguments: Mapping[str, Any], root: Path) -> str:
    """Where dbt was started: here, if it was told the project's folder, else in that folder."""
    told = "--project-dir" in str(arguments.get("invocation_command", ""))
    return os.getcwd() if told else str(root)


def _send(config: Config, artifacts: Artifacts, root: Path, profiles_dir: Path | None) -> int:
    """Append the captures to a spool file and translate it; the number of events."""
    arguments = artifacts.results["args"]
    from dbt_whence import compat

    profile = compat.load_profile(
        str(root),
        str(profiles_dir or arguments.get("profiles_dir") or root),
        arguments.get("profile"),
        arguments.get("target"),
        arguments.get("vars") or {},
    )
    folder = _folder(arguments, root)
    facts = artifacts.invocation(
        project_root=str(root),
        folder=folder,
        profile=str(profile.profile_name),
        target=str(profile.target_name),
        credentials=capture.credentials(profile.credentials, folder),
        environ=os.environ,
    )
    relay.drain(config)  # what others left is not this run's
    writer = CaptureWriter.open(config, "dbt")
    if not writer.active:
        raise BadInput(f"{config.home} cannot be written")
    hidden = secrets.known(os.environ, arguments.get("vars") or {})
    ended = None
    for each in captures(artifacts, facts, config.sql_max_bytes):
        if each.kind == END:
            ended = each.time
        else:
            writer.append(each.kind, secrets.without(each.payload, hidden), each.time)
    writer.close(ended)
    translated = relay.drain(config).translated
    ledger.add(config.home, artifacts.invocation_id)
    return translated
