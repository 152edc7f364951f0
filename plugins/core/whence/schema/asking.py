"""Asks providers so that none can harm the answer: one that fails, hangs or lies is a gap.

Must not know any kind of provider but chains, whose members it asks one by one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING

from whence.guard import caught
from whence.model import Field
from whence.schema.providers import ChainSchema, SchemaProvider

if TYPE_CHECKING:
    from whence.sql.results import TableName

REASON_CHARACTERS = 200


class Asker:
    """One provider while one text is read.

    Attributes:
        asked: The tables asked for, in order, each with the answer.
        problems: What went wrong since it was last emptied, a sentence for each.
    """

    def __init__(self, provider: SchemaProvider | None, seconds: float) -> None:
        """Wait ``seconds`` for all answers of ``provider`` together."""
        self._members = () if provider is None else tuple(_members(provider))
        self._left = dict.fromkeys(range(len(self._members)), seconds)
        self.asked: list[tuple[TableName, tuple[Field, ...] | None]] = []
        self.problems: list[str] = []

    def ask(self, table: TableName) -> tuple[Field, ...] | None:
        """The first answer, or None; never raises an ``Exception`` and always returns."""
        answer = self._answer(table)
        self.asked.append((table, answer))
        return answer

    def _answer(self, table: TableName) -> tuple[Field, ...] | None:
        for at, member in enumerate(self._members):
            if self._left[at] <= 0:
                self._say(member, table, "has not answered in time before")
                continue
            if getattr(member, "local", False):
                found, error = caught(_asked, member, table)
            else:
                found, error = self._wait(at, member, table)
            if error is not None:
                self._say(member, table, f"{type(error).__name__}: {error}")
            elif found is not None and not (id(found) in _SOUND or _is_answer(found)):
                self._say(member, table, f"answered {type(found).__name__}, not a tuple of Field")
            elif found is not None:
                return _remembered(tuple(found))
        return None

    def _wait(
        self, at: int, member: SchemaProvider, table: TableName
    ) -> tuple[tuple[Field, ...] | None, Exception | None]:
        """The answer of a provider that may hang, for as long as there is time."""
        answers: list[tuple[tuple[Field, ...] | None, Exception | None]] = []
        context = copy_context()

        def answer() -> None:
            answers.append(context.run(caught, _asked, member, table))

        started = time.monotonic()
        thread = threading.Thread(target=answer, name="whence-schema", daemon=True)
        thread.start()
        thread.join(self._left[at])
        self._left[at] -= time.monotonic() - started
        if answers:
            return answers[0]
        self._left[at] = 0.0
        return None, TimeoutError("no answer in time")

    def _say(self, member: SchemaProvider, table: TableName, what: str) -> None:
        reason = " ".join(what.split())[:REASON_CHARACTERS]
        self.problems.append(f"{type(member).__name__}, asked for {table}: {reason}")


def _asked(member: SchemaProvider, table: TableName) -> tuple[Field, ...] | None:
    return member.columns(table)


def _members(provider: SchemaProvider) -> Iterator[SchemaProvider]:
    """``provider`` itself, or in a chain's place what it is made of."""
    waiting = [provider]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ChainSchema):
            waiting.extend(reversed(each.members))
        else:
            yield each


_SOUND: dict[int, tuple[Field, ...]] = {}
"""Answers looked at before, by identity: a provider gives the same one for every statement."""

MAX_SOUND = 4_096


def _remembered(answer: tuple[Field, ...]) -> tuple[Field, ...]:
    if len(_SOUND) >= MAX_SOUND:
        _SOUND.clear()
    _SOUND[id(answer)] = answer
    return answer


def _is_answer(found: object) -> bool:
    return isinstance(found, (tuple, list)) and all(
        isinstance(each, Field)
        and isinstance(each.name, str)
        and (each.type is None or isinstance(each.type, str))
        for each in found
    )
