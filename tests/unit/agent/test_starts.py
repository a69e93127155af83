"""Calls begin in turn: the oldest first, so many at a time, and nobody is waited for who does not come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from livekit.agents.job import JobAcceptArguments, RunningJobInfo
from livekit.protocol import agent

from agent.starts import Starts, begun
from ops.deadline import deadline
from ops.tasks import TaskSet


class Pool:
    """Takes jobs at once, and says in which order."""

    def __init__(self) -> None:
        self.launched: list[str] = []
        self._more = asyncio.Event()

    async def launch_job(self, info: RunningJobInfo) -> None:
        self.launched.append(info.job.id)
        self._more.set()

    async def has(self, *jobs: str) -> None:
        async with deadline(5.0, "launches"):
            while self.launched != list(jobs):
                self._more.clear()
                await self._more.wait()


class Broken(Pool):
    async def launch_job(self, info: RunningJobInfo) -> None:
        await super().launch_job(info)
        raise RuntimeError("no process became available")


@pytest.fixture
async def starts() -> AsyncIterator[Starts]:
    made = Starts(at_once=2)
    made.listen()
    yield made
    made.close()


def _info(job_id: str, **dispatch: object) -> RunningJobInfo:
    job = agent.Job(id=job_id, metadata=json.dumps(dispatch) if dispatch else "")
    return RunningJobInfo(JobAcceptArguments(name="", identity="", metadata=""), job, "", "", "", fake_job=False)


async def test_two_begin_at_once_and_the_oldest_is_the_next(starts: Starts) -> None:
    """Each of twenty at once takes as long as all of them: so the third waits until one of the first two says, from its
    own process, that its call has begun; and the fourth until the next does."""
    pool = Pool()
    launch = starts.before(pool.launch_job)
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b", "c", "d"):
            group.create_task(launch(_info(name)))
        await pool.has("a", "b")
        for _ in range(3):
            await asyncio.sleep(0)
        assert pool.launched == ["a", "b"]
        begun(starts.tell, "b")
        await pool.has("a", "b", "c")
        begun(starts.tell, "b")  # said twice: it has no turn to give away any more
        begun(starts.tell, "nobody")
        begun(starts.tell, "a")
        await pool.has("a", "b", "c", "d")


async def test_who_never_begins_keeps_nobody_waiting(starts: Starts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A web caller who has not come yet, a process that hangs: the phones behind it would ring until they give up."""
    monkeypatch.setattr("agent.starts.TURN_S", 0.02)
    pool = Pool()
    launch = starts.before(pool.launch_job)
    async with asyncio.TaskGroup() as group:
        for name in ("a", "b", "c", "d", "e"):
            group.create_task(launch(_info(name)))
        await pool.has("a", "b", "c", "d", "e")


async def test_a_job_that_ends_or_cannot_be_launched_gives_its_turn_away(starts: Starts) -> None:
    """Whatever went wrong with one call, the next begins."""
    broken, pool = Broken(), Pool()
    for name in ("a", "b"):
        with pytest.raises(RuntimeError):
            await starts.before(broken.launch_job)(_info(name))
    launch = starts.before(pool.launch_job)
    await launch(_info("c"))
    await launch(_info("d"))
    async with asyncio.TaskGroup() as group:
        group.create_task(launch(_info("e")))
        await asyncio.sleep(0)
        assert pool.launched == ["c", "d"]
        starts.over("c")  # killed
        await pool.has("c", "d", "e")


async def test_one_who_stops_waiting_takes_no_turn(starts: Starts) -> None:
    """The worker ends: what waited is cancelled, also in the moment in which its turn has come."""
    pool = Pool()
    launch = starts.before(pool.launch_job)
    await launch(_info("a"))
    await launch(_info("b"))
    tasks = TaskSet("launches")
    gone, stays = tasks.spawn(launch(_info("c")), name="c"), tasks.spawn(launch(_info("d")), name="d")
    await asyncio.sleep(0)
    starts.over("a")  # to c
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await stays
    assert pool.launched == ["a", "b", "d"]


async def test_a_call_that_is_taken_over_waits_for_nobody(starts: Starts) -> None:
    """Its caller is on the line, and in silence."""
    pool = Pool()
    launch = starts.before(pool.launch_job)
    await launch(_info("a"))
    await launch(_info("b"))
    await launch(_info("c", resume="0199a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b", epoch=2))
    assert pool.launched == ["a", "b", "c"]
