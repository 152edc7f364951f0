"""Two commands in one process, with callbacks of the user's own; prints what they heard."""

from __future__ import annotations

import json
import sys

from dbt.cli.main import dbtRunner

heard: dict[str, int] = {}


def listen(event: object) -> None:
    name = event.info.name  # type: ignore[attr-defined]
    heard[name] = heard.get(name, 0) + 1


runner = dbtRunner(callbacks=[listen])
ends = []
for folder in sys.argv[1:]:
    arguments = ["--quiet", "run", "--select", "ver.v1", "--project-dir", folder]
    ends.append(runner.invoke([*arguments, "--profiles-dir", folder]).success)
sys.stdout.write(json.dumps({"success": ends, "finished": heard.get("NodeFinished")}) + "\n")
