"""No call lasts for ever: the warning in time, then the farewell and the end."""

import asyncio

from agent.endings import Ending, Endings
from agent.turns.cap import DurationCap
from calls.policy import LengthPolicy
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_warning_then_the_end() -> None:
    """Half an hour with a warning a minute before; the end waits for the farewell to be heard."""
    clock, tasks, said, ended = FakeClock(), TaskSet("test"), list[tuple[float, str]](), list[Ending]()

    async def finish(ending: Ending) -> None:
        ended.append(ending)

    endings = Endings(clock, tasks, finish)
    policy = LengthPolicy(max_duration_s=1800, warn_before_s=60, warning="soon", farewell="bye")
    DurationCap(policy, clock, tasks, lambda words: said.append((clock.monotonic(), words)), endings).start()
    await asyncio.sleep(1801)
    assert said == [(1740.0, "soon"), (1800.0, "bye")]
    assert not ended
    endings.caller_goes_on()  # "but I only wanted ...": the cap can't be talked away
    endings.agent_is_quiet()
    await asyncio.sleep(0.1)
    assert [ending.reason for ending in ended] == ["duration_cap"]
    await tasks.aclose()
