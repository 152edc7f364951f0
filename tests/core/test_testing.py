"""The public test kit: what a test of an integration gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from whence import events
from whence.guard import guard
from whence.testing import RecordingTransport, fixtures

loud_reporter = fixtures.loud_reporter
whence_home = fixtures.whence_home


def test_what_the_guard_swallows_is_loud(loud_reporter: None) -> None:
    """An error that a user would never see fails the test."""
    with pytest.raises(ZeroDivisionError), guard("test"):
        _ = 1 / 0


def test_a_home_belongs_to_one_test(whence_home: Path, tmp_path: Path) -> None:
    """The user's data folder is never touched."""
    assert os.environ["WHENCE_HOME"] == str(whence_home)
    assert whence_home.is_relative_to(tmp_path)


def test_a_recording_transport_keeps_events_or_fails_as_told() -> None:
    """In the order they were sent."""
    transport = RecordingTransport()
    job = events.Job("n", "j")
    event = events.job_event("2026-01-01T00:00:00Z", job, producer="https://example.com")
    transport.emit(event)
    transport.error = ConnectionError("down")
    with pytest.raises(ConnectionError):
        transport.emit(event)
    assert transport.events == [event]
