"""An alarm rings when events are spilled or lost: their counters must say so, each event once, whatever the journal's
state was when the call began to be watched."""

from __future__ import annotations

import asyncio

from prometheus_client import REGISTRY

from agent.behind import Behind
from calls.journal import State
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


def value(name: str) -> float:
    return REGISTRY.get_sample_value(f"switchboard_journal_{name}") or 0.0


def test_each_event_counts_once() -> None:
    """Counters take what came since the last reading; gauges say how it is now."""
    state = State()
    behind = Behind(lambda: state, FakeClock())
    names = ("spilled_events_total", "replayed_events_total", "dropped_events_total")
    before = [value(name) for name in names]
    for state in (
        State(behind=3, lag_s=2.5, down=True),
        State(2, 5, 0, 1, 4.0),
        State(2, 5, 0, 1, 4.0),
        State(0, 6, 6, 1),
    ):
        behind.observe()
        assert (value("lag_seconds"), value("behind_events")) == (state.lag_s, state.behind)
    assert [value(name) - old for name, old in zip(names, before, strict=True)] == [6, 6, 1]


@virtual_time
async def test_it_is_read_every_second() -> None:
    """A store that goes away in the middle of a call is seen during the call, not at its end."""
    readings: list[float] = []
    clock, tasks = FakeClock(), TaskSet("test")

    def state() -> State:
        readings.append(clock.monotonic())
        return State()

    tasks.spawn(Behind(state, clock).watch(), name="watch")
    await asyncio.sleep(2.5)
    await tasks.aclose()
    assert [round(reading - readings[0], 3) for reading in readings] == [0.0, 1.0, 2.0]
