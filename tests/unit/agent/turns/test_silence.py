"""A caller who says nothing is asked twice and then told goodbye: a minute of it, in virtual time."""

import asyncio

from agent.turns.silence import SilenceWatch
from calls.policy import SilencePolicy
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time

POLICY = SilencePolicy(prompts=2, prompt_after_s=8.0, words=("one", "two"), farewell="bye")


class Line:
    """What the caller hears and when, and when the watch gives up."""

    def __init__(self, tasks: TaskSet) -> None:
        self.clock = FakeClock()
        self.said: list[tuple[float, str]] = []
        self.watch = SilenceWatch(POLICY, self.clock, tasks, self._say, self._give_up)

    async def _say(self, words: str) -> None:
        self.said.append((self.clock.monotonic(), words))
        self.watch.stop()  # the agent's state changes while it speaks
        await self.clock.sleep(1.0)

    async def _give_up(self) -> None:
        self.said.append((self.clock.monotonic(), "given up"))


@virtual_time
async def test_two_prompts_then_goodbye() -> None:
    """Nobody is left in an open line for ever: 8 s, a prompt of 1 s, 8 s, a prompt, 8 s."""
    tasks = TaskSet("test")
    line = Line(tasks)
    line.watch.quiet()
    await asyncio.sleep(120)
    assert line.said == [(8.0, "one"), (17.0, "two"), (26.0, "given up")]
    await tasks.aclose()


@virtual_time
async def test_the_callers_voice_sets_the_count_back() -> None:
    """Someone who answers the first prompt gets both prompts again later."""
    tasks = TaskSet("test")
    line = Line(tasks)
    line.watch.quiet()
    await asyncio.sleep(10)
    line.watch.caller_spoke()
    await asyncio.sleep(5)
    line.watch.quiet()
    await asyncio.sleep(120)
    assert [words for _, words in line.said] == ["one", "one", "two", "given up"]
    assert line.said[1][0] == 23.0
    await tasks.aclose()


@virtual_time
async def test_the_agents_own_talk_stops_the_timer() -> None:
    """While the agent thinks or speaks, the caller is not silent but listening."""
    tasks = TaskSet("test")
    line = Line(tasks)
    line.watch.quiet()
    await asyncio.sleep(7.9)
    line.watch.stop()
    await asyncio.sleep(120)
    assert line.said == []
    await tasks.aclose()
