"""Ids: the same input yields the same id."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whence.errors import BadInput
from whence.ids import event_digest, run_id

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def test_a_run_id_is_openlineages_static_uuid() -> None:
    """A fixed value: changing the formula would cut every run in two."""
    assert run_id(NOON, "model.shop.orders") == "019b796d-d600-74ac-9105-a1a4d4144de8"


@given(st.text(), st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1)))
def test_a_run_id_depends_on_instant_and_name_alone(name: str, naive: datetime) -> None:
    """The zone an instant is written in does not matter; any name does."""
    instant = naive.replace(tzinfo=timezone.utc)
    elsewhere = instant.astimezone(timezone(timedelta(hours=5)))
    assert run_id(instant, name) == run_id(elsewhere, name)
    assert UUID(run_id(instant, name)).version == 7
    assert run_id(instant, name) != run_id(instant, name + "x")


def test_run_ids_sort_by_instant() -> None:
    """Later runs have greater ids."""
    ids = [run_id(NOON + timedelta(milliseconds=n), "same") for n in range(20)]
    assert ids == sorted(ids)


def test_an_instant_without_a_zone_is_refused() -> None:
    """Its id would depend on the machine's zone."""
    with pytest.raises(BadInput, match="time zone"):
        run_id(datetime(2026, 1, 1), "x")


def test_a_digest_is_the_sha256_of_the_bytes() -> None:
    """As any other program computes it."""
    assert event_digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
