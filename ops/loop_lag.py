"""How late the event loop runs its timers: the one number that says this process has too much to do."""

from __future__ import annotations

from collections import deque

from ops.clock import Clock
from ops.tasks import TaskSet


class LoopLag:
    """Sleeps `every_s` over and over and keeps how late each was, for the last minute (`window` samples)."""

    def __init__(self, clock: Clock, every_s: float = 0.25, window: int = 240) -> None:
        self._clock, self._every_s = clock, every_s
        self._late: deque[float] = deque(maxlen=window)
        self._tasks = TaskSet("loop_lag")

    @property
    def p95_s(self) -> float:
        """The 95th percentile of the window in seconds; 0.0 before the first sample."""
        late = sorted(self._late)
        return late[min(len(late) - 1, int(len(late) * 0.95))] if late else 0.0

    def start(self) -> None:
        self._tasks.spawn(self._sample(), name="sample")

    async def aclose(self) -> None:
        await self._tasks.aclose()

    async def _sample(self) -> None:
        while True:
            before = self._clock.monotonic()
            await self._clock.sleep(self._every_s)
            self._late.append(max(0.0, self._clock.monotonic() - before - self._every_s))
