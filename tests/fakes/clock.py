"""A clock that tells virtual time: the loop's own inside @virtual_time, else moved by hand with `advance`."""

from __future__ import annotations

import asyncio

from tests.support.virtual_time import VirtualLoop

EPOCH = 1_790_000_000.0  # 2026-09-21T14:13:20Z


class FakeClock:
    """`now` starts at `start` and runs with the virtual loop; `jump` sets the wall clock, `advance` lets time pass."""

    def __init__(self, start: float = EPOCH) -> None:
        self._start = start
        self._by_hand = 0.0

    def now(self) -> float:
        return self._start + self.monotonic()

    def monotonic(self) -> float:
        return self._by_hand + _loop_time()

    async def sleep(self, s: float) -> None:
        await asyncio.sleep(max(0.0, s))

    def advance(self, s: float) -> None:
        self._by_hand += s

    def jump(self, s: float) -> None:
        """Set the wall clock by `s` seconds, forward or back; `monotonic` knows nothing of it."""
        self._start += s


def _loop_time() -> float:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return 0.0
    return loop.time() if isinstance(loop, VirtualLoop) else 0.0
