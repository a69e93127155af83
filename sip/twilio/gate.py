"""How many requests are under way at once: fewer when Twilio says there are too many, more again when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Lets `limit` in at a time. `limit` is halved at each refusal and grows by one after `limit` good answers, as
    TCP's congestion window does: Twilio's own limit differs between accounts and is not published."""

    def __init__(self, most: int) -> None:
        self._most = self.limit = most
        self._inside = self._well = 0
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self.limit)
            self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            async with self._changed:
                self._changed.notify_all()

    def refused(self) -> None:
        self.limit, self._well = max(1, self.limit // 2), 0

    def went_well(self) -> None:
        self._well += 1
        if self._well >= self.limit < self._most:
            self.limit, self._well = self.limit + 1, 0
