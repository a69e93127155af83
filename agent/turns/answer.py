"""The language model's stream as it may be spoken: a filler when it is slow, an end when it never stops.

Both are plain transforms of an async stream, so they can be tested without a model.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from typing import TypeVar

from ops.tasks import TaskSet

T = TypeVar("T")

SLOW_AFTER_S = 1.5  # after this much silence a caller begins to say "hello?"
LONGEST_ANSWER = 800  # characters, about 55 s of speech: nobody listens to more on a phone
GO_ON = " Shall I go on?"

_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")


async def with_filler(
    chunks: AsyncIterable[T],
    filler: Callable[[], T],
    says_something: Callable[[T], bool],
    tasks: TaskSet,
    after_s: float = SLOW_AFTER_S,
) -> AsyncGenerator[T, None]:
    """Pass `chunks` on; where none that says something came within `after_s`, yield `filler()` meanwhile.

    Servers send a first chunk with nothing but the role at once, however slow they are: that one does not count.
    """
    rest = aiter(chunks)
    beginning = tasks.spawn(_beginning(rest, says_something), name="first token")
    try:
        done, _ = await asyncio.wait({beginning}, timeout=after_s)
        if not done:
            yield filler()
        read, error = await beginning
        for chunk in read:
            yield chunk
        if error is not None:
            raise error
    finally:
        if not beginning.done():
            beginning.cancel()
            await asyncio.wait({beginning})  # it reads from `rest`, which the caller closes next
    async for chunk in rest:
        yield chunk


async def _beginning(rest: AsyncIterator[T], says_something: Callable[[T], bool]) -> tuple[list[T], Exception | None]:
    """What was read, and what broke: a model's failure is the answer's, not one of the call's task set."""
    read: list[T] = []
    try:
        async for chunk in rest:
            read.append(chunk)
            if says_something(chunk):
                break
    except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
        return read, error
    return read, None


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
