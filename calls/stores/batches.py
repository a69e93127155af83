"""Concurrent callers share a request: what waits while others are under way goes out together, in its order."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from calls.stores.executor import Command, Reply
from calls.stores.repeats import may_repeat

_BYTES = 512 * 1024  # of one request; a caller that brings more goes alone
_COMMANDS = 256


@dataclass(frozen=True, slots=True)
class Waiting:
    """One caller. `text`: its commands as JSON, without the outer brackets. `until`: monotonic seconds."""

    text: bytes
    count: int
    repeatable: bool
    until: float
    answer: asyncio.Future[list[Reply]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Callers that go together."""

    callers: Sequence[Waiting]

    @property
    def body(self) -> bytes:
        return b"[" + b",".join(caller.text for caller in self.callers) + b"]"

    @property
    def count(self) -> int:
        return sum(caller.count for caller in self.callers)

    @property
    def repeatable(self) -> bool:
        return all(caller.repeatable for caller in self.callers)

    @property
    def until(self) -> float:
        """When the first of them stops waiting."""
        return min(caller.until for caller in self.callers)

    def answered(self, replies: list[Reply]) -> None:
        at = 0
        for caller in self.callers:
            if not caller.answer.done():
                caller.answer.set_result(replies[at : at + caller.count])
            at += caller.count

    def failed(self, error: Exception) -> None:
        for caller in self.callers:
            if not caller.answer.done():
                caller.answer.set_exception(error)


class Queue:
    """Callers in the order they came."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, commands: Sequence[Command], until: float) -> asyncio.Future[list[Reply]]:
        """Raises UnicodeDecodeError for bytes that are no UTF-8: JSON cannot hold them."""
        text = json.dumps([[_text(part) for part in command] for command in commands], ensure_ascii=False)
        answer: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(text[1:-1].encode(), len(commands), may_repeat(commands), until, answer))
        return answer

    def take(self) -> Batch | None:
        """The next batch, without those who went away; None where nobody waits."""
        taken: list[Waiting] = []
        size = count = 0
        while self._waiting:
            caller = self._waiting[0]
            if taken and (size + len(caller.text) > _BYTES or count + caller.count > _COMMANDS):
                break
            self._waiting.popleft()
            if not caller.answer.done():
                taken.append(caller)
                size, count = size + len(caller.text), count + caller.count
        return Batch(taken) if taken else None


def _text(part: str | bytes | int) -> str:
    return part.decode() if isinstance(part, bytes) else str(part)
