"""Is a file as long as its call was? At the ends of what a call may be."""

from __future__ import annotations

import asyncio

import pytest

from calls.recording import RecordingState
from tests.support.a_recorded_call import BEGAN_S, Recorded
from tests.support.ogg_file import ogg_file
from tests.support.virtual_time import virtual_time

FOUR_HOURS_S = 4 * 3600.0


@pytest.mark.parametrize(
    ("talked_s", "lacks_s", "state"),
    [
        (FOUR_HOURS_S, 0.0, RecordingState.PROVEN),
        (FOUR_HOURS_S, 600.0, RecordingState.BACKUP),
        (10.0, 1.0, RecordingState.PROVEN),  # egress and the room need not agree to the second
        (10.0, 5.0, RecordingState.BACKUP),
        (1.0, 0.0, RecordingState.PROVEN),
    ],
)
def test_a_file_is_held_to_the_calls_length(talked_s: float, lacks_s: float, state: RecordingState) -> None:
    """What lacks minutes of hours, or half of seconds, is broken, and the worker's own track stands for it."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.call()
            w.clock.advance(BEGAN_S + talked_s)
            await call.end()
            call.egress()
            w.bucket.put(call.name, ogg_file(talked_s - lacks_s))
            if state is RecordingState.BACKUP:
                call.backup(talked_s)
            await asyncio.sleep(10.0)
            assert await call.state() is state

    run()
