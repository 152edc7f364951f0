"""Runs the benchmarks one after the other and prints all their figures.

uv run python tests/bench [NAME ...] [--json]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))
ASKS_FOR_MORE = {"sql_ladder"}
"""Those that cannot run without an argument of their own."""


def main() -> int:
    """Run the chosen benchmarks; 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="tests/bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--json", action="store_true", help="the figures, in one object at the end")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    figures: dict[str, float] = {}
    failed: list[str] = []
    for name in arguments.names or sorted(set(NAMES) - ASKS_FOR_MORE):
        print(f"== {name}", flush=True)
        found = _run(name, arguments.json)
        if found is None:
            failed.append(name)
        else:
            figures |= {f"{name}.{key}": value for key, value in found.items()}
    if arguments.json:
        print(json.dumps(figures))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str, as_json: bool) -> dict[str, float] | None:
    """What one benchmark prints, shown as it comes; its figures, None where it failed."""
    command = [sys.executable, str(HERE / f"{name}.py"), *(["--json"] if as_json else [])]
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line
    if process.returncode != 0:
        return None
    found: dict[str, float] = json.loads(last) if as_json else {}
    return found


if __name__ == "__main__":
    sys.exit(main())
