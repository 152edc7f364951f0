"""Loaded by Python at the start of dbt's process in tests: makes one place of ours fail.

``FAULT_AT`` names the place; ``absent`` hides the plugin altogether, for a dbt as it is without us.
"""

from __future__ import annotations

import errno
import importlib.util
import os
import pkgutil
import sys
from typing import Any

FAULT = os.environ.get("FAULT_AT", "")


class Injected(Exception):
    """Raised by the places under test."""


def fail(*_: Any, **__: Any) -> Any:
    raise Injected(FAULT)


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def no_relay(*_: Any, **__: Any) -> Any:
    raise OSError(errno.EAGAIN, "Resource temporarily unavailable")


def slow(adapter: Any, *_: Any) -> Any:
    """A question that takes minutes; DuckDB's thread is in the query all the while."""
    return adapter.execute("select count(*) from range(400000000000) a", fetch=True)


PATCHES: dict[str, tuple[str, str, Any]] = {
    "initialize": ("dbt_whence.session", "Session.open", fail),
    "NodeStart": ("dbt_whence.session", "Session._node_start", fail),
    "NodeExecuting": ("dbt_whence.session", "Session._node_executing", fail),
    "NodeFinished": ("dbt_whence.session", "Session._node_finished", fail),
    "CommandCompleted": ("dbt_whence.session", "Session._completed", fail),
    "manifest": ("dbt_whence.session", "Session.offer_manifest", fail),
    "slow-question": ("dbt_whence.ask", "_columns", slow),
    "disk-full": ("whence.spool.writer", "write_line", full),
    "relay": ("whence.relay", "spawn", no_relay),
}


class Finder:
    """Finds the module to break, and breaks it once it is executed."""

    def __init__(self, name: str, attribute: str, replacement: Any) -> None:
        self.name, self.attribute, self.replacement = name, attribute, replacement

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None and spec.loader is not None
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            owner = module
            *parents, last = self.attribute.split(".")
            for parent in parents:
                owner = getattr(owner, parent)
            setattr(owner, last, self.replacement)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


class Refuser:
    """Makes the import of one module fail."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name == "dbt_whence.hook":
            raise Injected(FAULT)
        return None


if FAULT == "absent":
    found = pkgutil.iter_modules
    pkgutil.iter_modules = lambda *arguments, **named: (  # type: ignore[assignment]
        each for each in found(*arguments, **named) if each.name != "dbt_whence"
    )
elif FAULT == "import":
    sys.meta_path.insert(0, Refuser())  # type: ignore[arg-type]
elif FAULT:
    sys.meta_path.insert(0, Finder(*PATCHES[FAULT]))  # type: ignore[arg-type]
