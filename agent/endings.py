"""How a call ends: wished for now or after the agent's words, done once, in the same order whatever the cause."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from calls.outcome import Outcome
from ops.clock import Clock
from ops.tasks import TaskSet

_GOODBYE_S = 20.0  # a goodbye that has not been heard by then will not be


@dataclass(frozen=True, slots=True)
class Ending:
    """How and why. A `firm` one the caller can't talk away: time is up, or we are broken."""

    outcome: Outcome
    reason: str
    failure: str | None = None
    firm: bool = False


class Endings:
    """Holds the wish to end until the agent has finished speaking. `finish` is called exactly once."""

    def __init__(self, clock: Clock, tasks: TaskSet, finish: Callable[[Ending], Awaitable[None]]) -> None:
        self._clock, self._tasks, self._finish = clock, tasks, finish
        self._wish: Ending | None = None
        self._ahead = 0  # fixed words that are being said, or wait for their turn
        self._was_quiet = False
        self.decided: Ending | None = None  # how it ends, from the moment that this is sure

    @property
    def wished(self) -> bool:
        return self._wish is not None or self.decided is not None

    def after_words(self, ending: Ending) -> None:
        """End once the agent's present words have been heard, and in any case after 20 s. The first wish stands."""
        if self.wished:
            return
        self._wish = ending
        self._tasks.spawn(self._at_the_latest(ending), name="goodbye deadline")

    def caller_goes_on(self) -> None:
        """The caller said something to the goodbye: the wish is off, unless it is firm."""
        if self._wish is not None and not self._wish.firm:
            self._wish = None

    def words_ahead(self) -> None:
        """There is something to be said, now or after what is being said: `words_over` follows."""
        self._ahead, self._was_quiet = self._ahead + 1, False

    def words_over(self) -> None:
        """They were heard, or will not be."""
        self._ahead -= 1
        if self._was_quiet:
            self.agent_is_quiet()

    def agent_is_quiet(self) -> None:
        """Which it also is for a moment between two things that it has to say."""
        self._was_quiet = True
        if self._wish is not None and not self._ahead:
            self.now(self._wish)

    def now(self, ending: Ending) -> None:
        if self.decided is not None:
            return
        self.decided = ending
        self._tasks.spawn(self._run(ending), name="ending")

    async def _run(self, ending: Ending) -> None:
        await self._finish(ending)

    async def _at_the_latest(self, ending: Ending) -> None:
        await self._clock.sleep(_GOODBYE_S)
        if self._wish is ending:
            self.now(ending)
