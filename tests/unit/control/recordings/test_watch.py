"""A recording while its call lasts: what breaks is told at once, what nobody wants there is stopped, webhook or not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from calls.ports import Egress, EgressStatus
from calls.recording import Part, RecordingState
from tests.support.a_recorded_call import BEGAN_S, TALKED_S, Recorded, RecordedCall
from tests.support.virtual_time import virtual_time


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(("webhook", "within_s"), [(True, 0.5), (False, 16.0)])
def test_an_abort_in_mid_call_is_alarmed_at_once(
    webhook: bool, within_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    """By its webhook; where that is lost, by the next look."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover() as prover:
            call = await w.call()
            await asyncio.sleep(5.0)
            w.recorder.breaks(call.egress_id)
            if webhook:
                for _ in range(3):  # the server repeats itself
                    prover.heard(w.recorder.items[call.egress_id])
            await asyncio.sleep(within_s)
            assert _errors(caplog) == ["recording broke"]
            assert w.count("broken") == 1
            assert await call.state() is RecordingState.RUNNING  # the agent's to write while the call lasts

    run()


@virtual_time
async def test_webhooks_in_any_order_of_anything_change_nothing() -> None:
    """Foreign, of a call that nobody knows, of one that has begun just now, late, and twice."""
    w = Recorded()
    async with w.prover() as prover:
        call = await w.call()
        known = w.recorder.items[call.egress_id]
        ended = replace(known, status=EgressStatus.COMPLETE)
        unknown = call.name.replace(call.id, "0198c2d0-0000-7000-8000-000000000001")
        for egress in (
            ended,
            replace(known, status=EgressStatus.STARTING),
            ended,
            Egress("EG_x", "another-room", "somebody/elses.mp4", EgressStatus.ABORTED),
            Egress("EG_y", "", "", EgressStatus.FAILED),
            Egress("EG_z", call.record.room, "../../etc/passwd", EgressStatus.FAILED),
            replace(known, name=unknown, egress_id="EG_u"),
        ):
            prover.heard(egress)
            await asyncio.sleep(0.3)
        await asyncio.sleep(10.0)
        assert (w.count("broken"), w.recorder.stopped) == (0, [])
        await call.end()
        call.lands(20.0)
        await asyncio.sleep(3.0)
        assert await call.state() is RecordingState.PROVEN
    prover.heard(ended)  # it leads no more
    assert w.value("control_recordings_missing") == 0


@pytest.mark.parametrize("name", ["manual.ogg", "own"])
def test_of_two_egresses_of_one_room_the_records_own_is_kept(name: str) -> None:
    """Somebody else's, and a start that was taken for failed and was not."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover() as prover:
            call = await w.call()
            second = w.begin(call.record.room, call.name if name == "own" else name, w.clock.now())
            await asyncio.sleep(2.0)
            prover.heard(second)
            await asyncio.sleep(2.0)
            assert w.recorder.stopped == []  # the record may be behind
            await asyncio.sleep(4.0)
            assert w.recorder.stopped == [second.egress_id]
            assert w.value("control_recordings_stopped_total", reason="second") == 1

    run()


@virtual_time
async def test_a_new_part_that_the_record_does_not_know_yet_is_not_stopped() -> None:
    """The worker's way to the store is broken: it paused, resumed, and could write of neither."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        w.recorder.breaks(call.egress_id, EgressStatus.COMPLETE)
        second = w.begin(call.record.room, call.names.part(2), w.clock.now())
        await asyncio.sleep(60.0)
        assert w.recorder.stopped == []
        assert w.recorder.live() == [second.name]


@virtual_time
async def test_what_records_while_it_is_paused_is_stopped() -> None:
    """The caller is about to say a card's number, and egress did not take the stop."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        recording = await call.recording()
        await call.write(recording=recording.paused(w.clock.now(), "card"))
        await asyncio.sleep(25.0)
        assert call.egress_id in w.recorder.stopped
        assert w.value("control_recordings_stopped_total", reason="unwanted") == 1


async def _starting(call: RecordedCall) -> None:
    await call.change(state=RecordingState.STARTING, parts=(Part(call.name, call.world.clock.now()),))


async def _due(call: RecordedCall) -> None:
    await call.change(notice_at=call.world.clock.now())


@pytest.mark.parametrize("begin", [_starting, _due])
def test_an_egress_that_never_starts_is_alarmed_in_the_call(begin: object, caplog: pytest.LogCaptureFixture) -> None:
    """Within a minute of the notice, however long the call goes on."""

    @virtual_time
    async def run() -> None:
        w = Recorded()
        async with w.prover():
            call = await w.call(recorded=False)
            await begin(call)  # type: ignore[operator]
            await asyncio.sleep(15.0)
            assert _errors(caplog) == []
            await asyncio.sleep(30.0)
            assert _errors(caplog) == ["recording broke"]

    run()


@virtual_time
async def test_one_that_somebody_stopped_is_alarmed(caplog: pytest.LogCaptureFixture) -> None:
    """COMPLETE, and the call goes on: the record says that it runs."""
    w = Recorded()
    async with w.prover():
        call = await w.call()
        call.egress()
        await asyncio.sleep(20.0)
        assert _errors(caplog) == ["recording broke"]


@virtual_time
async def test_a_recording_of_a_room_whose_call_is_over_is_stopped() -> None:
    """Somebody stayed in the room. Its own end is given the time that the real one takes."""
    w = Recorded()
    async with w.prover():
        call = await w.ended()
        other = w.begin(call.record.room, "manual.ogg", w.clock.now())
        next_call = await w.call()
        reused = w.begin(call.record.room, next_call.name, w.clock.now())  # another call's, in a room of the same name
        await asyncio.sleep(5.0)
        assert w.recorder.stopped == []
        await asyncio.sleep(4.0)
        assert sorted(set(w.recorder.stopped)) == [call.egress_id, other.egress_id]
        assert reused.egress_id not in w.recorder.stopped
        assert w.value("control_recordings_stopped_total", reason="ghost") == 2


@virtual_time
async def test_a_ghost_that_begins_after_all_was_settled_is_stopped_too() -> None:
    """Egress came back and took up what it had been asked for minutes ago."""
    w = Recorded()
    async with w.prover() as prover:
        call = await w.ended()
        call.lands()
        await asyncio.sleep(120.0)
        assert await call.state() is RecordingState.PROVEN
        ghost = w.begin(call.record.room, call.names.part(2), w.clock.now())
        prover.heard(ghost)
        await asyncio.sleep(1.0)
        assert w.recorder.stopped == [ghost.egress_id]


@virtual_time
async def test_a_hundred_calls_that_end_at_once_are_all_proven() -> None:
    """A room server that restarts ends all of them in the same second."""
    w = Recorded()
    calls = [await w.call() for _ in range(100)]
    async with w.prover():
        await asyncio.sleep(1.0)
        w.clock.advance(BEGAN_S + TALKED_S)
        for call in calls:
            await call.end()
            call.lands()
        await asyncio.sleep(5.0)
        assert w.count("proven") == 100
        assert await w.store.unsettled_calls() == []
        await asyncio.sleep(120.0)
        assert w.value("control_recordings_oldest_seconds") == 0
