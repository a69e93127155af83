"""An end written for somebody else: once, above all other writers, and never over an end that is there."""

from __future__ import annotations

from calls.events import CallEnded, CallerSpoke
from calls.outcome import Outcome
from calls.ports import Write
from calls.record import Caller, CallRecord, Direction, Leg
from control.endings import Endings
from control.metrics import Metrics
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.virtual_time import virtual_time

RECORD = CallRecord(
    call_id="call-1",
    room="room-1",
    line="main",
    persona="ada",
    direction=Direction.INBOUND,
    caller=Caller(Leg.SIP, "caller"),
    started_at=100.0,
    version=1,
)


class _Busy(FakeStore):
    """Another writer is faster, `times` times."""

    times = 0

    async def write(self, write: Write) -> int:
        if self.times:
            self.times -= 1
            newest = await self.record("call-1")
            assert newest is not None
            await super().write(Write(f"busy-{self.times}", newest.evolve(turns=newest.turns + 1), newest.version))
        return await super().write(write)


@virtual_time
async def test_a_record_that_changes_meanwhile_is_read_again() -> None:
    """What the other wrote stays, and the end comes after it."""
    store = _Busy(FakeClock())
    await store.write(Write("first", RECORD, 0))
    store.times = 2
    assert await Endings(store, FakeClock(), Metrics()).close("call-1", "end_never_written")
    record = await store.record("call-1")
    assert record is not None
    assert (record.turns, record.version, record.outcome) == (2, 4, Outcome.FAILED)


@virtual_time
async def test_a_record_that_changes_for_ever_is_left_to_who_changes_it() -> None:
    """Somebody is alive there."""
    store = _Busy(FakeClock())
    await store.write(Write("first", RECORD, 0))
    store.times = 1000
    assert not await Endings(store, FakeClock(), Metrics()).close("call-1", "end_never_written")


@virtual_time
async def test_closing_twice_writes_once() -> None:
    """The first reason is the true one; an unknown call has nothing to close."""
    store = FakeStore(FakeClock())
    await store.write(Write("first", RECORD, 0))
    endings = Endings(store, FakeClock(), Metrics())
    assert await endings.close("call-1", "worker_lost")
    assert await endings.close("call-1", "end_never_written")
    assert await endings.close("call-2", "end_never_written")
    record = await store.record("call-1")
    assert record is not None
    assert record.failure == "worker_lost"
    assert len([event for event in await store.events("call-1") if isinstance(event, CallEnded)]) == 1


@virtual_time
async def test_the_end_is_above_every_epoch_there_is() -> None:
    """A worker of epoch 4 wrote an event, and no record any more: nothing of its may come after the end."""
    store = FakeStore(FakeClock())
    spoke = CallerSpoke(call_id="call-1", seq=7, at=150.0, epoch=4, turn=1, text="hello")
    await store.write(Write("first", RECORD, 0, [spoke]))
    assert await Endings(store, FakeClock(), Metrics()).close("call-1", "end_never_written", epoch=3)
    ended = (await store.events("call-1"))[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.epoch, ended.seq) == (5, 8)
