"""Sets of words, written as running text so that a long list stays readable.

Must not know what the words mean.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of ``text``, each once."""
    return frozenset(text.split())
