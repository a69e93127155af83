"""A second opinion says "dead" only where somebody was asked and had the time to answer."""

from __future__ import annotations

import pytest

from control.metrics import Metrics
from control.pulse import Answer, Pulse
from tests.fakes.clock import FakeClock
from tests.fakes.rooms import FakeRooms
from tests.support.virtual_time import virtual_time


def _room() -> tuple[FakeRooms, Pulse]:
    clock = FakeClock()
    rooms = FakeRooms(clock)
    rooms.open("room")
    rooms.join("room", "agent", "call-1")
    return rooms, Pulse(rooms, clock, Metrics())


@virtual_time
async def test_an_answer_in_time_is_life_and_a_late_one_is_not() -> None:
    """0.3 s of a patience of 0.4 s; 0.6 s is too late."""
    rooms, pulse = _room()
    rooms.answer_s = 0.3
    assert await pulse.ask("room", "agent", 0.4) is Answer.ALIVE
    rooms.answer_s = 0.6
    assert await pulse.ask("room", "agent", 0.4) is Answer.SILENT


@virtual_time
async def test_an_old_answer_is_none() -> None:
    """The ghost still shows what it said when it lived: each question has a nonce of its own."""
    rooms, pulse = _room()
    assert await pulse.ask("room", "agent", 0.4) is Answer.ALIVE
    rooms.kill("room", "agent")
    assert await pulse.ask("room", "agent", 0.4) is Answer.SILENT


@pytest.mark.parametrize("identity", ["", "somebody"])
@virtual_time
async def test_who_is_not_there_cannot_answer(identity: str) -> None:
    """No question, no wait."""
    rooms, pulse = _room()
    assert await pulse.ask("room", identity, 0.4) is Answer.ABSENT
    assert rooms.pings == []


@virtual_time
async def test_a_media_server_that_goes_away_while_we_wait_leaves_it_open() -> None:
    """The answer may be there and not be seen."""
    rooms, pulse = _room()
    rooms.answer_s = 0.2
    rooms.down_after_pings = True
    assert await pulse.ask("room", "agent", 0.4) is Answer.UNKNOWN
    assert not Answer.UNKNOWN.dead
