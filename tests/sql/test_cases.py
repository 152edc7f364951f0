"""Every text pair in `cases/`: the engine's whole answer equals the expected one."""

from __future__ import annotations

import pytest
from tests.sql.sql_cases import Case, answer, load


@pytest.mark.parametrize("case", load(), ids=lambda case: f"{case.file}: {case.name}")
def test_the_answer_equals_the_expected_lineage(case: Case) -> None:
    """Tables, columns with kinds, influences and gaps, nothing more and nothing less."""
    assert answer(case) == case.expected
