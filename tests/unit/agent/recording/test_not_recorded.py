"""Callers who are not to be recorded, and are not: by whatever way they say so, and whoever dies or hangs meanwhile."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from agent.recording.parts import over
from agent.recording.stopped import Stopped
from calls.recording import RecordingState
from config.phrases.english import ENGLISH
from tests.support.a_recording import GREETING, Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_who_had_it_stopped_pays_by_card_and_is_still_not_recorded() -> None:
    """Neither by egress nor by ourselves, once the card is done."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert await scene.call.stop() is Stopped.DONE
    assert await scene.call.pause("card")
    scene.call.resume("card")
    await asyncio.sleep(10.0)
    assert (scene.recorder.live(), scene.own.is_on) == ([], False)
    await scene.over()


@virtual_time
async def test_who_says_no_before_it_begins_is_not_recorded() -> None:
    """There is nothing to prove of such a call, and nothing of our own is begun."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(1.0)
    assert await scene.call.stop() is Stopped.DONE
    await asyncio.sleep(20.0)
    assert (scene.recorder.started, scene.own.begun, scene.recording.state) == ([], False, RecordingState.DECLINED)
    await scene.over()


@virtual_time
async def test_a_no_over_the_notice_is_heard() -> None:
    """What is said over words that cannot be interrupted never becomes a turn."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(1.0)
    scene.talk.current_speech = SimpleNamespace(allow_interruptions=False)
    scene.call.overheard("I do not want to be recorded.")
    await asyncio.sleep(20.0)
    assert (scene.recorder.started, scene.talk.said[-1]) == ([], ENGLISH.stopped)
    scene.talk.current_speech = SimpleNamespace(allow_interruptions=True)
    scene.call.overheard("Stop recording.")  # a turn of its own: `heed` hears of it
    scene.talk.current_speech = None
    scene.call.overheard("Stop recording.")
    await asyncio.sleep(5.0)
    assert scene.talk.said.count(ENGLISH.stopped) == 1
    await scene.over()


@virtual_time
async def test_a_yes_to_a_question_that_was_not_heard_is_none() -> None:
    """The speech server is down, and "yes?" is what people say into a silence. A no is a no."""
    scene = Scene("on_consent")
    scene.played.broken = True
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert scene.hears("Yes?")
    await asyncio.sleep(3.0)
    assert scene.hears("Okay.")
    await asyncio.sleep(3.0)
    assert (scene.recorder.started, scene.own.begun, scene.recording.state) == ([], False, RecordingState.DECLINED)
    assert await scene.permits.consents("+12025550199") == []
    await scene.over()
    no = Scene("on_consent")
    no.played.broken = True
    no.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert no.hears("No.")
    await asyncio.sleep(1.0)
    assert no.recording.consent == "declined"
    await no.over()


@virtual_time
async def test_a_machine_that_says_yes_has_agreed_to_nothing() -> None:
    """It is neither recorded nor remembered."""
    scene = Scene("on_consent")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    scene.call.nobody_answered()
    scene.hears("Yes.")
    await asyncio.sleep(5.0)
    assert (scene.recorder.started, scene.own.begun) == ([], False)
    assert await scene.permits.consents("+12025550199") == []
    await scene.over()


@virtual_time
async def test_words_that_never_end_do_not_keep_an_unrecorded_call_open() -> None:
    """The speech server hangs over the apology: the call ends without it."""
    scene = Scene("required")
    scene.recorder.is_down = True
    scene.talk.hangs_at = scene.call.policy.unavailable
    scene.call.greet(GREETING)
    await asyncio.sleep(40.0)
    assert [ending.reason for ending in scene.ended] == ["not_recorded"]
    await scene.over()


@virtual_time
async def test_where_it_must_be_recorded_no_voice_for_the_notice_is_no_leave_to_go_on() -> None:
    scene = Scene("required")
    scene.talk.mute = True
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    assert [ending.reason for ending in scene.ended] == ["not_recorded"]
    await scene.over()


@virtual_time
async def test_a_no_after_a_take_over_stops_what_the_worker_before_had_begun() -> None:
    """It died before it could write that it had a yes; or the store is down, and nobody knows."""
    first = Scene("on_consent")
    first.call.greet(GREETING)
    await asyncio.sleep(5.0)
    first.hears("Yes.")
    await asyncio.sleep(5.0)
    await first.over()
    second = Scene("on_consent")
    second.tape._recorder = first.recorder
    assert second.call.take_over()
    second.call.announce(lambda: None)
    await asyncio.sleep(3.0)
    second.hears("No.")
    await asyncio.sleep(3.0)
    assert (first.recorder.live(), second.recording.state) == ([], RecordingState.DECLINED)
    await second.over()


@virtual_time
async def test_a_card_that_is_being_typed_over_a_worker_s_death_is_not_recorded() -> None:
    """The one that takes over begins nothing, and stops what the other had not; after the card it goes on."""
    first = Scene("best_effort")
    first.call.greet(GREETING)
    await asyncio.sleep(5.0)
    first.parts.pausing("card")  # and then it dies
    await first.over()
    second = Scene("best_effort", first.recording)
    second.tape._recorder = first.recorder
    second.call.keep_paused("card")
    assert not second.call.take_over()
    await asyncio.sleep(3.0)
    assert (first.recorder.live(), second.own.is_on, second.gaps) == ([], False, [("card", False)])
    assert await second.call.pause("card")
    await asyncio.sleep(20.0)
    assert first.recorder.live() == []
    second.call.resume("card")
    await asyncio.sleep(3.0)
    assert (len(first.recorder.live()), second.own.is_on, second.gaps) == (1, True, [("card", True)])
    await second.over()


@virtual_time
async def test_what_stops_late_for_a_caller_is_not_begun_again() -> None:
    """They were told that it could not be stopped; 4 s later it did: that was what they wanted, and nothing broke."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    scene.recorder.stops_after_s = 12.0
    assert await scene.call.stop() is Stopped.STILL_ON
    assert (scene.recording.state, len(scene.recorder.live()), scene.own.is_on) == (RecordingState.RUNNING, 1, False)
    await asyncio.sleep(60.0)
    assert (scene.recorder.live(), len(scene.recorder.started), scene.own.is_on) == ([], 1, False)
    (gap,), (part,) = scene.recording.gaps, scene.recording.parts
    assert (scene.recording.state, gap.reason, gap.until) == (RecordingState.PAUSED, "asked", None)
    assert (gap.since, part.trouble) == (part.ended_at, "")
    assert await scene.call.stop() is Stopped.DONE
    assert await scene.call.pause("card")
    scene.call.resume("card")
    await asyncio.sleep(10.0)
    assert (scene.recorder.live(), scene.own.is_on) == ([], False)
    await scene.over()


@virtual_time
async def test_what_could_not_be_stopped_and_breaks_is_not_begun_again() -> None:
    """Neither by this worker nor by the one that takes over before it ends."""
    for dies in (False, True):
        first = Scene("best_effort")
        first.call.greet(GREETING)
        await asyncio.sleep(5.0)
        first.recorder.stops_after_s = None
        assert await first.call.stop() is Stopped.STILL_ON
        last = first
        if dies:
            await first.over()
            last = Scene("best_effort", first.recording)
            last.tape._recorder = first.recorder
            assert not last.call.take_over()
            await asyncio.sleep(3.0)
        first.recorder.breaks("EG_1")
        await asyncio.sleep(60.0)
        assert (first.recorder.live(), len(first.recorder.started), last.own.is_on) == ([], 1, False)
        assert (last.recording.state, last.gaps) == (RecordingState.PAUSED, [("asked", False)])
        await last.over()


@virtual_time
async def test_what_was_never_stopped_has_no_gap_in_its_record() -> None:
    """The caller asked, and the file goes on to the call's end: whoever listens must not be told otherwise."""
    scene = Scene("best_effort")
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    scene.recorder.stops_after_s = None
    assert await scene.call.stop() is Stopped.STILL_ON
    await asyncio.sleep(10.0)
    over(scene.chronicle)
    assert (scene.recording.state, scene.gaps) == (RecordingState.ENDED, [])
    await scene.over()
