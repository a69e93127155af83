"""When nobody speaks: ask whether the caller is still there, and in the end say goodbye. Policy gives the numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from calls.policy import SilencePolicy
from ops.clock import Clock
from ops.tasks import TaskSet


class SilenceWatch:
    """Runs a timer while both sides are quiet. `say` returns when its line has been heard; `give_up` ends the call.

    The caller's voice sets the count of prompts back; the agent's own voice only stops the timer.
    """

    def __init__(
        self,
        policy: SilencePolicy,
        clock: Clock,
        tasks: TaskSet,
        say: Callable[[str], Awaitable[None]],
        give_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._policy, self._clock, self._tasks = policy, clock, tasks
        self._say, self._give_up = say, give_up
        self._prompted = 0
        self._generation = 0  # a timer that finds another number when it wakes has been stopped
        self._held = False
        self._speaking = False  # our own prompt must not stop the routine that speaks it

    def caller_spoke(self) -> None:
        self._prompted = 0
        self.stop()

    def stop(self) -> None:
        if not self._speaking:
            self._generation += 1

    def quiet(self) -> None:
        """Both sides are quiet from now on."""
        if self._speaking or self._held:
            return
        self._generation += 1
        self._tasks.spawn(self._wait(self._generation), name="silence")

    def hold(self, *, on: bool) -> None:
        """A caller on hold, or joined to a person, owes us no word."""
        self._held = on
        self._generation += 1

    async def _wait(self, generation: int) -> None:
        await self._clock.sleep(self._policy.prompt_after_s)
        if generation != self._generation:
            return
        words = self._policy.prompt(self._prompted)
        if words is None:
            await self._give_up()
            return
        self._prompted += 1
        prompted = self._prompted
        self._speaking = True
        try:
            await self._say(words)
        finally:
            self._speaking = False
        if prompted == self._prompted and generation == self._generation:
            self.quiet()
