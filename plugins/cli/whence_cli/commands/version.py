"""``whence version``: the versions of what is installed.

Must not load any of the packages it names: their metadata is enough.
"""

from __future__ import annotations

from typing import Annotated

import typer

from whence_cli import installed, render


def command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say which versions of Whence and of the hosts are installed.

    Examples:
      whence version
      whence version --json
    """
    wheels, hosts = installed.wheels(), installed.hosts()
    if render.wants_json(as_json):
        render.emit_json({"wheels": wheels, "hosts": hosts})
        return
    rows = [*wheels.items(), *hosts.items()]
    render.show(render.table(["package", "version"], rows))
