"""The garbage collector is held back for long texts alone, and left as it was found."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from whence.sql import extract
from whence.sql.pause import LONG_CHARACTERS, paused_for

LONG = "select a from t where b = " + "1" * LONG_CHARACTERS


@pytest.fixture(autouse=True)
def collector_on() -> Iterator[None]:
    """Tests start with the collector on, and must end so."""
    assert gc.isenabled()
    yield
    gc.enable()


def test_an_ordinary_text_does_not_touch_it() -> None:
    """It belongs to the process."""
    with paused_for("select 1"):
        assert gc.isenabled()


def test_it_goes_on_after_a_long_text_even_when_reading_fails() -> None:
    """Also where the block raises, and where a text stands in a text."""
    with pytest.raises(RuntimeError), paused_for(LONG):
        with paused_for(LONG):
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise RuntimeError
    assert gc.isenabled()
    extract(LONG)
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    """It is not ours to switch on."""
    gc.disable()
    with paused_for(LONG):
        pass
    assert not gc.isenabled()


def test_the_last_thread_lets_it_go_on() -> None:
    """Texts read at the same time end in any order."""
    together = Barrier(4)

    def read() -> bool:
        with paused_for(LONG):
            together.wait(timeout=30)
            return gc.isenabled()

    with ThreadPoolExecutor(4) as pool:
        assert not any(done.result() for done in [pool.submit(read) for _ in range(4)])
    assert gc.isenabled()
