"""A caller who talks without a pause is stopped after a while: a talk has two sides.

The framework has a limit too, but looks at it only when a final transcript comes, and a recogniser that waits for a
pause sends none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ops.clock import Clock
from ops.tasks import TaskSet


class Monologue:
    """`cut_in` is called once the caller has been heard for `most_s` without a pause, and after as long again."""

    def __init__(self, most_s: float, clock: Clock, tasks: TaskSet, cut_in: Callable[[], Awaitable[None]]) -> None:
        self._most_s, self._clock, self._tasks, self._cut_in = most_s, clock, tasks, cut_in
        self._generation = 0  # a timer that finds another number when it wakes has been stopped

    def begins(self) -> None:
        self._generation += 1
        self._tasks.spawn(self._wait(self._generation), name="monologue")

    def pauses(self) -> None:
        self._generation += 1

    async def _wait(self, generation: int) -> None:
        while True:
            await self._clock.sleep(self._most_s)
            if generation != self._generation:
                return
            await self._cut_in()
