"""What a call keeps outside its process: made late, shared by nobody, and given on whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from livekit import rtc

from agent.callers import Dispatch
from agent.keeping import Keeping
from calls.events import AgentSpoke, CallerSpoke, CallResumed
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.support.a_call import a_record
from tests.support.an_app import an_app
from tests.support.virtual_time import virtual_time

RECORD = a_record()


class Scene:
    """One worker of several that share a store."""

    def __init__(self, store: FakeStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.tasks = TaskSet("call")
        self.lost = 0
        self.keeping = Keeping(an_app(store, clock), self.tasks, self._superseded)

    def _superseded(self) -> None:
        self.lost += 1

    def hold(self, epoch: int) -> None:
        room: Any = SimpleNamespace(local_participant=SimpleNamespace(identity=f"agent-{epoch}"), on=lambda *_: None)
        self.keeping.hold(RECORD.evolve(epoch=epoch), cast(rtc.Room, room))

    async def aclose(self) -> None:
        await self.tasks.aclose()
        await self.keeping.aclose()


@virtual_time
async def test_a_second_worker_goes_on_with_the_first_ones_history() -> None:
    """Numbers go on, nothing is written twice, and the record is in the second one's hands."""
    clock = FakeClock()
    store = FakeStore(clock)
    first, second = Scene(store, clock), Scene(store, clock)
    chronicle = first.keeping.chronicle(RECORD.evolve(), None)
    chronicle.add(CallerSpoke, turn=1, text="hello")
    await clock.sleep(1.0)
    past = await second.keeping.recall(Dispatch(resume=RECORD.call_id, epoch=2))
    assert past is not None
    assert [type(event).__name__ for event in past.events] == ["CallStarted", "CallerSpoke"]
    chronicle = second.keeping.chronicle(past.record.evolve(epoch=2), past)
    chronicle.add(AgentSpoke, turn=1, text="hi")
    await clock.sleep(1.0)
    events = await store.events(RECORD.call_id)
    assert [(event.epoch, event.seq) for event in events] == [(1, 1), (1, 2), (2, 3), (2, 4)]
    resumed = events[2]
    assert isinstance(resumed, CallResumed)
    assert (resumed.known, resumed.silent_s) == (2, 1.0)
    record = await store.record(RECORD.call_id)
    assert record is not None
    assert (record.epoch, record.turns) == (2, 1)
    await first.aclose()
    await second.aclose()


@virtual_time
async def test_a_store_that_does_not_answer_costs_three_seconds_and_not_the_call() -> None:
    """The caller is in silence meanwhile: after that the agent goes on with what the dispatch says."""
    clock = FakeClock()
    store = FakeStore(clock)
    store.slow_s = 60.0
    scene = Scene(store, clock)
    began = clock.monotonic()
    assert await scene.keeping.recall(Dispatch(resume=RECORD.call_id, epoch=2)) is None
    assert clock.monotonic() - began <= 3.0
    chronicle = scene.keeping.chronicle(RECORD.evolve(epoch=2), None)
    assert chronicle.record.epoch == 2
    await scene.tasks.aclose()


@virtual_time
async def test_a_worker_that_lost_the_call_learns_it() -> None:
    """It hung, another took over, it woke up: two agents must not talk to one caller."""
    clock = FakeClock()
    store = FakeStore(clock)
    first, second = Scene(store, clock), Scene(store, clock)
    first.hold(1)
    await clock.sleep(1.0)
    assert await first.keeping.is_ours()
    second.hold(2)
    await clock.sleep(1.0)
    assert (first.lost, second.lost) == (1, 0)
    assert not await first.keeping.is_ours()
    await second.keeping.end(goes_on=False)
    assert list(await store.held(10.0)) == []
    await first.aclose()
    await second.aclose()


async def test_nothing_is_kept_before_the_call_is_known() -> None:
    """A call that never came to be leaves nothing to close."""
    clock = FakeClock()
    scene = Scene(FakeStore(clock), clock)
    await scene.keeping.end(goes_on=False)
    await scene.aclose()
    assert not scene.keeping.store_is_down
