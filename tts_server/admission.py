"""How many speak at once: beyond it a short queue, beyond that a clear no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ops.deadline import deadline
from tts_server.errors import EngineFull
from tts_server.metrics import Metrics


class Admission:
    """`limit` speak, `queue` wait at most `wait_s` each, first come first served."""

    def __init__(self, limit: int, queue: int, wait_s: float, metrics: Metrics) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._limit, self._queue, self._wait_s, self._metrics = limit, queue, wait_s, metrics
        self._speaking = self._waiting = 0

    def __repr__(self) -> str:
        return f"<Admission {self._speaking}/{self._limit} speaking {self._waiting}/{self._queue} waiting>"

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """A place among the speaking for the block. Raises EngineFull: at once when the queue is full, else late."""
        await self._enter()
        self._speaking += 1
        self._metrics.speaking.inc()
        try:
            yield
        finally:
            self._speaking -= 1
            self._metrics.speaking.dec()
            self._slots.release()

    async def _enter(self) -> None:
        if not self._slots.locked():
            await self._slots.acquire()  # free: does not wait
            return
        if self._waiting >= self._queue:
            raise EngineFull(self._wait_s)
        self._waiting += 1
        self._metrics.queued.inc()
        try:
            async with deadline(self._wait_s, "queue"):
                await self._slots.acquire()
        except TimeoutError:
            raise EngineFull(self._wait_s) from None
        finally:
            self._waiting -= 1
            self._metrics.queued.dec()
