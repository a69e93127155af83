"""How many speak at once. Time is virtual."""

from __future__ import annotations

import asyncio

import pytest

from ops.tasks import TaskSet
from tests.support.virtual_time import virtual_time
from tts_server.admission import Admission
from tts_server.errors import EngineFull
from tts_server.metrics import Metrics


async def _hold(admission: Admission, until: asyncio.Event, entered: list[str], name: str) -> None:
    async with admission.slot():
        entered.append(name)
        await until.wait()


@virtual_time
async def test_the_queue_is_served_in_order_and_one_more_is_told_to_come_back() -> None:
    admission, tasks, entered = Admission(1, 2, 5.0, Metrics()), TaskSet("test"), list[str]()
    gates = {name: asyncio.Event() for name in "abc"}
    for name, gate in gates.items():
        tasks.spawn(_hold(admission, gate, entered, name), name=name)
        await asyncio.sleep(0)
    assert repr(admission) == "<Admission 1/1 speaking 2/2 waiting>"
    with pytest.raises(EngineFull) as full:
        async with admission.slot():
            pass
    assert full.value.retry_after_s > 0
    for name, gate in gates.items():
        assert entered[-1] == name
        gate.set()
        await asyncio.sleep(0.01)
    assert entered == ["a", "b", "c"]
    assert repr(admission) == "<Admission 0/1 speaking 0/2 waiting>"
    await tasks.aclose()


@virtual_time
async def test_nobody_waits_longer_than_promised() -> None:
    """Late audio is useless to a caller: after wait_s it is a no, and the place in the queue is free."""
    admission, tasks = Admission(1, 2, 2.0, Metrics()), TaskSet("test")
    tasks.spawn(_hold(admission, asyncio.Event(), [], "a"), name="a")
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()
    with pytest.raises(EngineFull):
        async with admission.slot():
            pass
    assert asyncio.get_running_loop().time() - began == pytest.approx(2.0)
    assert repr(admission) == "<Admission 1/1 speaking 0/2 waiting>"
    await tasks.aclose()


@virtual_time
async def test_a_caller_who_leaves_the_queue_or_fails_takes_no_place_with_him() -> None:
    """A leaked slot is a server that refuses everyone in the end."""
    metrics = Metrics()
    admission, tasks, entered = Admission(1, 2, 5.0, metrics), TaskSet("test"), list[str]()
    for name in "ab":
        task = tasks.spawn(_hold(admission, asyncio.Event(), entered, name), name=name)
        await asyncio.sleep(0)
    task.cancel()  # b, who waits
    await asyncio.sleep(0)
    assert repr(admission) == "<Admission 1/1 speaking 0/2 waiting>"
    await tasks.aclose()  # a, who speaks
    with pytest.raises(ZeroDivisionError):
        async with admission.slot():
            raise ZeroDivisionError
    assert repr(admission) == "<Admission 0/1 speaking 0/2 waiting>"
    assert "tts_speaking_requests 0.0" in metrics.page().decode()
    assert "tts_queued_requests 0.0" in metrics.page().decode()
