"""The written record as the caller looks it up."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from local.caller.outcome import closed_record
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_it_waits_for_the_outcome_and_not_for_the_first_snapshot() -> None:
    """The record of a running call is there from its first second, without an outcome."""
    folder = Path("/nonexistent")
    record = await closed_record(folder, "c1", FakeClock(), timeout_s=1.0)
    assert record is None


async def test_a_record_that_closes_late_is_read_when_it_has(tmp_path: Path) -> None:
    """An agent writes the end a moment after the caller has hung up; half a file is no record."""
    path = tmp_path / "c1.json"
    path.write_text('{"outcome": nu')
    clock = OneSleep()
    tasks = TaskSet("test")
    found = tasks.spawn(closed_record(tmp_path, "c1", clock, timeout_s=5.0), name="look")
    await clock.slept.wait()
    path.write_text(json.dumps({"call_id": "c1", "outcome": "resolved"}))
    clock.go.set()
    assert await found == {"call_id": "c1", "outcome": "resolved"}
    await tasks.aclose()


async def test_a_call_without_an_end_is_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "c1.json").write_text(json.dumps({"call_id": "c1", "outcome": None}))
    assert await closed_record(tmp_path, "c1", FakeClock(), timeout_s=0.2) == {"call_id": "c1", "outcome": None}


async def test_an_id_that_is_a_path_is_not_followed(tmp_path: Path) -> None:
    """The id comes from a participant's attributes: whoever is in the room could write it."""
    (tmp_path / "secret.json").write_text('{"outcome": "resolved"}')
    (tmp_path / "calls").mkdir()
    assert await closed_record(tmp_path / "calls", "../secret", FakeClock(), timeout_s=0.2) is None


class OneSleep(FakeClock):
    """Tells that somebody sleeps, and lets him sleep until told."""

    def __init__(self) -> None:
        super().__init__()
        self.slept, self.go = asyncio.Event(), asyncio.Event()

    async def sleep(self, s: float) -> None:
        self.slept.set()
        await self.go.wait()
