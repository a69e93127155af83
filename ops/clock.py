"""Time as a parameter: whoever needs the time takes a Clock, so that a test can let an hour pass in a millisecond."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """UTC, seconds since the epoch. May jump when the machine's clock is set: for records, never for durations."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never backwards: for durations."""
        ...

    async def sleep(self, s: float) -> None:
        """Wait `s` seconds of this clock; 0 or less yields once."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, s: float) -> None:
        await asyncio.sleep(max(0.0, s))
