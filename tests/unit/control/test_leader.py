"""One leader among the replicas: nobody acts on a lock that may be another's by now."""

from __future__ import annotations

import asyncio

from control.leader import Leader
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.lock import FakeLock
from tests.support.virtual_time import virtual_time


class _Work:
    """A duty that notes when it runs."""

    def __init__(self, clock: FakeClock, *, fails_after_s: float | None = None) -> None:
        self._clock, self._fails_after_s = clock, fails_after_s
        self.begun: list[float] = []
        self.ended: list[float] = []

    @property
    def running(self) -> bool:
        return len(self.begun) > len(self.ended)

    async def __call__(self) -> None:
        self.begun.append(self._clock.monotonic())
        try:
            await self._clock.sleep(1e9 if self._fails_after_s is None else self._fails_after_s)
            raise LookupError("the duty's own bug")
        finally:
            self.ended.append(self._clock.monotonic())


@virtual_time
async def test_one_of_three_works_and_the_next_follows_within_two_seconds_of_its_death() -> None:
    """Killed, it gives nothing back: the lock runs out."""
    clock = FakeClock()
    lock, works = FakeLock(clock), [_Work(clock) for _ in range(3)]
    replicas = [TaskSet(f"replica {n}") for n in range(3)]
    for tasks, work in zip(replicas, works, strict=True):
        tasks.spawn(Leader(lock.contender(), clock, work).run(), name="leader")
    await asyncio.sleep(5.0)
    assert [work.running for work in works] == [True, False, False]
    lock.frozen = lock.owner  # a killed process gives nothing back
    await replicas[0].aclose()
    died = clock.monotonic()
    await asyncio.sleep(2.0)
    assert sum(work.running for work in works[1:]) == 1
    assert max(work.begun[0] for work in works[1:] if work.begun) - died <= 2.0
    for tasks in replicas[1:]:
        await tasks.aclose()


@virtual_time
async def test_one_that_is_stopped_hands_over_at_once() -> None:
    """SIGTERM: the duty ends first, then the lock is given back."""
    clock = FakeClock()
    lock, first, second = FakeLock(clock), _Work(clock), _Work(clock)
    tasks, others = TaskSet("first"), TaskSet("second")
    tasks.spawn(Leader(lock.contender(), clock, first).run(), name="leader")
    await asyncio.sleep(1.0)
    others.spawn(Leader(lock.contender(), clock, second).run(), name="leader")
    await asyncio.sleep(1.0)
    await tasks.aclose()
    stopped = clock.monotonic()
    await asyncio.sleep(0.5)
    assert first.ended == [stopped]
    assert second.begun[0] - stopped <= 0.3
    await others.aclose()


@virtual_time
async def test_a_store_that_is_down_makes_nobody_a_leader() -> None:
    """The leader stops before its lock could be another's, and leads again when the store is back."""
    clock = FakeClock()
    lock, work, tasks = FakeLock(clock), _Work(clock), TaskSet("replica")
    leader = Leader(lock.contender(), clock, work)
    tasks.spawn(leader.run(), name="leader")
    await asyncio.sleep(2.0)
    lock.is_down, went = True, clock.monotonic()
    await asyncio.sleep(10.0)
    assert not leader.leads
    assert work.ended[0] - went >= 0.6
    assert work.ended[0] < lock.until
    assert leader.store_was_away
    lock.is_down = False
    await asyncio.sleep(0.5)
    assert leader.leads
    assert work.running
    await tasks.aclose()


@virtual_time
async def test_a_blink_of_the_store_stops_nothing() -> None:
    """Down for half a second: the lock is still ours by its own time."""
    clock = FakeClock()
    lock, work, tasks = FakeLock(clock), _Work(clock), TaskSet("replica")
    tasks.spawn(Leader(lock.contender(), clock, work).run(), name="leader")
    await asyncio.sleep(2.0)
    lock.is_down = True
    await asyncio.sleep(0.5)
    lock.is_down = False
    await asyncio.sleep(2.0)
    assert work.ended == []
    await tasks.aclose()


@virtual_time
async def test_a_lock_that_became_anothers_stops_the_work_at_the_next_renewal() -> None:
    """Somebody deleted the key by hand, say: whoever lost it stops, and says no when asked to confirm."""
    clock = FakeClock()
    lock, work, tasks = FakeLock(clock), _Work(clock), TaskSet("replica")
    leader = Leader(lock.contender(), clock, work)
    tasks.spawn(leader.run(), name="leader")
    await asyncio.sleep(2.0)
    assert await leader.confirm()
    lock.owner, lock.until = object(), clock.monotonic() + 60.0
    assert not await leader.confirm()
    await asyncio.sleep(0.5)
    assert not work.running
    await tasks.aclose()


@virtual_time
async def test_work_that_fails_gives_another_replica_the_lead() -> None:
    """A bug that only this process has must not keep the lead from the others."""
    clock = FakeClock()
    lock, broken, sound = FakeLock(clock), _Work(clock, fails_after_s=1.0), _Work(clock)
    tasks = TaskSet("replicas")
    tasks.spawn(Leader(lock.contender(), clock, broken).run(), name="broken")
    await asyncio.sleep(0.1)
    tasks.spawn(Leader(lock.contender(), clock, sound).run(), name="sound")
    await asyncio.sleep(5.0)
    assert sound.running
    assert len(broken.begun) == 1
    await tasks.aclose()
