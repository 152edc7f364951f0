"""No text may raise, hang or take long: 5,000 of those that ``robustness.py`` makes."""

from __future__ import annotations

import time

from tests.fuzz import robustness

SEED = 1
COUNT = 5_000
SECONDS = 40.0


def test_no_text_raises_or_takes_a_second() -> None:
    """Mutated, truncated, nested and random texts in every dialect, as many as 40 s allow."""
    until = time.monotonic() + SECONDS
    outcome = robustness.run(SEED, range(COUNT), until)
    assert len(outcome.seconds) > 100
    assert outcome.raised == []
    assert outcome.swallowed == []
    assert outcome.slow == []


def test_an_input_is_the_same_every_time() -> None:
    """What failed once can be looked at again."""
    assert robustness.text(3, 17) == robustness.text(3, 17)
    assert robustness.text(3, 17) != robustness.text(4, 17)
