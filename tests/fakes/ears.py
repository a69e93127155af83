"""The callee's side as a script: when they speak, what is understood, when it beeps. Time is the clock's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.outbound.ears import Heard
from ops.clock import Clock

STEP_S = 0.032


class ScriptedEars:
    """Speech from ... to ..., words and beeps at their times, all in seconds from the making of this."""

    def __init__(
        self,
        clock: Clock,
        speech: Sequence[tuple[float, float]] = (),
        words: Sequence[tuple[float, str]] = (),
        beeps: Sequence[float] = (),
    ) -> None:
        self._clock, self._from = clock, clock.monotonic()
        self._speech, self._words, self._beeps = list(speech), list(words), list(beeps)
        self.forgotten = 0

    async def next(self) -> Heard:
        await asyncio.sleep(STEP_S)
        at = self._clock.monotonic() - self._from
        if self._words and self._words[0][0] <= at:
            return Heard(words=self._words.pop(0)[1])
        if self._beeps and self._beeps[0] <= at:
            self._beeps.pop(0)
            return Heard(beeped=True)
        return Heard(voiced=any(start <= at < end for start, end in self._speech))

    def forget(self) -> None:
        self.forgotten += 1
