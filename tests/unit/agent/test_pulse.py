"""A call's proof of life. A worker that hung for three seconds must not talk on beside the one that took its call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

from livekit import rtc

from agent.pulse import PING_TOPIC, PONG_ATTRIBUTE, RENEW_S, TTL_S, Pulse
from calls.ports import Lease
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record
from tests.support.virtual_time import virtual_time

RECORD = a_record()


def lease(epoch: int = 1) -> Lease:
    return Lease(RECORD.call_id, epoch, RECORD.room, f"agent-{epoch}", "receptionist", RECORD.line, RECORD.persona)


@dataclass
class Scene:
    """`lost` counts how often the holder was told that the call is another's."""

    lost: int = 0
    tasks: TaskSet = field(default_factory=lambda: TaskSet("call"))

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self.pulse = Pulse(self.store, self.clock, self.tasks, self._lost)

    def _lost(self) -> None:
        self.lost += 1

    async def low(self) -> list[str]:
        return [held.lease.call_id for held in await self.store.held(TTL_S / 2)]


@virtual_time
async def test_a_call_is_held_for_as_long_as_its_worker_lives() -> None:
    """The lease never runs low, and runs out within its time once the worker is gone."""
    call = Scene()
    call.pulse.hold(lease())
    for _ in range(20):
        await asyncio.sleep(RENEW_S)
        assert await call.low() == []
    await call.tasks.aclose()
    await asyncio.sleep(TTL_S)
    assert await call.low() == [RECORD.call_id]


@virtual_time
async def test_a_worker_that_was_superseded_is_told_once() -> None:
    """It leaves; it does not renew its lease any more, nor fight for it."""
    call = Scene()
    call.pulse.hold(lease())
    await asyncio.sleep(1.0)
    await call.store.renew(lease(2), 8.0)
    await asyncio.sleep(3.0)
    assert call.lost == 1
    assert not await call.pulse.is_ours()
    assert await call.low() == []
    await call.tasks.aclose()


@virtual_time
async def test_who_came_second_leaves_the_first_its_lease() -> None:
    """Two agents were sent for in one epoch: the later is told, and its end does not end the other's hold."""
    call = Scene()
    await call.store.renew(replace(lease(), agent="agent-first"), 8.0)
    call.pulse.hold(lease())
    await asyncio.sleep(1.0)
    assert call.lost == 1
    assert not await call.pulse.is_ours()
    await call.pulse.release()
    (held,) = await call.store.held(10.0)
    assert held.lease.agent == "agent-first"
    await call.tasks.aclose()


@virtual_time
async def test_a_store_that_is_down_takes_no_call_away() -> None:
    """No answer is not a no: the call goes on, and its lease is renewed when the store is back."""
    call = Scene()
    call.pulse.hold(lease())
    call.store.down(5.0, after=1.0)
    await asyncio.sleep(4.0)
    assert call.lost == 0
    assert await call.pulse.is_ours()
    await asyncio.sleep(3.0)
    assert await call.low() == []
    await call.tasks.aclose()


@virtual_time
async def test_given_up_and_released() -> None:
    """Given up, the call is another's to take at once; released, nobody's."""
    for let_go, left in ((Pulse.give_up, [RECORD.call_id]), (Pulse.release, [])):
        call = Scene()
        call.pulse.hold(lease())
        await asyncio.sleep(1.0)
        await let_go(call.pulse)
        await asyncio.sleep(RENEW_S)
        assert await call.low() == left
        await call.tasks.aclose()


class Room:
    """A room that keeps the agent's attributes."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self.heard: Any = None
        self.local_participant = SimpleNamespace(set_attributes=self._set)

    def on(self, event: str, callback: Any) -> None:
        assert event == "data_received"
        self.heard = callback

    async def _set(self, attributes: dict[str, str]) -> None:
        self.attributes |= attributes


@virtual_time
async def test_the_server_s_ping_is_answered_and_nobody_else_s() -> None:
    """A caller's browser may send data with any topic: it must not make the agent busy, nor vouch for it."""
    call, room = Scene(), Room()
    call.pulse.answer_in(cast(rtc.Room, room))
    for sender, topic in ((object(), PING_TOPIC), (None, "chat")):
        room.heard(SimpleNamespace(topic=topic, participant=sender, data=b"n1"))
    await asyncio.sleep(0.1)
    assert room.attributes == {}
    room.heard(SimpleNamespace(topic=PING_TOPIC, participant=None, data=b"n2"))
    await asyncio.sleep(0.1)
    assert room.attributes == {PONG_ATTRIBUTE: "n2"}
    await call.tasks.aclose()
