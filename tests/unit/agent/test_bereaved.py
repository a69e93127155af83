"""A worker whose job process dies says so at once: the caller waits 1 s less than until the lease runs out."""

from __future__ import annotations

import asyncio

from agent.bereaved import Bereaved
from agent.opening import CALL_ID_ATTRIBUTE, EPOCH_ATTRIBUTE
from calls.ports import Lease
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record
from tests.support.an_app import an_app
from tests.support.virtual_time import virtual_time

RECORD = a_record()


def lease(epoch: int) -> Lease:
    return Lease(RECORD.call_id, epoch, RECORD.room, "agent", "receptionist", RECORD.line, RECORD.persona)


@virtual_time
async def test_the_lease_of_a_dead_job_is_given_up() -> None:
    """Its own epoch's only: where another worker has the call by now, that one keeps it."""
    clock = FakeClock()
    for held, low in ((1, [(1, True)]), (2, [])):
        store = FakeStore(clock)
        bereaved = Bereaved(an_app(store, clock))
        await store.renew(lease(held), 5.0)
        bereaved.tell({CALL_ID_ATTRIBUTE: RECORD.call_id, EPOCH_ATTRIBUTE: "1"})
        await asyncio.sleep(0.1)
        assert [(found.lease.epoch, found.given_up) for found in await store.held(1.0)] == low
        await bereaved.aclose()
        assert store.closed


@virtual_time
async def test_a_store_that_is_down_or_a_job_without_a_call_is_no_trouble() -> None:
    """The parent serves other calls: nothing here may raise."""
    clock = FakeClock()
    store = FakeStore(clock)
    store.down(60.0)
    bereaved = Bereaved(an_app(store, clock))
    for attributes in ({}, {CALL_ID_ATTRIBUTE: "../x", EPOCH_ATTRIBUTE: "1"}, {CALL_ID_ATTRIBUTE: RECORD.call_id}):
        bereaved.tell(attributes)
    bereaved.tell({CALL_ID_ATTRIBUTE: RECORD.call_id, EPOCH_ATTRIBUTE: "1"})
    await asyncio.sleep(5.0)
    await bereaved.aclose()
