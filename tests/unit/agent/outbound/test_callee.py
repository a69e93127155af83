"""Before the answer: ringing is no answer, and who refuses or vanishes is told apart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from livekit import rtc

from agent.outbound.callee import Callee, NotAnswered
from agent.outbound.order import Order
from calls.outbound import DialState
from ops.tasks import TaskSet
from sip.answers import told
from tests.support.virtual_time import virtual_time

SIP, STANDARD = rtc.ParticipantKind.PARTICIPANT_KIND_SIP, rtc.ParticipantKind.PARTICIPANT_KIND_STANDARD
REASON = rtc.DisconnectReason


@dataclass
class Someone:
    identity: str = "callee"
    kind: int = SIP
    attributes: dict[str, str] = field(default_factory=dict)
    disconnect_reason: int | None = None


class RoomOf(rtc.EventEmitter[Any]):
    def __init__(self, *present: Someone) -> None:
        super().__init__()
        self.remote_participants = {one.identity: one for one in present}
        self.metadata = ""

    def say(self, metadata: str) -> None:
        before, self.metadata = self.metadata, metadata
        self.emit("room_metadata_changed", before, metadata)

    def join(self, one: Someone) -> None:
        self.remote_participants[one.identity] = one
        self.emit("participant_connected", one)

    def change(self, one: Someone, status: str) -> None:
        one.attributes["sip.callStatus"] = status
        self.emit("participant_attributes_changed", {"sip.callStatus": status}, one)

    def leave(self, one: Someone, reason: int | None) -> None:
        self.remote_participants.pop(one.identity)
        one.disconnect_reason = reason
        self.emit("participant_disconnected", one)


def waiting(room: RoomOf) -> tuple[Callee, asyncio.Task[Any]]:
    callee = Callee(cast("rtc.Room", room), Order(ringing_s=30.0))
    return callee, TaskSet("test").spawn(_answered(callee), name="answered")


async def _answered(callee: Callee) -> rtc.RemoteParticipant | str:
    """Whoever answered, or why nobody did."""
    try:
        return await callee.answered()
    except NotAnswered as left:
        return left.reason


@pytest.fixture(autouse=True)
def _no_rtc_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtc, "RemoteParticipant", Someone)


@virtual_time
async def test_ringing_is_no_answer_and_active_is() -> None:
    """The callee is in the room from the first digit."""
    room, one = RoomOf(), Someone(attributes={"sip.callStatus": "dialing"})
    callee, task = waiting(room)
    await asyncio.sleep(1)
    room.join(one)
    room.change(one, "ringing")
    await asyncio.sleep(20)
    assert not task.done()
    room.change(one, "active")
    assert await task is one
    callee.close()


@virtual_time
async def test_who_was_there_before_we_listened_is_seen() -> None:
    """A browser needs no answering; a phone that was answered already neither."""
    for one in (Someone(kind=STANDARD), Someone(attributes={"sip.callStatus": "active"})):
        _, task = waiting(RoomOf(Someone("other", STANDARD), one))
        assert await task is one


@pytest.mark.parametrize(
    ("left", "reason"),
    [
        (REASON.USER_REJECTED, "rejected"),
        (REASON.USER_UNAVAILABLE, "no_answer"),
        (REASON.CLIENT_INITIATED, "no_answer"),
        (REASON.SIP_TRUNK_FAILURE, "not_dialled"),
        (REASON.PARTICIPANT_REMOVED, "cancelled"),
        (None, "not_dialled"),
    ],
)
@virtual_time
async def test_who_leaves_before_the_answer_has_a_reason(left: int | None, reason: str) -> None:
    """As the SIP service gives it."""
    room, one = RoomOf(), Someone()
    _, task = waiting(room)
    room.join(one)
    await asyncio.sleep(3)
    room.leave(one, left)
    assert await task == reason


@pytest.mark.parametrize("there", [False, True])
@virtual_time
async def test_a_dial_that_is_over_is_not_waited_for(there: bool) -> None:
    """No SIP service, say: nobody will ever join, and who seems to ring has stopped."""
    room = RoomOf(*[Someone(attributes={"sip.callStatus": "ringing"})] * there)
    _, task = waiting(room)
    await asyncio.sleep(1)
    room.say(told(DialState.FAILED))
    async with asyncio.timeout(1):
        assert await task == "failed"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (told(DialState.BUSY), "busy"),
        (told(DialState.FAILED), "failed"),
        ('{"dial": "Ada"}', "rejected"),
        ("[", "rejected"),
    ],
)
@pytest.mark.parametrize("first", ["left", "told"])
@virtual_time
async def test_whoever_dialled_knows_it_better(said: str, reason: str, first: str) -> None:
    """A room says "rejected" of a busy callee too. It is waited for, and only words that there are count."""
    room, one = RoomOf(), Someone()
    _, task = waiting(room)
    room.join(one)
    if first == "told":
        room.say(said)
    room.leave(one, REASON.USER_REJECTED)
    await asyncio.sleep(1)
    if first == "left":
        room.say(said)
    assert await task == reason


@virtual_time
async def test_a_room_that_ends_says_nothing_more() -> None:
    """Nobody waits for the dialler then; and only who had left before has given the call its reason."""
    room, one = RoomOf(), Someone()
    callee, task = waiting(room)
    room.join(one)
    await asyncio.sleep(1)
    assert not callee.room_gone()
    room.leave(one, REASON.USER_REJECTED)
    assert callee.room_gone()
    async with asyncio.timeout(0.1):
        assert await task == "rejected"


@virtual_time
async def test_who_answers_and_hangs_up_at_once_has_not_answered() -> None:
    """Between the ring and our knowing of the answer."""
    room, one = RoomOf(), Someone()
    _, task = waiting(room)
    room.join(one)
    room.change(one, "active")
    room.leave(one, REASON.CLIENT_INITIATED)
    assert await task == "no_answer"


@virtual_time
async def test_nobody_waits_for_ever() -> None:
    """Nobody was dialled, or it rings on after all deadlines."""
    _, task = waiting(RoomOf())
    assert await task == "not_dialled"
    room = RoomOf()
    _, task = waiting(room)
    room.join(Someone())
    assert await task == "no_answer"
