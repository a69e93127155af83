"""A voice in real time, on a virtual clock."""

from __future__ import annotations

import asyncio

import numpy as np

from local.caller.mouth import Mouth, Spoken
from local.caller.opus import FRAME
from local.caller.sound import Pcm
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


class Wire:
    """Keeps what is sent, and when; may be slow."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.sent: list[tuple[float, bool]] = []  # real second, voiced
        self.slow_s = 0.0

    async def __call__(self, frame: Pcm, _at_s: float) -> None:
        self.sent.append((round(self.clock.monotonic(), 6), bool(frame.any())))
        if self.slow_s:
            slow_s, self.slow_s = self.slow_s, 0.0
            await self.clock.sleep(slow_s)


def speech(frames: float) -> Pcm:
    return np.full(round(frames * FRAME), 1000, np.int16)


@virtual_time
async def test_it_sends_a_frame_every_20_ms_whether_or_not_anybody_speaks() -> None:
    """A line that stops sending sounds dead to the other end, and one that drifts fills its buffer."""
    clock = FakeClock()
    wire = Wire(clock)
    tasks = TaskSet("test")
    tasks.spawn(Mouth(clock, 0.0, wire).run(), name="mouth")
    await asyncio.sleep(59.99)
    await tasks.aclose()
    assert len(wire.sent) == 3000
    assert wire.sent[-1][0] == 59.98
    assert not any(voiced for _, voiced in wire.sent)


@virtual_time
async def test_a_slow_wire_costs_no_frame() -> None:
    """After a stall what is due goes out at once: the listener's clock has not stood still."""
    clock = FakeClock()
    wire = Wire(clock)
    wire.slow_s = 0.5
    tasks = TaskSet("test")
    tasks.spawn(Mouth(clock, 0.0, wire).run(), name="mouth")
    await asyncio.sleep(0.99)
    await tasks.aclose()
    assert len(wire.sent) == 50
    assert sum(at == 0.5 for at, _ in wire.sent) == 25


@virtual_time
async def test_a_line_begins_no_earlier_than_it_was_asked_for() -> None:
    """A mouth that is behind catches up in silence: words sent all at once would have been said before their time."""
    clock = FakeClock()
    wire = Wire(clock)
    mouth = Mouth(clock, 0.0, wire)
    tasks = TaskSet("test")
    tasks.spawn(mouth.run(), name="mouth")
    wire.slow_s = 1.0
    await asyncio.sleep(0.9)
    spoken = await mouth.say(speech(10))
    await tasks.aclose()
    assert 0.88 <= spoken.start_s <= 0.92
    assert sum(voiced for _, voiced in wire.sent) == 10


@virtual_time
async def test_saying_returns_when_the_last_sample_has_gone() -> None:
    """Two lines follow each other without overlap; half a frame counts as one."""
    clock = FakeClock()
    wire = Wire(clock)
    mouth = Mouth(clock, 0.0, wire)
    tasks = TaskSet("test")
    tasks.spawn(mouth.run(), name="mouth")
    first, second = await asyncio.gather(mouth.say(speech(10)), mouth.say(speech(4.5)))
    await tasks.aclose()
    assert round(first.end_s - first.start_s, 6) == 0.2
    assert second.start_s == first.end_s
    assert round(second.end_s - second.start_s, 6) == 0.1
    assert [at for at, voiced in wire.sent if voiced] == [round(0.02 * n, 6) for n in range(1, 16)]


@virtual_time
async def test_a_hushed_line_stops_in_mid_word_and_tells_how_far_it_came() -> None:
    """A call that ends must not leave somebody waiting for the end of a sentence."""
    clock = FakeClock()
    wire = Wire(clock)
    mouth = Mouth(clock, 0.0, wire)
    tasks = TaskSet("test")
    tasks.spawn(mouth.run(), name="mouth")
    saying = tasks.spawn(mouth.say(speech(100)), name="say")
    await asyncio.sleep(0.11)
    mouth.shut()
    spoken = await saying
    assert (round(spoken.start_s, 6), round(spoken.end_s, 6)) == (0.02, 0.12)
    said_later = await mouth.say(speech(10))
    assert said_later == Spoken(spoken.end_s, spoken.end_s)
    await tasks.aclose()
