"""openlineage-python's naming builders, without the rest of openlineage-python.

Must not import ``openlineage.client``: its package costs 0.25 to 0.4 s, and hosts name datasets.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol

from whence.model import Dataset


class DatasetNaming(Protocol):
    """What every builder of openlineage-python offers."""

    def get_namespace(self) -> str: ...

    def get_name(self) -> str: ...


def build(builder: str, **fields: str) -> Dataset:
    """The dataset that a builder of ``openlineage.client.naming.dataset`` names.

    Args:
        builder: The class, e.g. ``Postgres``.
        fields: Its fields.

    Raises:
        ValueError: A field is empty.
    """
    naming: DatasetNaming = getattr(_module(), builder)(**fields)
    return Dataset(naming.get_namespace(), naming.get_name())


@cache
def _module() -> ModuleType:
    """``openlineage/client/naming/dataset.py``, which needs attrs alone, loaded by its path."""
    name = "openlineage.client.naming.dataset"
    if name in sys.modules:
        return sys.modules[name]
    package = importlib.util.find_spec("openlineage")
    for folder in (package.submodule_search_locations or []) if package is not None else []:
        path = Path(folder, "client", "naming", "dataset.py")
        spec = importlib.util.spec_from_file_location("whence.naming._openlineage", path)
        if path.is_file() and spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            # attrs looks its classes' annotations up there.
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            return module
    return importlib.import_module(name)
