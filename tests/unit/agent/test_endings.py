"""A call ends once, after the words that are being said, and whatever happens not later than a deadline."""

import asyncio

from agent.endings import Ending, Endings
from calls.outcome import Outcome
from ops.tasks import TaskSet
from tests.fakes.clock import FakeClock
from tests.support.virtual_time import virtual_time

BYE = Ending(Outcome.RESOLVED, "agent_said_goodbye")
BROKEN = Ending(Outcome.FAILED, "failure", "llm_down", firm=True)


class Call:
    def __init__(self) -> None:
        self.tasks = TaskSet("test")
        self.ended: list[Ending] = []
        self.endings = Endings(FakeClock(), self.tasks, self._finish)

    async def _finish(self, ending: Ending) -> None:
        self.ended.append(ending)


@virtual_time
async def test_the_wish_waits_for_the_words() -> None:
    """end_call runs before its goodbye is spoken: hanging up then would cut it off."""
    call = Call()
    call.endings.after_words(BYE)
    await asyncio.sleep(5)
    assert not call.ended
    call.endings.agent_is_quiet()
    call.endings.now(BROKEN)
    await asyncio.sleep(60)
    assert call.ended == [BYE]
    await call.tasks.aclose()


@virtual_time
async def test_the_moment_between_two_things_to_say_is_not_the_end() -> None:
    """The goodbye waits behind a greeting: the agent is quiet once between them, and once after it, in either order
    with the end of the words."""
    for quiet_last in (True, False):
        call = Call()
        call.endings.words_ahead()
        call.endings.after_words(BYE)
        call.endings.words_ahead()
        call.endings.agent_is_quiet()
        call.endings.words_over()
        await asyncio.sleep(5)
        assert not call.ended
        for told in (
            (call.endings.words_over, call.endings.agent_is_quiet)
            if quiet_last
            else (call.endings.agent_is_quiet, call.endings.words_over)
        ):
            told()
        await asyncio.sleep(0.1)
        assert call.ended == [BYE]
        await call.tasks.aclose()


@virtual_time
async def test_words_that_are_never_spoken_do_not_keep_the_line_open() -> None:
    """The speech server may die under the goodbye: 20 s, then the end."""
    call = Call()
    call.endings.after_words(BYE)
    await asyncio.sleep(21)
    assert call.ended == [BYE]
    await call.tasks.aclose()


@virtual_time
async def test_a_caller_who_goes_on_keeps_the_line_but_not_a_broken_one() -> None:
    """ "Oh, one more thing" is heard; a call that can no longer be served ends all the same."""
    call = Call()
    call.endings.after_words(BYE)
    call.endings.caller_goes_on()
    call.endings.agent_is_quiet()
    await asyncio.sleep(60)
    assert not call.ended
    assert not call.endings.wished
    call.endings.after_words(BROKEN)
    call.endings.caller_goes_on()
    call.endings.agent_is_quiet()
    await asyncio.sleep(1)
    assert call.ended == [BROKEN]
    await call.tasks.aclose()
