"""A small call centre for control's tests: workers that hold their calls and answer, in rooms with a caller, until they
are killed. Replicas of control on top. All of it on the test's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from calls.ports import Lease, LeaseLost, StoreDown, Write
from calls.record import Caller, CallRecord, Direction, Leg
from calls.stores.lease_table import LeaseTable
from control.build import Crew, Outside, make_crew
from control.metrics import Metrics
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.lock import FakeLock
from tests.fakes.rooms import FakeRooms
from tests.fakes.store import FakeStore

_FOR_EVER_S = 1e9


class State(FakeStore):
    """A store that can be asked who holds a call, and lose all it has."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.taken: list[Lease] = []  # renewals of epochs above the first

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await super().renew(lease, ttl_s)
        if lease.epoch > 1:
            self.taken.append(lease)

    async def holder(self, call_id: str) -> Lease | None:
        return next((held.lease for held in await self.held(_FOR_EVER_S) if held.lease.call_id == call_id), None)

    def forget_all(self) -> None:
        """Restarted empty."""
        self._records.clear()
        self._events.clear()
        self._answers.clear()
        self._leases = LeaseTable(self._clock)


@dataclass
class Worker:
    """One job process with one call. `sees_store=False`: its way to the store is broken, nothing else."""

    lease: Lease
    alive: bool = True
    sees_store: bool = True
    sent_away: bool = False


@dataclass
class World:
    """`comes_after_s`: how long a dispatched worker takes; None: nobody comes. `newcomers_see_store`: as a Worker's."""

    clock: FakeClock = field(default_factory=FakeClock)
    comes_after_s: float | None = 0.3
    newcomers_see_store: bool = True
    workers: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state = State(self.clock)
        self.rooms = FakeRooms(self.clock)
        self.rooms.on_dispatch = self._dispatched
        self.lock = FakeLock(self.clock)
        self._tasks = TaskSet("workers")

    async def call(self, number: int = 1, *, line: str = "main", persona: str = "ada") -> Worker:
        """A call in progress: room, caller, record, and a worker that holds it."""
        call_id, room = f"call-{number}", f"room-{number}"
        self.rooms.open(room)
        record = CallRecord(
            call_id=call_id,
            room=room,
            line=line,
            persona=persona,
            direction=Direction.INBOUND,
            caller=Caller(Leg.SIP, "caller"),
            started_at=self.clock.now(),
            version=1,
        )
        await self.state.write(Write(f"first-{number}", record, 0))
        return self.start(Lease(call_id, 1, room, f"agent-{number}-1", "receptionist", line, persona))

    def start(self, lease: Lease, *, sees_store: bool = True) -> Worker:
        worker = Worker(lease, sees_store=sees_store)
        self.workers.append(worker)
        self.rooms.join(lease.room, lease.agent, lease.call_id, lease.epoch)
        self._tasks.spawn(self._hold(worker), name=lease.agent)
        return worker

    def kill(self, worker: Worker) -> None:
        """kill -9: no more renewals, and a ghost in the room."""
        worker.alive = False
        self.rooms.kill(worker.lease.room, worker.lease.agent)

    def store_down(self) -> None:
        """Redis is away: for calls, leases and the lock."""
        self.lock.is_down = True
        self.state.down(_FOR_EVER_S)

    def store_back(self) -> None:
        """With all that it had."""
        self.lock.is_down = False
        self.state.mend()

    @property
    def living(self) -> list[Lease]:
        return [worker.lease for worker in self.workers if worker.alive and not worker.sent_away]

    @asynccontextmanager
    async def control(self) -> AsyncIterator[Replica]:
        """One replica of control."""
        metrics = Metrics()
        outside = Outside(self.state, self.rooms, self.lock.contender())
        replica = Replica(make_crew(outside, self.clock, metrics, worker="receptionist"), metrics)
        replica.start()
        try:
            yield replica
        finally:
            await replica.stop()

    async def aclose(self) -> None:
        await self._tasks.aclose()

    def _dispatched(self, room: str, worker: str, said: dict[str, Any]) -> None:
        if self.comes_after_s is not None:
            self._tasks.spawn(self._come(room, worker, said, self.comes_after_s), name="come")

    async def _come(self, room: str, worker: str, said: dict[str, Any], after_s: float) -> None:
        await self.clock.sleep(after_s)
        lease = Lease(said["resume"], said["epoch"], room, f"agent-{room}-{said['epoch']}", worker, "main", "ada")
        if not self.newcomers_see_store:
            self.start(lease, sees_store=False)
            return
        record = await self.state.record(lease.call_id)
        if record is not None and not record.closed:
            resumed = record.evolve(epoch=lease.epoch)
            await self.state.write(Write(f"resume-{lease.call_id}-{lease.epoch}", resumed, record.version))
        self.start(lease)

    async def _hold(self, worker: Worker) -> None:
        while worker.alive:
            if worker.sees_store:
                try:
                    await self.state.renew(worker.lease, 1.0)
                except LeaseLost:
                    worker.sent_away = True
                    return
                except StoreDown:
                    pass
            await self.clock.sleep(0.25)


class Replica:
    """A process of control."""

    def __init__(self, crew: Crew, metrics: Metrics) -> None:
        self.crew, self.metrics = crew, metrics
        self._tasks = TaskSet("replica")

    @property
    def leads(self) -> bool:
        return self.crew.leader.leads

    def start(self) -> None:
        self._tasks.spawn(self.crew.leader.run(), name="leader")

    async def stop(self) -> None:
        await self._tasks.aclose()

    async def kill(self, lock: FakeLock) -> None:
        """As kill -9 does: nothing is given back any more, neither the lock nor a lease."""
        lock.frozen = lock.owner
        await self.stop()

    def count(self, name: str, **labels: str) -> float:
        """The value of a metric, 0 where it was never counted."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@asynccontextmanager
async def world(comes_after_s: float | None = 0.3) -> AsyncIterator[World]:
    made = World(comes_after_s=comes_after_s)
    try:
        yield made
    finally:
        await made.aclose()
