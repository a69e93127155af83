"""The promises of calls.outbound.OutboundCalls, held against every adapter: nobody is called twice for one order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from calls.outbound import DialState, OutboundCall
from calls.ports import StoreDown
from tests.support.permit_stores import ALL, REMOTE, PermitBench

NUMBER, OTHER = "+442079460123", "+442079460124"
CALL = OutboundCall("call-1", NUMBER, "clinic", "receptionist", 1_000.0, data={"name": "Zoë"}, max_duration_s=60.0)


@pytest_asyncio.fixture(params=ALL.values(), ids=ALL)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PermitBench]:
    async with request.param(tmp_path) as made:
        yield made


@pytest_asyncio.fixture(params=REMOTE.values(), ids=REMOTE)
async def remote(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PermitBench]:
    async with request.param(tmp_path) as made:
        yield made


async def test_an_order_is_kept_whole(bench: PermitBench) -> None:
    assert await bench.outbound.order(CALL, "key-1") == CALL
    assert await bench.outbound.get("call-1") == CALL
    assert await bench.outbound.get("call-2") is None


async def test_a_key_that_was_used_gives_the_call_of_then_and_keeps_nothing(bench: PermitBench) -> None:
    """A client that repeats its request after a lost answer calls nobody twice."""
    assert await bench.outbound.ordered("key-1") is None
    await bench.outbound.order(CALL, "key-1")
    again = await bench.outbound.order(replace(CALL, call_id="call-2", number=OTHER), "key-1")
    assert again == CALL
    assert await bench.outbound.ordered("key-1") == CALL
    assert await bench.outbound.get("call-2") is None
    assert len(await bench.outbound.unfinished()) == 1


async def test_of_many_with_one_key_at_once_one_is_kept(bench: PermitBench) -> None:
    orders = [replace(CALL, call_id=f"call-{number}") for number in range(8)]
    kept = await asyncio.gather(*(bench.outbound.order(order, "key-1") for order in orders))
    assert len({call.call_id for call in kept}) == 1
    assert len(await bench.outbound.unfinished()) == 1


async def test_of_two_writers_of_a_version_the_first_has_it(bench: PermitBench) -> None:
    """Two replicas that believe they lead do not both dial."""
    await bench.outbound.order(CALL, "key-1")
    first, second = CALL.become(DialState.DIALLING, 1_001.0), CALL.become(DialState.CANCELLED, 1_001.0)
    assert await bench.outbound.change(first)
    assert not await bench.outbound.change(second)
    assert not await bench.outbound.change(first)
    assert await bench.outbound.get("call-1") == first
    assert not await bench.outbound.change(replace(first, call_id="call-9", version=1))


async def test_the_unfinished_by_when_they_are_due(bench: PermitBench) -> None:
    """The first to be dialled first; one that is over is not among them."""
    later = replace(CALL, call_id="call-2", not_before=9_000.0)
    third = replace(CALL, call_id="call-3", asked_at=1_500.0)
    for call in (later, third, CALL):
        await bench.outbound.order(call, call.call_id)
    assert [call.call_id for call in await bench.outbound.unfinished()] == ["call-1", "call-3", "call-2"]
    assert [call.call_id for call in await bench.outbound.unfinished(8_999.0)] == ["call-1", "call-3"]
    ringing = CALL.become(DialState.DIALLING, 2_000.0).become(DialState.BUSY, 2_001.0, sip_status=486)
    await bench.outbound.change(CALL.become(DialState.DIALLING, 2_000.0))
    await bench.outbound.change(ringing)
    assert [call.call_id for call in await bench.outbound.unfinished()] == ["call-3", "call-2"]
    assert await bench.outbound.get("call-1") == ringing


async def test_the_newest_are_known_whatever_became_of_them(bench: PermitBench) -> None:
    for number in range(3):
        call = replace(CALL, call_id=f"call-{number}", asked_at=1_000.0 + number)
        await bench.outbound.order(call, call.call_id)
    await bench.outbound.change((await bench.outbound.recent(1))[0].become(DialState.CANCELLED, 1_010.0))
    found = await bench.outbound.recent(2)
    assert [(call.call_id, call.state.value) for call in found] == [("call-2", "cancelled"), ("call-1", "queued")]


async def test_what_was_kept_is_untold_until_it_is_told(bench: PermitBench) -> None:
    """Each change by itself, as the call was then, in their order; of a call that nobody is told of, nothing; and what
    was not kept, or had been told, is not there again."""
    told_of = replace(CALL, webhook="https://crm.example.com/calls", changed_at=1_000.0)
    await bench.outbound.order(CALL, "key-1")
    await bench.outbound.change(CALL.become(DialState.DIALLING, 1_001.0))
    assert await bench.outbound.untold() == []
    first = replace(told_of, call_id="call-2")
    await bench.outbound.order(first, "key-2")
    await bench.outbound.order(replace(told_of, call_id="call-3"), "key-2")
    changes = [first]
    for number in range(1, 12):
        changes.append(changes[-1].become(DialState.DIALLING, 1_001.0))
        assert await bench.outbound.change(changes[number])
    assert not await bench.outbound.change(changes[3])
    assert await bench.outbound.untold() == changes
    await bench.outbound.told(changes[1])
    await bench.outbound.told(changes[1])
    await bench.outbound.order(first, "key-2")
    assert await bench.outbound.untold() == [changes[0], *changes[2:]]


async def test_many_that_are_untold_are_all_known(bench: PermitBench) -> None:
    for number in range(230):
        call = replace(CALL, call_id=f"call-{number}", asked_at=float(number), webhook="https://crm.example.com/")
        await bench.outbound.order(call, call.call_id)
    assert [call.asked_at for call in await bench.outbound.untold()] == [float(number) for number in range(230)]


async def test_one_call_to_a_number_at_a_time(bench: PermitBench) -> None:
    """Who is on a call is not rung a second time, until that one is over or its time is."""
    assert await bench.outbound.engage(NUMBER, "call-1", 60.0)
    assert await bench.outbound.engage(NUMBER, "call-1", 60.0)
    assert not await bench.outbound.engage(NUMBER, "call-2", 60.0)
    assert await bench.outbound.engage(OTHER, "call-2", 60.0)
    await bench.outbound.release(NUMBER, "call-2")
    assert not await bench.outbound.engage(NUMBER, "call-2", 60.0)
    await bench.outbound.release(NUMBER, "call-1")
    assert await bench.outbound.engage(NUMBER, "call-2", 0.1)
    await bench.pass_time(0.2)
    assert await bench.outbound.engage(NUMBER, "call-1", 60.0)


async def test_down_is_not_absent(remote: PermitBench) -> None:
    await remote.outbound.order(CALL, "key-1")
    await remote.break_it()
    for asked in (
        remote.outbound.order(CALL, "key-1"),
        remote.outbound.get("call-1"),
        remote.outbound.change(CALL.become(DialState.DIALLING, 1.0)),
        remote.outbound.unfinished(),
        remote.outbound.untold(),
        remote.outbound.told(CALL),
        remote.outbound.engage(NUMBER, "call-1", 1.0),
    ):
        with pytest.raises(StoreDown):
            await asked


async def test_an_id_that_could_leave_its_place_is_refused(remote: PermitBench) -> None:
    with pytest.raises(ValueError, match="id"):
        await remote.outbound.get("../call:1")


async def test_orders_to_a_number_are_found_and_forgotten(bench: PermitBench) -> None:
    """All of one number's, and what was still to be told of them; another's stay. Its key calls nobody again."""
    first = replace(CALL, webhook="https://example.com/hook")
    await bench.outbound.order(first, "key-1")
    await bench.outbound.order(replace(CALL, call_id="call-2"), "key-2")
    await bench.outbound.order(replace(CALL, call_id="call-3", number=OTHER), "key-3")
    assert sorted(await bench.outbound.orders_to(NUMBER)) == ["call-1", "call-2"]
    assert await bench.outbound.forget("call-1", NUMBER) is False  # it is still to be called
    assert await bench.outbound.get("call-1") == first
    await bench.outbound.change(first.become(DialState.BUSY, 1_010.0))
    assert await bench.outbound.forget("call-1", NUMBER) is True
    assert await bench.outbound.forget("call-1") is True
    assert await bench.outbound.get("call-1") is None
    assert list(await bench.outbound.untold()) == []
    assert [call.call_id for call in await bench.outbound.recent(10)] != []
    assert "call-1" not in [call.call_id for call in await bench.outbound.recent(10)]
    assert list(await bench.outbound.orders_to(NUMBER)) == ["call-2"]
    assert list(await bench.outbound.orders_to(OTHER)) == ["call-3"]
    with pytest.raises(StoreDown):
        await bench.outbound.order(replace(CALL, call_id="call-9"), "key-1")
    assert await bench.outbound.get("call-9") is None
