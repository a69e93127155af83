"""The promises of calls.ports.Leases, held against every implementation: of two workers never both hold a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.ports import Held, Lease, LeaseLost, Leases, StoreDown
from tests.support.stores import ALL, BREAKABLE, REMOTE, Bench

LEASE = Lease("call-1", 1, "call-+15550100", "agent-α", "receptionist", "front-desk", 'the "evening" one')
SECOND = replace(LEASE, epoch=2, agent="agent-2")
LONG_S = 3600.0
ALL_OF_THEM = 2 * LONG_S


@pytest_asyncio.fixture(params=ALL.values(), ids=ALL)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=REMOTE.values(), ids=REMOTE)
async def remote(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with request.param(tmp_path) as made:
        yield made


@pytest.fixture
def leases(bench: Bench) -> Leases:
    return bench.store


def ids(held: Sequence[Held]) -> list[str]:
    return [each.lease.call_id for each in held]


async def only(leases: Leases) -> Held:
    (held,) = await leases.held(ALL_OF_THEM)
    return held


async def test_a_held_call_is_seen_with_its_lease_and_its_time(leases: Leases) -> None:
    """A watcher learns all that a take-over needs, whatever letters it is written in."""
    await leases.renew(LEASE, LONG_S)
    held = await only(leases)
    assert (held.lease, held.given_up) == (LEASE, False)
    assert LONG_S - 60 < held.left_s <= LONG_S


async def test_nobody_holds_anything(leases: Leases) -> None:
    assert list(await leases.held(ALL_OF_THEM)) == []


async def test_only_those_that_run_low_are_named(leases: Leases) -> None:
    """The watcher asks ten times a second: calls that are well must not be read each time."""
    await leases.renew(LEASE, LONG_S)
    assert list(await leases.held(1.0)) == []


async def test_a_renewal_counts_from_now(leases: Leases) -> None:
    """A renewal with less time shortens it: it is not the longest that holds but the last."""
    await leases.renew(LEASE, LONG_S)
    await leases.renew(LEASE, 5.0)
    assert (await only(leases)).left_s <= 5.0


async def test_a_lease_runs_out(bench: Bench) -> None:
    """A worker that renews no more is seen: not given up, but with nothing left."""
    await bench.store.renew(LEASE, 0.1)
    await bench.pass_time(0.2)
    held = await only(bench.store)
    assert held.left_s <= 0
    assert not held.given_up


async def test_one_that_ran_out_may_be_renewed_as_long_as_nobody_took_it(bench: Bench) -> None:
    """A worker that could not reach the store for a while goes on with its call."""
    await bench.store.renew(LEASE, 0.1)
    await bench.pass_time(0.2)
    await bench.store.renew(LEASE, LONG_S)
    assert (await only(bench.store)).left_s > 1


async def test_a_higher_epoch_takes_over_and_the_lower_is_told(leases: Leases) -> None:
    """The worker that was thought dead and was not must learn it, and by whom, and change nothing."""
    await leases.renew(LEASE, LONG_S)
    await leases.renew(SECOND, LONG_S)
    with pytest.raises(LeaseLost) as caught:
        await leases.renew(LEASE, LONG_S)
    assert (caught.value.call_id, caught.value.epoch, caught.value.held) == (LEASE.call_id, 1, 2)
    assert (await only(leases)).lease == SECOND


async def test_who_took_over_keeps_it_after_its_own_ran_out(bench: Bench) -> None:
    """A lower epoch never comes back, not even when the new worker died at once."""
    await bench.store.renew(SECOND, 0.1)
    await bench.pass_time(0.2)
    with pytest.raises(LeaseLost):
        await bench.store.renew(LEASE, LONG_S)


async def test_of_two_agents_of_one_epoch_the_first_holds(leases: Leases) -> None:
    """Two were sent for (a control that stood still and its successor): they must not both talk to the caller."""
    await leases.renew(replace(SECOND, agent=""), LONG_S)
    await leases.renew(SECOND, LONG_S)
    for late in (replace(SECOND, agent="agent-3"), replace(SECOND, agent="")):
        with pytest.raises(LeaseLost) as caught:
            await leases.renew(late, LONG_S)
        assert caught.value.held == SECOND.epoch
    await leases.renew(replace(SECOND, worker="renamed"), LONG_S)
    assert (await only(leases)).lease.agent == SECOND.agent


async def test_an_agent_of_the_same_epoch_that_is_gone_is_followed(bench: Bench) -> None:
    """Run out or given up, the lease keeps nobody away."""
    third = replace(SECOND, agent="agent-3")
    await bench.store.renew(SECOND, 0.1)
    await bench.pass_time(0.2)
    await bench.store.renew(third, LONG_S)
    await bench.store.give_up(third.call_id, third.epoch)
    await bench.store.renew(SECOND, LONG_S)
    assert (await only(bench.store)).lease == SECOND


async def test_epochs_are_numbers(leases: Leases) -> None:
    """The tenth worker outranks the ninth, and the eleventh the second."""
    for epoch in (2, 9, 10, 11, 100):
        await leases.renew(replace(LEASE, epoch=epoch), LONG_S)
    for epoch in (2, 9, 99):
        with pytest.raises(LeaseLost):
            await leases.renew(replace(LEASE, epoch=epoch), LONG_S)


async def test_of_many_that_take_over_at_once_the_highest_holds(leases: Leases) -> None:
    """In whatever order they come, in the end the highest holds it."""
    takers = [replace(LEASE, epoch=epoch) for epoch in (3, 5, 2, 4)]
    await asyncio.gather(*(leases.renew(taker, LONG_S) for taker in takers), return_exceptions=True)
    assert (await only(leases)).lease.epoch == 5


async def test_given_up_is_seen_at_once(leases: Leases) -> None:
    """Whoever saw the worker die need not wait for the lease to run out."""
    await leases.renew(LEASE, LONG_S)
    await leases.give_up(LEASE.call_id, 1)
    (held,) = await leases.held(0.0)
    assert (held.lease, held.given_up) == (LEASE, True)
    assert held.left_s <= 0


@pytest.mark.parametrize("epoch", [1, 3])
async def test_only_the_holder_can_be_given_up(leases: Leases, epoch: int) -> None:
    """A parent that reports late, when another holds the call already, must not shoot that one."""
    await leases.renew(SECOND, LONG_S)
    await leases.give_up(LEASE.call_id, epoch)
    held = await only(leases)
    assert not held.given_up
    assert held.left_s > 1


async def test_giving_up_what_nobody_holds_makes_nothing(leases: Leases) -> None:
    await leases.give_up(LEASE.call_id, 1)
    assert list(await leases.held(ALL_OF_THEM)) == []


async def test_a_lease_given_up_by_mistake_is_renewed(leases: Leases) -> None:
    """As one that ran out: its holder proves that it lives."""
    await leases.renew(LEASE, LONG_S)
    await leases.give_up(LEASE.call_id, 1)
    await leases.renew(LEASE, LONG_S)
    held = await only(leases)
    assert not held.given_up
    assert held.left_s > 1


async def test_a_released_call_is_held_by_nobody(leases: Leases) -> None:
    """The call is over: nothing is left that a watcher would ask about."""
    await leases.renew(LEASE, LONG_S)
    await leases.release(LEASE.call_id, 1)
    assert list(await leases.held(ALL_OF_THEM)) == []
    await leases.release(LEASE.call_id, 1)


async def test_a_lower_epoch_cannot_release(leases: Leases) -> None:
    """The old worker's last word comes late: the new one's lease stays. A higher one (the watcher's) may."""
    await leases.renew(SECOND, LONG_S)
    await leases.release(LEASE.call_id, 1)
    assert (await only(leases)).lease == SECOND
    await leases.release(LEASE.call_id, 3)
    assert list(await leases.held(ALL_OF_THEM)) == []


async def test_who_is_in_most_need_comes_first(leases: Leases) -> None:
    """Those given up, then those that run out first."""
    for name, ttl_s in (("c", 300.0), ("a", 100.0), ("dead", 400.0), ("b", 200.0)):
        await leases.renew(replace(LEASE, call_id=name), ttl_s)
    await leases.give_up("dead", 1)
    assert ids(await leases.held(ALL_OF_THEM)) == ["dead", "a", "b", "c"]
    assert ids(await leases.held(250.0)) == ["dead", "a", "b"]


async def test_two_hundred_calls(leases: Leases) -> None:
    """Each call has a lease of its own."""
    names = [f"call-{number}" for number in range(200)]
    await asyncio.gather(*(leases.renew(replace(LEASE, call_id=name), LONG_S) for name in names))
    assert sorted(ids(await leases.held(ALL_OF_THEM))) == sorted(names)


@pytest.mark.parametrize("call_id", ["a:b", "*", ""])
async def test_an_id_that_is_none_is_refused(leases: Leases, call_id: str) -> None:
    """As in records: an id that could name more than one call is nobody's."""
    with pytest.raises(ValueError, match="call's id"):
        await leases.renew(replace(LEASE, call_id=call_id), LONG_S)
    with pytest.raises(ValueError, match="call's id"):
        await leases.give_up(call_id, 1)
    with pytest.raises(ValueError, match="call's id"):
        await leases.release(call_id, 1)


@pytest.mark.parametrize("name", [name for name in BREAKABLE if name != "directory"])
async def test_down_is_never_nobody(name: str, tmp_path: Path) -> None:
    """A watcher that cannot ask must not conclude that all is well, nor a worker that it has lost its call."""
    async with BREAKABLE[name](tmp_path) as bench:
        await bench.store.renew(LEASE, LONG_S)
        await bench.break_it()
        for question in (
            bench.store.renew(LEASE, LONG_S),
            bench.store.give_up("call-1", 1),
            bench.store.release("call-1", 1),
            bench.store.held(1.0),
        ):
            with pytest.raises(StoreDown):
                await question
        await bench.mend()
        assert (await only(bench.store)).lease == LEASE


async def test_a_store_that_came_back_empty_learns_the_leases_anew(remote: Bench) -> None:
    """The next renewal, a quarter of a second later, puts the lease back under the epoch its holder has."""
    await remote.store.renew(SECOND, LONG_S)
    await remote.forget()
    assert list(await remote.store.held(ALL_OF_THEM)) == []
    await remote.store.renew(SECOND, LONG_S)
    with pytest.raises(LeaseLost):
        await remote.store.renew(LEASE, LONG_S)
