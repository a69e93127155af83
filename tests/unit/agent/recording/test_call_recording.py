"""What a caller lives through around a recording: told before it begins, asked where the line asks, heard when they say
no, and never recorded without having heard that they are."""

from __future__ import annotations

import asyncio

import pytest

from agent.recording.stopped import Stopped
from calls.recording import Recording, RecordingState
from config.phrases.english import ENGLISH
from tests.support.a_recording import FIRST, GREETING, NOTICE, QUESTION, REST, Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_the_notice_is_heard_to_its_end_before_anything_is_recorded() -> None:
    """It cannot be talked over, and what comes after it waits for nothing."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(1.9)
    assert (scene.recorder.started, scene.own.begun) == ([], False)
    await asyncio.sleep(0.2)
    assert (len(scene.recorder.started), scene.own.is_on) == (1, True)
    await asyncio.sleep(2.0)
    assert scene.talk.said == [f"{FIRST} {NOTICE}", REST]
    assert scene.talk.uninterruptible == [f"{FIRST} {NOTICE}"]
    assert scene.recording.notice_at == pytest.approx(scene.clock.now() - 2.1)
    assert scene.call.for_a_person == ENGLISH.recorded
    await scene.over()


@pytest.mark.parametrize("mode", ["best_effort", "required"])
@virtual_time
async def test_a_notice_that_was_not_heard_begins_nothing(mode: str) -> None:
    """Where it must be recorded the call is over; else it goes on, alarmed."""
    scene = Scene(mode)
    scene.played.broken = True
    scene.call.greet(GREETING)
    await asyncio.sleep(10.0)
    assert (scene.recorder.started, scene.own.begun, scene.recording.state) == ([], False, RecordingState.WANTED)
    assert [ending.reason for ending in scene.ended] == (["not_recorded"] if mode == "required" else [])
    assert scene.call.for_a_person == ""
    await scene.over()


@virtual_time
async def test_where_it_must_be_recorded_a_dead_egress_ends_the_call_in_words() -> None:
    """Whatever is being said, and nobody answers in between."""
    scene = Scene("required")
    scene.recorder.is_down = True
    scene.call.greet(GREETING)
    await asyncio.sleep(10.0)
    assert scene.talk.said[-1] == scene.call.policy.unavailable
    assert (scene.talk.deaf, [ending.reason for ending in scene.ended]) == (True, ["not_recorded"])
    await scene.over()


@virtual_time
async def test_a_yes_records_and_is_remembered_with_the_notice_alone_next_time() -> None:
    scene = Scene("on_consent")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert (scene.talk.said, scene.recorder.started) == ([FIRST, QUESTION], [])
    assert scene.hears("Yes, please.")
    await asyncio.sleep(3.0)
    assert (scene.talk.said, scene.spoke) == ([FIRST, QUESTION, REST], ["Yes, please."])
    assert (scene.recording.state, scene.recording.consent) == (RecordingState.RUNNING, "given")
    assert not scene.hears("What are your hours?")
    await scene.over()
    again = Scene("on_consent", permits=scene.permits)
    again.call.greet(GREETING)
    await asyncio.sleep(7.0)
    assert again.talk.said == [FIRST, NOTICE, REST]
    assert again.recording.state is RecordingState.RUNNING
    await again.over()


@pytest.mark.parametrize("no", ["No, I'd rather not.", "I do not want to be recorded."])
@virtual_time
async def test_a_no_is_kept_to_and_remembered(no: str) -> None:
    scene = Scene("on_consent")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert scene.hears(no)
    await asyncio.sleep(5.0)
    assert scene.talk.said == [FIRST, QUESTION, scene.call.policy.declined, REST]
    assert (scene.recording.state, scene.recording.consent) == (RecordingState.DECLINED, "declined")
    assert (scene.recorder.started, scene.own.begun, scene.talk.replies) == ([], False, [])
    await scene.over()
    again = Scene("on_consent", permits=scene.permits)
    again.call.greet(GREETING)
    await asyncio.sleep(60.0)
    assert (again.talk.said, again.recorder.started) == ([FIRST, REST], [])
    await again.over()


@virtual_time
async def test_who_asks_for_something_instead_is_asked_twice_and_then_answered() -> None:
    """What they wanted is not lost, and they are not recorded."""
    scene = Scene("on_consent")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert scene.hears("I need an appointment.")
    await asyncio.sleep(3.0)
    assert scene.hears("On Tuesday.")
    await asyncio.sleep(3.0)
    assert scene.talk.said == [FIRST, QUESTION, QUESTION, scene.call.policy.declined]
    assert (scene.talk.replies, scene.recorder.started) == (["I need an appointment. On Tuesday."], [])
    assert (scene.recording.state, scene.recording.consent) == (RecordingState.DECLINED, "")
    await scene.over()


@virtual_time
async def test_who_says_nothing_is_not_recorded() -> None:
    """Nor remembered: they may not have understood."""
    scene = Scene("on_consent")
    scene.call.greet(GREETING)
    await asyncio.sleep(40.0)
    assert scene.talk.said == [FIRST, QUESTION, QUESTION, scene.call.policy.declined, REST]
    assert await scene.permits.consents("+12025550199") == []
    await scene.over()


@virtual_time
async def test_a_yes_with_a_wish_is_both() -> None:
    scene = Scene("on_consent")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert scene.hears("Yes, and I would like to book an appointment.")
    await asyncio.sleep(3.0)
    assert scene.talk.replies == ["Yes, and I would like to book an appointment."]
    assert (scene.talk.said, scene.recording.state) == ([FIRST, QUESTION], RecordingState.RUNNING)
    await scene.over()


@pytest.mark.parametrize(
    ("mode", "words", "live"),
    [("best_effort", ENGLISH.stopped, False), ("required", ENGLISH.must_be, True), ("stuck", ENGLISH.still_on, True)],
)
@virtual_time
async def test_stop_recording_is_understood_without_the_model(mode: str, words: str, live: bool) -> None:
    """It stops for good, or the caller is told that it does not and may hang up; our own track stops all the same."""
    scene = Scene("best_effort" if mode == "stuck" else mode)
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    if mode == "stuck":
        scene.recorder.stops_after_s = None
    assert scene.hears("Please stop recording.")
    await asyncio.sleep(15.0)
    assert (scene.talk.said[-1], scene.spoke) == (words, ["Please stop recording."])
    assert (bool(scene.recorder.live()), scene.own.is_on) == (live, mode == "required")
    scene.call.resume("card")
    await asyncio.sleep(5.0)
    assert bool(scene.recorder.live()) is live
    await scene.over()


@virtual_time
async def test_a_long_sentence_with_the_wish_in_it_is_answered_too() -> None:
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert not scene.hears("Please stop recording this call and then tell me when you are open on Friday")
    await asyncio.sleep(5.0)
    assert (scene.recorder.live(), scene.spoke) == ([], [])
    await scene.over()


@virtual_time
async def test_the_tool_learns_what_is_so() -> None:
    """Asked again it is stopped still; a call that is not recorded was never."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert [await scene.call.stop(), await scene.call.stop()] == [Stopped.DONE, Stopped.DONE]
    assert scene.gaps == [("asked", False)]
    await scene.over()
    declined = Scene("on_consent", Recording("on_consent", RecordingState.DECLINED))
    declined.call.greet(GREETING)
    assert await declined.call.stop() is Stopped.NEVER_WAS
    await asyncio.sleep(5.0)
    assert declined.talk.said == [GREETING]
    await declined.over()


@virtual_time
async def test_a_machine_that_was_taken_for_a_person_is_not_recorded() -> None:
    """Before the notice's end nothing had begun; after it, what there is is thrown away."""
    early, late = Scene("required"), Scene("best_effort")
    early.call.greet(GREETING)
    await asyncio.sleep(1.0)
    early.call.nobody_answered()
    early.talk.interrupt(force=True)
    await asyncio.sleep(10.0)
    assert (early.recorder.started, early.ended, early.recording.state) == ([], [], RecordingState.WANTED)
    late.call.greet(GREETING)
    await asyncio.sleep(4.0)
    late.call.nobody_answered()
    await asyncio.sleep(2.0)
    assert (late.recorder.live(), late.own.discarded) == ([], True)
    assert late.recording.state is RecordingState.DECLINED
    await early.over()
    await late.over()


@virtual_time
async def test_a_worker_that_takes_over_announces_only_what_was_not_announced() -> None:
    told = Scene("best_effort")
    told.call.greet(GREETING)
    await asyncio.sleep(5.0)
    await told.over()
    next_one = Scene("best_effort", told.recording)
    next_one.recorder = told.recorder
    next_one.tape._recorder = told.recorder
    assert not next_one.call.take_over()
    await asyncio.sleep(6.0)
    assert (next_one.talk.said, len(told.recorder.items), next_one.own.is_on) == ([], 1, True)
    await next_one.over()
    untold = Scene("best_effort")
    assert untold.call.take_over()
    untold.call.announce(lambda: untold.talk.reply())
    await asyncio.sleep(4.0)
    assert (untold.talk.said, untold.talk.replies) == ([NOTICE], [None])
    assert untold.recording.state is RecordingState.RUNNING
    await untold.over()
    settled = Scene("on_consent", Recording("on_consent", RecordingState.DECLINED))
    assert not settled.call.take_over()
    await settled.over()
