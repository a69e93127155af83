"""What a caller hears, as times: each 10 ms frame of the agent's sound is voiced or not. Monotonic seconds."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import time

import numpy as np

from bench.audio import Pcm

AUDIBLE = 300  # of int16; the speech stub's buzz is thirty times louder, Opus' silence is below ten
_LOOK_AGAIN_S = 0.05  # a track that ends sends no more frames to wake a waiter


class Ear:
    """Fed with frames as they arrive, asked when sound began and ended. A frame is heard from its arrival on."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._voiced: list[tuple[float, float]] = []  # (first, last) audible sample of each voiced frame, in order
        self._news = asyncio.Event()

    def hear(self, pcm: Pcm, at: float) -> None:
        """A frame that arrived at `at`."""
        audible = np.flatnonzero(np.abs(pcm.astype(np.int32)) > AUDIBLE)
        if len(audible):
            self._voiced.append((at + audible[0] / self._rate, at + audible[-1] / self._rate))
        self._news.set()

    def first_after(self, at: float) -> float | None:
        """The first audible moment at or after `at`, so far."""
        index = bisect.bisect_left(self._voiced, (at, at))
        return self._voiced[index][0] if index < len(self._voiced) else None

    def heard_between(self, start: float, end: float) -> bool:
        first = self.first_after(start)
        return first is not None and first < end

    def silence_after(self, at: float, gap_s: float, now: float) -> float | None:
        """The last audible moment before the first gap of `gap_s` that begins at or after `at`; None: not yet."""
        last = at
        for first, end in self._voiced[bisect.bisect_left(self._voiced, (at, at)) :]:
            if first - last >= gap_s:
                return last
            last = end
        return last if now - last >= gap_s else None

    async def sound(self, after: float, timeout_s: float) -> float | None:
        """Wait for the first audible moment at or after `after`; None when there is none for `timeout_s` from now."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while (found := self.first_after(after)) is None:
                    await self._more()
                return found
        return None

    async def silence(self, after: float, gap_s: float, timeout_s: float) -> float | None:
        """Wait for `silence_after`; None when the sound goes on for `timeout_s` from now."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while (found := self.silence_after(after, gap_s, time.monotonic())) is None:
                    await self._more()
                return found
        return None

    async def _more(self) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._news.wait()
