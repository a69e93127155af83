"""The written record as the caller looks it up."""

from __future__ import annotations

import asyncio

from local.caller.outcome import closed_record, settled_record
from ops.tasks import TaskSet
from tests.fakes.call_records import CallRecords
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_call_without_a_record_is_not_waited_for_longer_than_asked() -> None:
    assert await closed_record(CallRecords(), "c1", FakeClock(), timeout_s=1.0) is None


async def test_a_record_that_closes_late_is_read_when_it_has() -> None:
    """The record of a running call is there from its first second, without an outcome."""
    records = CallRecords(c1={"call_id": "c1", "outcome": None})
    clock = OneSleep()
    tasks = TaskSet("test")
    found = tasks.spawn(closed_record(records, "c1", clock, timeout_s=5.0), name="look")
    await clock.slept.wait()
    records.records["c1"] = {"call_id": "c1", "outcome": "resolved"}
    clock.go.set()
    assert await found == {"call_id": "c1", "outcome": "resolved"}
    await tasks.aclose()


async def test_a_store_that_is_down_is_asked_again() -> None:
    """A fault test breaks it on purpose, and the record is there when it is back."""
    records = CallRecords(c1={"call_id": "c1", "outcome": "resolved"})
    records.down = True
    clock = OneSleep()
    tasks = TaskSet("test")
    found = tasks.spawn(closed_record(records, "c1", clock, timeout_s=5.0), name="look")
    await clock.slept.wait()
    records.down = False
    clock.go.set()
    assert await found == {"call_id": "c1", "outcome": "resolved"}
    await tasks.aclose()


@virtual_time
async def test_a_call_without_an_end_is_given_as_it_is() -> None:
    records = CallRecords(c1={"call_id": "c1", "outcome": None})
    assert await closed_record(records, "c1", FakeClock(), timeout_s=0.2) == {"call_id": "c1", "outcome": None}


@virtual_time
async def test_a_recording_is_waited_for_until_it_is_known_what_became_of_it() -> None:
    """`make call` says where it lies, and can't before somebody has seen it there."""
    records = CallRecords(c1={"outcome": "resolved", "recording": {"state": "ended"}})
    clock = OneSleep()
    tasks = TaskSet("test")
    found = tasks.spawn(settled_record(records, "c1", clock, timeout_s=5.0), name="look")
    await clock.slept.wait()
    records.records["c1"] = {"outcome": "resolved", "recording": {"state": "proven"}}
    clock.go.set()
    assert (await found or {})["recording"] == {"state": "proven"}
    await tasks.aclose()
    never = CallRecords(c1={"outcome": "resolved", "recording": None})
    assert await settled_record(never, "c1", FakeClock(), timeout_s=0.0) == never.records["c1"]


class OneSleep(FakeClock):
    """Tells that somebody sleeps, and lets him sleep until told."""

    def __init__(self) -> None:
        super().__init__()
        self.slept, self.go = asyncio.Event(), asyncio.Event()

    async def sleep(self, s: float) -> None:
        self.slept.set()
        await self.go.wait()
