"""Callers who never pause are cut in on; callers who do are not."""

import asyncio

from agent.turns.monologue import Monologue
from ops.clock import SystemClock
from ops.tasks import TaskSet
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_whoever_talks_on_is_stopped_and_stopped_again() -> None:
    """Ten minutes without a pause: every minute the agent says its words."""
    cuts: list[float] = []
    tasks, now = TaskSet("test"), asyncio.get_running_loop().time
    begun = now()

    async def cut_in() -> None:
        cuts.append(now() - begun)

    subject = Monologue(60.0, SystemClock(), tasks, cut_in)
    subject.begins()
    await asyncio.sleep(601)
    await tasks.aclose()
    assert [round(at) for at in cuts] == [60 * n for n in range(1, 11)]


@virtual_time
async def test_a_pause_starts_the_count_anew() -> None:
    """Two accounts of 40 s each are two turns, not a monologue of 80 s."""
    cuts: list[int] = []
    tasks = TaskSet("test")

    async def cut_in() -> None:
        cuts.append(1)

    subject = Monologue(60.0, SystemClock(), tasks, cut_in)
    for _ in range(2):
        subject.begins()
        await asyncio.sleep(40)
        subject.pauses()
        await asyncio.sleep(1)
    await asyncio.sleep(100)
    await tasks.aclose()
    assert not cuts
