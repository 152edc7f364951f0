"""Fixtures for tests of integrations; a ``conftest.py`` takes them in by importing them.

Must not replace anything but the reporter and the home.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from whence.guard import set_reporter


@pytest.fixture
def whence_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, not made yet; nothing of the user's settings is seen."""
    for name in (
        "WHENCE_DISABLED",
        "OPENLINEAGE_DISABLED",
        "OPENLINEAGE_URL",
        "OPENLINEAGE_CONFIG",
    ):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "whence-home"
    monkeypatch.setenv("WHENCE_HOME", str(home))
    return home


@pytest.fixture
def loud_reporter() -> Iterator[None]:
    """What the guard swallows in a user's process fails the test here."""

    def fail(where: str, error: Exception) -> None:
        raise error

    before = set_reporter(fail)
    yield
    set_reporter(before)
