"""No call lasts for ever: the warning in time, then the farewell and the end."""

import asyncio
from dataclasses import dataclass, field

from agent.endings import Ending, Endings
from agent.turns.cap import DurationCap
from calls.outcome import Outcome
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


POLICY = LengthPolicy(max_duration_s=600, warn_before_s=60, warning="soon", farewell="bye", with_person_s=1200)


@dataclass
class Counted:
    """A cap at work: what was said when, and how it ended."""

    clock: FakeClock = field(default_factory=FakeClock)
    tasks: TaskSet = field(default_factory=lambda: TaskSet("test"))
    said: list[tuple[float, str]] = field(default_factory=list)
    ended: list[Ending] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.endings = Endings(self.clock, self.tasks, self._finish)
        self.cap = DurationCap(POLICY, self.clock, self.tasks, self._say, self.endings)

    def _say(self, words: str) -> None:
        self.said.append((self.clock.monotonic(), words))

    async def _finish(self, ending: Ending) -> None:
        self.ended.append(ending)


@virtual_time
async def test_two_people_have_a_limit_of_their_own_and_are_warned_of_it() -> None:
    """From the call's beginning, also where another worker had it before; the call was handed over, and ends so."""
    for elapsed_s in (0.0, 900.0):
        counted = Counted()
        began = counted.clock.monotonic() - elapsed_s
        counted.cap.start(elapsed_s)
        counted.cap.joined()
        await asyncio.sleep(1201 - elapsed_s)
        assert [(round(at - began), words) for at, words in counted.said] == [(1140, "soon"), (1200, "bye")]
        counted.endings.agent_is_quiet()
        await asyncio.sleep(0.1)
        assert [(end.outcome, end.reason) for end in counted.ended] == [(Outcome.TRANSFERRED, "duration_cap")]
        await counted.tasks.aclose()


@virtual_time
async def test_time_is_not_called_to_somebody_on_hold() -> None:
    """They could not hear it. Back with the agent, they have a minute left, and are told."""
    counted = Counted()
    counted.cap.start()
    await asyncio.sleep(530)
    counted.cap.hold(on=True)
    await asyncio.sleep(100)
    assert counted.said == []
    counted.cap.hold(on=False)
    await asyncio.sleep(61)
    assert counted.said == [(630.0, "soon"), (690.0, "bye")]
    counted.cap.hold(on=True)  # too late: the goodbye is said
    await asyncio.sleep(2000)
    assert len(counted.said) == 2
    await counted.tasks.aclose()


@virtual_time
async def test_a_hold_that_the_end_of_the_call_breaks_off_begins_no_new_count() -> None:
    """The parts of a call let go in any order: one of them must not start a task that nobody waits for."""
    counted = Counted()
    counted.cap.start()

    async def on_hold() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            counted.cap.hold(on=False)

    counted.tasks.spawn(on_hold(), name="hold")
    await asyncio.sleep(1)
    await counted.tasks.aclose()
    assert counted.said == []
