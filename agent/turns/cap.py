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
    """The policy's longest call from the start, the warning `policy.warn_before_s` earlier (none where that is 0).

    A call in which a caller is put through to a person has a limit of its own; both of them hear the warning.
    """

    def __init__(
        self, policy: LengthPolicy, clock: Clock, tasks: TaskSet, say: Callable[[str], Any], endings: Endings
    ) -> None:
        self._policy, self._clock, self._tasks, self._say, self._endings = policy, clock, tasks, say, endings
        self._running: asyncio.Task[None] | None = None
        self._began = 0.0  # monotonic
        self._outcome = Outcome.RESOLVED

    def start(self, elapsed_s: float = 0.0) -> None:
        """`elapsed_s`: how long the call lasts already, where another worker had it before."""
        self._began = self._clock.monotonic() - elapsed_s
        self._count(self._policy.max_duration_s - elapsed_s)

    def hold(self, *, on: bool) -> None:
        """A caller on hold could not hear us say that time is up: the longer limit holds. Who comes back from there
        has the warning's time left at least, and hears so."""
        if self._running is None or self._running.done() or self._running.cancelling():
            return  # not begun, or over
        self._running.cancel()
        gone_s, policy = self._clock.monotonic() - self._began, self._policy
        self._count(policy.longest_s - gone_s if on else max(policy.max_duration_s - gone_s, policy.warn_before_s))

    def joined(self) -> None:
        """The talk is between people from now on."""
        self._outcome = Outcome.TRANSFERRED
        self.hold(on=True)

    def _count(self, left_s: float) -> None:
        self._running = self._tasks.spawn(self._run(max(0.0, left_s)), name="cap")

    async def _run(self, left_s: float) -> None:
        policy = self._policy
        warn = min(policy.warn_before_s, left_s)
        await self._clock.sleep(left_s - warn)
        if warn:
            self._say(policy.warning)
            await self._clock.sleep(warn)
        self._endings.after_words(Ending(self._outcome, "duration_cap", firm=True))
        self._say(policy.farewell)
