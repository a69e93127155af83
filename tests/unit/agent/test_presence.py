"""Who left, and whether they meant to: a browser whose network breaks may come back, a telephone does not."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from livekit import rtc

from agent.presence import Presence
from calls.record import Leg
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time

REASON = rtc.DisconnectReason


class Someone:
    identity = "caller"
    disconnect_reason: int | None = None


class RoomOf(rtc.EventEmitter[Any]):
    def __init__(self, present: Someone) -> None:
        super().__init__()
        self.remote_participants = {present.identity: present}


class Told:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.news: list[str] = []

    def caller_left(self, *, lost: bool) -> None:
        self.news.append("lost" if lost else "left")

    def caller_is_back(self, identity: str) -> None:
        self.news.append(f"{identity} is back")

    def key_pressed(self, key: str) -> None: ...
    def room_closed(self) -> None: ...
    def sent_away(self) -> None: ...
    def connection_lost(self) -> None: ...


@pytest.mark.parametrize(
    ("leg", "reason", "back", "news"),
    [
        (Leg.SIP, REASON.CLIENT_INITIATED, False, ["left"]),
        (Leg.SIP, REASON.CONNECTION_TIMEOUT, False, ["lost"]),
        (Leg.WEB, REASON.CLIENT_INITIATED, False, ["left"]),
        (Leg.WEB, REASON.CONNECTION_TIMEOUT, False, ["lost"]),
        (Leg.WEB, REASON.CONNECTION_TIMEOUT, True, ["caller is back"]),
    ],
)
@virtual_time
async def test_a_caller_who_leaves_has_hung_up_or_was_lost(leg: Leg, reason: int, back: bool, news: list[str]) -> None:
    """Five seconds are given to a browser, and to nobody who hung up."""
    someone, told, tasks = Someone(), Told(), TaskSet("call")
    room = RoomOf(someone)
    Presence(cast(rtc.Room, room), cast(rtc.RemoteParticipant, someone), leg, FakeClock(), tasks, told).start()
    someone.disconnect_reason = reason
    del room.remote_participants["caller"]
    room.emit("participant_disconnected", someone)
    if back:
        room.remote_participants["caller"] = someone
    await asyncio.sleep(6.0)
    assert told.news == news
    await tasks.aclose()
