"""How far the store is behind a call, as metrics: one reading of the journal's state a second, and one at its end."""

from __future__ import annotations

from collections.abc import Callable

from agent import metrics
from calls.journal import State
from ops.clock import Clock

_EVERY_S = 1.0


class Behind:
    """Reads one journal's `state`. `observe` is O(1) and never raises; call it once more when the journal is closed."""

    def __init__(self, state: Callable[[], State], clock: Clock) -> None:
        self._state, self._clock, self._seen = state, clock, State()

    def observe(self) -> None:
        now, before = self._state(), self._seen
        self._seen = now
        metrics.JOURNAL_LAG.set(now.lag_s)
        metrics.JOURNAL_BEHIND.set(now.behind)
        metrics.JOURNAL_SPILLED.inc(max(0, now.spilled - before.spilled))
        metrics.JOURNAL_REPLAYED.inc(max(0, now.replayed - before.replayed))
        metrics.JOURNAL_DROPPED.inc(max(0, now.dropped - before.dropped))

    async def watch(self) -> None:
        """Observe until cancelled."""
        while True:
            self.observe()
            await self._clock.sleep(_EVERY_S)
