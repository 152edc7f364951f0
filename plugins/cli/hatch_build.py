"""Puts the example that ``whence demo`` builds into the wheel and the source distribution.

Must not pick up what running the example leaves behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEFT_BEHIND = {"target", "logs", "raw", "expected", "__pycache__", "dbt_packages"}
SUFFIXES = {".csv", ".md", ".py", ".sql", ".yml"}


class ExampleHook(BuildHookInterface[Any]):
    """Adds ``examples/shop``: from the repository, or from the source distribution's copy."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add; an editable install reads the repository instead."""
        if version == "editable":
            return
        root = Path(self.root)
        copies = (root.parent.parent / "examples" / "shop", root / "shop")
        shop = next((copy for copy in copies if copy.is_dir()), None)
        if shop is None:
            raise FileNotFoundError(f"no example at any of {[str(copy) for copy in copies]}")
        into = "shop" if self.target_name == "sdist" else "whence_cli/shop"
        for path in sorted(shop.rglob("*")):
            inside = path.relative_to(shop)
            if path.suffix not in SUFFIXES or LEFT_BEHIND & set(inside.parts):
                continue
            if not inside.name.startswith("."):
                build_data["force_include"][str(path)] = f"{into}/{inside.as_posix()}"
