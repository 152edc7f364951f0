"""What an examination of one subject yields.

Plain values only; must not look at anything itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Section:
    """What was found on one subject.

    Attributes:
        facts: JSON-ready; a key of the doctor's answer.
        problems: Sentences, each with something that needs the user, and the way out.
    """

    facts: Any
    problems: tuple[str, ...] = ()
