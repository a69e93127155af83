"""A circuit breaker: a server that is gone costs its callers nothing until it is worth another try.

closed (all may ask) -> open after some failures in a row (nobody may) -> half-open (one may, the trial) -> closed, or
open again for twice as long. The pattern: Nygard, Release It!, chapter 5.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal

from ops import logging
from ops.clock import Clock

State = Literal["closed", "open", "half-open"]
_log = logging.get("calls.stores.breaker")


class Breaker:
    """Open after `failures` in a row, first for `first_s`, then doubled up to `longest_s`, each time 50-100% of it.

    Whoever was let in (`enter`) says how it ended, exactly once: `succeeded`, `failed` or `abandoned`.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        failures: int = 5,
        first_s: float = 1.0,
        longest_s: float = 8.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._clock, self._most, self._first_s, self._longest_s = clock, failures, first_s, longest_s
        self._chance = chance
        self._failures = 0
        self._open_s = first_s
        self._until: float | None = None
        self._trial = False

    def __repr__(self) -> str:
        return f"<Breaker {self.state} failures={self._failures}>"

    @property
    def state(self) -> State:
        if self._until is None:
            return "closed"
        return "half-open" if self._trial or self._clock.monotonic() >= self._until else "open"

    def enter(self) -> bool:
        """May the caller ask now? Half-open: only one at a time."""
        if self.state == "open" or self._trial:
            return False
        self._trial = self._until is not None
        return True

    def succeeded(self) -> None:
        """The server answered, whatever it said."""
        if self._until is not None:
            _log.info("the server is asked again", state="closed")
        self._failures, self._open_s, self._until, self._trial = 0, self._first_s, None, False

    def failed(self) -> None:
        """No answer, or one that says that the server is broken."""
        self._failures += 1
        trial, self._trial = self._trial, False
        if trial or (self._until is None and self._failures >= self._most):
            open_s = self._open_s * (0.5 + self._chance() / 2)
            self._until = self._clock.monotonic() + open_s
            self._open_s = min(self._open_s * 2, self._longest_s)
            _log.warning("the server is not asked for a while", state="open", count=self._failures, retry_in_s=open_s)

    def abandoned(self) -> None:
        """The caller went away before it knew: another may try."""
        self._trial = False
