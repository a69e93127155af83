"""Money is given back for what is known not to have been talked, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calls.outbound import DialState
from control.dialling.phone import Result, room_of
from tests.fakes.phone import NEVER_S, Behaviour
from tests.support.a_dialler import World, wanted
from tests.support.outbound import CALLEE, REMINDERS, call_center
from tests.support.virtual_time import virtual_time

# Ten minutes at most, at 1 a minute.
CENTER = call_center(replace(REMINDERS, price_per_minute=1.0, spend_per_day=100.0, calls_per_hour=100))


def _spent(world: World) -> float:
    return sum(taken for name, (taken, _) in world.permits._tallies.items() if name.startswith("outbound:spend"))


@virtual_time
async def test_a_talk_that_nobody_watched_is_paid_in_full() -> None:
    """Control was gone from the ringing on and the talk is over when the next one looks: it was all given back."""
    world = World(CENTER)
    world.phone.script[CALLEE] = Behaviour(rings_s=10.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
    world.phone.callee_leaves(room_of(call.call_id))
    await world.clock.sleep(600.0)
    async with world.leading():
        done = await world.becomes(call.call_id, DialState.FAILED)
    assert done.reason == "interrupted"
    assert _spent(world) == pytest.approx(10.0)


@virtual_time
async def test_an_answer_that_was_seen_late_is_paid_in_full() -> None:
    """It was counted from when the next control saw it."""
    world = World(CENTER)
    world.phone.script[CALLEE] = Behaviour(rings_s=10.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
    leg = world.phone._places[room_of(call.call_id)].leg
    assert leg is not None
    leg.active_at = world.clock.monotonic() + 5.0
    await world.clock.sleep(300.0)
    async with world.leading():
        seen = await world.becomes(call.call_id, DialState.ANSWERED)
        assert seen.sip_status == 0, "nobody saw it come"
        world.phone.callee_leaves(room_of(call.call_id))
        await world.becomes(call.call_id, DialState.COMPLETED)
    assert _spent(world) == pytest.approx(10.0)


@virtual_time
async def test_cancelled_while_nobody_dials_it_costs_the_time_since() -> None:
    """Any replica cancels, also what was answered five minutes ago without anybody seeing it."""
    world = World(CENTER)
    world.phone.script[CALLEE] = Behaviour(rings_s=10.0)
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, DialState.RINGING)
    await world.clock.sleep(290.0)
    await world.replica().orders.end(call.call_id)
    assert _spent(world) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("behaviour", "state", "spent"),
    [
        (Behaviour(talks_s=90.0), DialState.COMPLETED, 2.0),
        (Behaviour(result=Result(DialState.BUSY, 486)), DialState.BUSY, 0.0),
        (Behaviour(result=Result(DialState.FAILED, 503, "sip")), DialState.FAILED, 0.0),
        (Behaviour(result=Result(DialState.FAILED, 0, "no_sip", dialled=False)), DialState.FAILED, 0.0),
        (Behaviour(result=Result(DialState.FAILED, 0, "livekit")), DialState.FAILED, 10.0),  # no answer to us
        (Behaviour(rings_s=NEVER_S), DialState.NO_ANSWER, 0.0),
    ],
)
@virtual_time
async def test_what_a_call_costs(behaviour: Behaviour, state: DialState, spent: float) -> None:
    world = World(CENTER)
    world.phone.script[CALLEE] = behaviour
    async with world.leading() as calling:
        call, _ = await calling.orders.place(wanted(), "key-1")
        await world.becomes(call.call_id, state, within_s=200.0)
        await world.clock.sleep(1.0)
    assert _spent(world) == pytest.approx(spent)
