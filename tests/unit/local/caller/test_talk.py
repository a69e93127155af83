"""A conversation in virtual time: who waits for whom, and what is measured of it."""

from __future__ import annotations

import pytest

from local.caller.errors import NoAnswerError
from local.caller.sound import Pcm
from local.caller.talk import Talk
from tests.fakes.clock import FakeClock
from tests.fakes.scripted_leg import ScriptedLeg, voice
from tests.support.virtual_time import virtual_time


def talk_over(leg: ScriptedLeg, clock: FakeClock) -> Talk:
    return Talk(leg, clock=clock, transcribe=None)


@virtual_time
async def test_a_talk_waits_for_each_answer_to_end_and_measures_it() -> None:
    """Three turns, each answered 600 ms after the last word: that, and nothing of the script's, is what is reported."""
    clock = FakeClock()
    leg = ScriptedLeg(clock, reply_s=0.6, reply_for_s=2.0)
    await leg.connect()
    talk = talk_over(leg, clock)
    greeting = await talk.heard_answer(5)
    assert greeting.span.start_s == pytest.approx(0.5, abs=0.03)
    assert greeting.span.end_s == pytest.approx(2.5, abs=0.03)
    for _ in range(3):
        await talk.say(voice(1.5), "a line")
        heard = await talk.heard_answer(5)
        assert heard.span.end_s - heard.span.start_s == pytest.approx(2.0, abs=0.05)
        assert leg.handset.now_s - heard.span.end_s == pytest.approx(0.8, abs=0.05)
    await talk.hangup()
    report = talk.report()
    assert report.voice_to_voice_ms == pytest.approx([600.0] * 3, abs=45)  # the script's own grain is 20 ms, twice
    assert report.barge_in_ms == []
    assert report.greeted_after_ms == pytest.approx(500, abs=30)
    assert [bool(one.line) for one in talk.exchanges] == [False, True, True, True]
    assert all(one.heard for one in talk.exchanges)


@virtual_time
async def test_a_barge_in_begins_in_mid_answer_and_is_measured_to_the_silence() -> None:
    clock = FakeClock()
    leg = ScriptedLeg(clock, greeting=(0.5, 9.0), stops_after_s=0.3)
    await leg.connect()
    talk = talk_over(leg, clock)
    await talk.barge_in(voice(1.5), after_s=1.0)
    heard = await talk.heard_answer(5)
    await talk.hangup()
    report = talk.report()
    assert report.turns[0].said.start_s == pytest.approx(1.5, abs=0.05)
    assert report.barge_in_ms == pytest.approx([300], abs=45)
    assert report.voice_to_voice_ms == pytest.approx([600], abs=45)
    assert heard.span.start_s == pytest.approx(3.6, abs=0.1)


@virtual_time
async def test_an_agent_that_says_nothing_is_found_out_in_time() -> None:
    """Neither the greeting's silence nor a turn's makes the caller wait for ever."""
    clock = FakeClock()
    leg = ScriptedLeg(clock, greeting=None, reply_s=None)
    await leg.connect()
    talk = talk_over(leg, clock)
    with pytest.raises(NoAnswerError, match="nothing within 3 s"):
        await talk.heard_answer(3)
    await talk.say(voice(1.0))
    with pytest.raises(NoAnswerError, match="nothing within 4 s"):
        await talk.heard_answer(4)
    assert leg.handset.now_s == pytest.approx(8.0, abs=0.1)
    await talk.hangup()
    assert talk.report().turns[0].answered_s is None


@virtual_time
async def test_an_agent_that_never_stops_is_found_out_too() -> None:
    clock = FakeClock()
    leg = ScriptedLeg(clock, greeting=(0.5, 500.0))
    await leg.connect()
    talk = talk_over(leg, clock)
    with pytest.raises(NoAnswerError, match="was not silent"):
        await talk.quiet(0.8, timeout_s=20)
    await talk.hangup()


@virtual_time
async def test_a_call_that_ends_in_mid_answer_ends_the_waiting() -> None:
    """The agent's last words before it hangs up are an answer; the next line has none."""
    clock = FakeClock()
    leg = ScriptedLeg(clock, reply_for_s=60.0, ends_at_s=8.0)
    await leg.connect()
    talk = talk_over(leg, clock)
    await talk.heard_answer(5)
    await talk.say(voice(1.0))
    heard = await talk.heard_answer(5)
    assert heard.span.end_s == pytest.approx(8.0, abs=0.1)
    assert leg.ended.is_set()
    said = await talk.say(voice(1.0))
    assert said.said is not None
    assert said.said.end_s == said.said.start_s
    with pytest.raises(NoAnswerError, match="room_deleted"):
        await talk.heard_answer(5)
    await talk.hangup()


@virtual_time
async def test_what_was_heard_is_given_to_the_ears() -> None:
    """Sixteen thousand samples a second, from the first audible one on."""
    given: list[Pcm] = []

    async def ears(pcm: Pcm) -> str:
        given.append(pcm)
        return "good morning"

    clock = FakeClock()
    leg = ScriptedLeg(clock)
    await leg.connect()
    talk = Talk(leg, clock=clock, transcribe=ears)
    heard = await talk.heard_answer(5)
    await talk.hangup()
    assert heard.words == "good morning"
    assert len(given[0]) == pytest.approx(2.0 * 16_000, abs=700)
