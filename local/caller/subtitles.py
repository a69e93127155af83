"""The agent's words on the screen, without holding up the talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from local.caller.hearing import Transcribe
from local.caller.talk import Exchange
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_AT_ONCE_S = (
    1.0  # so long the caller holds back its next line: a person reads in order, an agent must not be kept waiting
)
_AT_THE_END_S = 90.0


class Subtitles:
    """Has each answer transcribed, and tells it. `meanwhile` false leaves all of it for after the call: recognising
    takes a core, and that would be measured in the other calls."""

    def __init__(self, transcribe: Transcribe, say: Callable[[str], None], *, meanwhile: bool) -> None:
        self._transcribe, self._say, self._meanwhile = transcribe, say, meanwhile
        self._tasks = TaskSet("subtitles")
        self._waiting: list[Exchange] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def add(self, exchange: Exchange) -> None:
        """Returns when it is told, or when the talk must go on; it is then told later."""
        if not self._meanwhile:
            self._waiting.append(exchange)
            return
        task = self._tasks.spawn(self._tell(exchange), name="tell")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.wait([task], timeout=_AT_ONCE_S)

    async def finish(self) -> None:
        """Tell the rest."""
        try:
            async with deadline(_AT_THE_END_S, "the caller's ears"):
                while self._under_way:
                    await asyncio.wait(self._under_way)
                for exchange in self._waiting:
                    await self._tell(exchange)
        except DeadlineExceeded as error:
            self._say(f"the rest was not made out: {error}")
        finally:
            await self._tasks.aclose()

    async def _tell(self, exchange: Exchange) -> None:
        if exchange.heard is None:
            return
        words = await self._transcribe(exchange.heard.sound)
        exchange.heard = replace(exchange.heard, words=words)
        text = "(no recogniser to tell the words)" if words is None else words or "(no words made out)"
        self._say(f"{exchange.heard.span.start_s:6.1f}   agent: {text}")
