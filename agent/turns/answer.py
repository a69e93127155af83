"""The language model's stream as it may be spoken: a filler when it is slow, an end when it never stops.

Both are plain transforms of an async stream, so they can be tested without a model.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from ops.tasks import TaskSet

T = TypeVar("T")

SLOW_AFTER_S = 1.5  # after this much silence a caller begins to say "hello?"
LONGEST_ANSWER = 1200  # characters, about 80 s of speech: nobody listens to more on a phone
GO_ON = " Shall I go on?"

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


async def with_filler(
    chunks: AsyncIterator[T], filler: Callable[[], T | None], tasks: TaskSet, after_s: float = SLOW_AFTER_S
) -> AsyncIterator[T]:
    """Pass `chunks` on; where the first takes longer than `after_s`, yield `filler()` (if it gives one) meanwhile."""
    first = tasks.spawn(_next(chunks), name="first token")
    try:
        done, _ = await asyncio.wait({first}, timeout=after_s)
        if not done and (words := filler()) is not None:
            yield words
        found = await first
    finally:
        if not first.done():
            first.cancel()
    if found is None:
        return
    yield found[0]
    async for chunk in chunks:
        yield chunk


async def _next(chunks: AsyncIterator[T]) -> tuple[T] | None:
    async for chunk in chunks:
        return (chunk,)
    return None


class Bound:
    """Counts the text of one answer. `take` returns what may still be said of `text`; `full` says to stop reading."""

    def __init__(self, limit: int = LONGEST_ANSWER) -> None:
        self._left = limit
        self.full = False

    def take(self, text: str) -> str:
        """Past the limit the answer runs on to the end of its sentence (at most 200 characters), then asks."""
        if self.full:
            return ""
        self._left -= len(text)
        if self._left > 0:
            return text
        over_from = max(0, len(text) + self._left)
        end = _SENTENCE_END.search(text, over_from)
        if end is None and self._left > -200:
            return text
        self.full = True
        return (text[: end.end()] if end else text[:over_from]) + GO_ON
