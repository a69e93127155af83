"""No call lasts for ever: a warning before the end of the allowed time, then a goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from agent.endings import Ending, Endings
from calls.outcome import Outcome
from calls.policy import LengthPolicy
from ops.clock import Clock
from ops.tasks import TaskSet


class DurationCap:
    """`policy.max_duration_s` from the start, the warning `policy.warn_before_s` earlier (none where that is 0)."""

    def __init__(
        self, policy: LengthPolicy, clock: Clock, tasks: TaskSet, say: Callable[[str], Any], endings: Endings
    ) -> None:
        self._policy, self._clock, self._tasks, self._say, self._endings = policy, clock, tasks, say, endings
        self._running: asyncio.Task[None] | None = None

    def start(self, elapsed_s: float = 0.0) -> None:
        """`elapsed_s`: how long the call lasts already, where another worker had it before."""
        self._running = self._tasks.spawn(self._run(max(0.0, self._policy.max_duration_s - elapsed_s)), name="cap")

    def stop(self) -> None:
        """The talk is between people now: the carrier's limits hold, ours does not."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self, left_s: float) -> None:
        policy = self._policy
        warn = min(policy.warn_before_s, left_s)
        await self._clock.sleep(left_s - warn)
        if warn:
            self._say(policy.warning)
            await self._clock.sleep(warn)
        self._endings.after_words(Ending(Outcome.RESOLVED, "duration_cap", firm=True))
        self._say(policy.farewell)
