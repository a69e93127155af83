"""What a caller says: 10 ms frames by the clock, digital silence in between, and when each sample was spoken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from bench.audio import Pcm

FRAME_S = 0.010


@dataclass(frozen=True, slots=True)
class Spoken:
    """Monotonic seconds of an utterance's first and last sample: a frame is handed on as it ends."""

    began: float
    ended: float


class Mouth:
    """Hands a frame to `send` every 10 ms until cancelled."""

    def __init__(self, rate: int, send: Callable[[Pcm], Awaitable[None]]) -> None:
        self._size = round(rate * FRAME_S)
        self._send = send
        self._waiting: tuple[Pcm, asyncio.Future[Spoken]] | None = None

    async def say(self, pcm: Pcm) -> Spoken:
        """Speak from the next frame on; returns when the last sample is out. One at a time: else RuntimeError."""
        if self._waiting is not None:
            raise RuntimeError("still speaking")
        future: asyncio.Future[Spoken] = asyncio.get_running_loop().create_future()
        self._waiting = (pcm, future)
        return await future

    async def run(self) -> None:
        """Pace frames against the clock; a late one is followed by the next at once."""
        silence = np.zeros(self._size, dtype=np.int16)
        due = time.monotonic()
        position, began = 0, 0.0
        while True:
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if self._waiting is None:
                await self._send(silence)
                continue
            pcm, future = self._waiting
            frame = pcm[position : position + self._size]
            at = time.monotonic()
            began = at - FRAME_S if position == 0 else began
            await self._send(frame if len(frame) == self._size else np.pad(frame, (0, self._size - len(frame))))
            position += self._size
            if position >= len(pcm):
                self._waiting, position = None, 0
                if not future.done():
                    future.set_result(Spoken(began, at))
