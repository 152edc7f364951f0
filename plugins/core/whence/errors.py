"""The exceptions of Whence, each naming the value that was wrong and the way out.

Must not be caught below the hooks; see `whence.guard`.
"""

from __future__ import annotations

from collections.abc import Iterable


class WhenceError(Exception):
    """The base of all; its text is for the user."""


class BadInput(WhenceError):
    """A file, argument or event that cannot be read."""


class UnknownName(WhenceError):
    """A dataset or column that the store has never seen.

    Attributes:
        name: What was asked for.
        nearest: Known names that look like it, best first.
    """

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Find the names nearest to ``name`` among ``known``."""
        import difflib  # here: hosts import this module, and few of them ever misspell a name

        self.name = name
        self.nearest = tuple(difflib.get_close_matches(name, list(known), n=5, cutoff=0.5))
        hint = f"; did you mean {', '.join(self.nearest)}?" if self.nearest else ""
        super().__init__(f"nothing named {name!r} is in the store{hint}")


class AmbiguousName(WhenceError):
    """A short name that several datasets have.

    Attributes:
        name: What was asked for.
        candidates: The full names it could mean, sorted.
    """

    def __init__(self, name: str, candidates: Iterable[str]) -> None:
        """List the ``candidates`` in the message."""
        self.name = name
        self.candidates = tuple(sorted(candidates))
        super().__init__(f"{name!r} could be any of {', '.join(self.candidates)}; give more of it")


class UnknownDialect(WhenceError):
    """A dialect of SQL that the parser does not have.

    Attributes:
        name: What was asked for.
        nearest: Dialects that look like it, best first.
    """

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Find the dialects nearest to ``name`` among ``known``."""
        import difflib  # here: hosts import this module, and few of them ever misspell a name

        names = sorted(known)
        self.name = name
        self.nearest = tuple(difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.6))
        hint = f"did you mean {' or '.join(self.nearest)}?" if self.nearest else ""
        listed = hint or f"known are {', '.join(names)}"
        super().__init__(f"there is no dialect {name!r}; {listed}")
