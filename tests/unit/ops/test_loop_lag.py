"""Loop lag: how late timers are, in seconds."""

from __future__ import annotations

import asyncio

import pytest

from ops.loop_lag import LoopLag
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_busy_loop_shows_and_is_forgotten() -> None:
    """A stall is seen as long as the window is, and an idle loop has none."""
    clock = FakeClock()
    lag = LoopLag(clock, every_s=1.0, window=10)
    assert lag.p95_s == 0.0
    lag.start()
    await asyncio.sleep(5.5)
    assert lag.p95_s == pytest.approx(0.0, abs=1e-9)
    clock.advance(0.4)  # the loop was busy: more time passed than was slept
    await asyncio.sleep(5.0)
    assert lag.p95_s == pytest.approx(0.4)
    await asyncio.sleep(10.0)
    assert lag.p95_s == pytest.approx(0.0, abs=1e-9)
    await lag.aclose()
