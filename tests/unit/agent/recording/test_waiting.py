"""Where a call must be recorded a caller could talk for ten seconds before the apology, on no recording. Now they are
neither heard nor answered before it is seen to run; and no longer than that."""

from __future__ import annotations

import asyncio

import pytest

from calls.recording import RecordingState
from config.phrases.english import ENGLISH
from tests.support.a_recording import FIRST, GREETING, NOTICE, REST, Scene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_the_rest_is_said_as_soon_as_it_runs_and_nobody_is_heard_before() -> None:
    """0.6 s after the notice: no silence that anybody would notice."""
    scene = Scene("required")
    scene.call.greet(GREETING)
    assert (scene.talk.deaf, scene.talk.held) == (True, True)
    await asyncio.sleep(2.5)
    assert scene.hears("I need an appointment.")
    assert (scene.talk.deaf, scene.talk.queue, scene.recording.state) == (True, [], RecordingState.STARTING)
    await asyncio.sleep(0.2)
    assert scene.recording.state is RecordingState.RUNNING
    assert (scene.talk.deaf, scene.talk.held) == (False, False)
    assert [speech.words for speech in scene.talk.queue] == [REST]
    await asyncio.sleep(3.0)
    assert (scene.talk.said, scene.spoke, scene.talk.replies) == ([f"{FIRST} {NOTICE}", REST], [], [])
    assert not scene.hears("I need an appointment.")
    await scene.over()


@virtual_time
async def test_an_egress_that_takes_its_time_is_no_dead_line() -> None:
    """The real one is seen to run 1.5 to 3 s after the notice."""
    scene = Scene("required")
    scene.recorder.active_after_s = 2.5
    scene.call.greet(GREETING)
    await asyncio.sleep(9.0)
    assert scene.talk.said == [f"{FIRST} {NOTICE}", ENGLISH.one_moment, REST]
    await scene.over()


@pytest.mark.parametrize("trouble", ["down", "never"])
@virtual_time
async def test_what_does_not_begin_is_an_apology_and_nothing_of_a_talk(trouble: str) -> None:
    scene = Scene("required")
    scene.recorder.is_down = trouble == "down"
    scene.recorder.active_after_s = None
    scene.call.greet(GREETING)
    for _ in range(40):
        await asyncio.sleep(0.5)
        assert scene.talk.deaf
        assert scene.hears("Hello?")
    moment = [ENGLISH.one_moment] * (
        trouble == "never"
    )  # said once, a second after the notice; else it is over by then
    assert scene.talk.said == [f"{FIRST} {NOTICE}", *moment, scene.call.policy.unavailable]
    assert [ending.reason for ending in scene.ended] == ["not_recorded"]
    await scene.over()


@virtual_time
async def test_what_begins_during_the_apology_begins_no_talk() -> None:
    """A start that was given up comes true: the caller was told already that there is no call."""
    scene = Scene("required")
    scene.recorder.refusals = ["unavailable"] * 2
    scene.call.greet(GREETING)
    await asyncio.sleep(2.5)
    scene.tape.running.set()
    await asyncio.sleep(10.0)
    assert (scene.talk.said, scene.talk.deaf) == ([f"{FIRST} {NOTICE}", scene.call.policy.unavailable], True)
    await scene.over()


@virtual_time
async def test_other_lines_wait_for_nothing() -> None:
    scene = Scene("best_effort")
    scene.recorder.is_down = True
    scene.call.greet(GREETING)
    await asyncio.sleep(4.5)
    assert (scene.talk.said, scene.talk.deaf, scene.talk.held) == ([f"{FIRST} {NOTICE}", REST], False, False)
    await scene.over()


@pytest.mark.parametrize("lost", [False, True])
@virtual_time
async def test_a_worker_that_takes_over_goes_on_once_it_has_seen_it_run(lost: bool) -> None:
    """The record says that it runs; whether it does is seen and not believed."""
    first = Scene("required")
    first.call.greet(GREETING)
    await asyncio.sleep(5.0)
    await first.over()
    assert first.recording.state is RecordingState.RUNNING
    second = Scene("required", first.recording)
    second.tape._recorder = first.recorder
    first.recorder.is_down = lost
    went_on: list[bool] = []
    assert not second.call.take_over()
    second.call.when_it_runs(lambda: went_on.append(second.talk.deaf))
    assert (second.talk.deaf, went_on) == (True, [])
    await asyncio.sleep(0.5)
    assert went_on == ([] if lost else [False])
    await asyncio.sleep(40.0)
    assert [ending.reason for ending in second.ended] == (["not_recorded"] if lost else [])
    assert (second.talk.deaf, len(went_on)) == (lost, 0 if lost else 1)
    await second.over()


@virtual_time
async def test_a_worker_that_takes_over_untold_announces_and_waits() -> None:
    scene = Scene("required")
    assert scene.call.take_over()
    went_on: list[str] = []
    scene.call.announce(lambda: went_on.append(scene.recording.state.value))
    assert scene.talk.deaf
    await asyncio.sleep(5.0)
    assert (scene.talk.said, went_on, scene.talk.deaf) == ([NOTICE], ["running"], False)
    await scene.over()


@virtual_time
async def test_a_card_that_is_being_typed_is_not_waited_for() -> None:
    """Nothing is recorded because it may not be, and the caller must hear that they are to type on."""
    first = Scene("required")
    first.call.greet(GREETING)
    await asyncio.sleep(5.0)
    first.parts.pausing("card")
    await first.over()
    second = Scene("required", first.recording)
    second.tape._recorder = first.recorder
    second.call.keep_paused("card")
    went_on: list[bool] = []
    assert not second.call.take_over()
    second.call.when_it_runs(lambda: went_on.append(True))
    assert (went_on, second.talk.deaf) == ([True], False)
    await second.over()


@virtual_time
async def test_who_turns_out_to_be_nobody_or_wants_no_more_calls_is_not_talked_to() -> None:
    """A machine, or a callee who opts out, while the recording begins: what is said to them is others' to say."""
    for leaves in ("machine", "opt out"):
        scene = Scene("required")
        scene.recorder.active_after_s = 2.0
        scene.call.greet(GREETING)
        await asyncio.sleep(2.5)
        if leaves == "machine":
            scene.call.nobody_answered()
        else:
            scene.call.waiting.call_off()
        await asyncio.sleep(20.0)
        assert (scene.talk.said, scene.talk.deaf, scene.ended) == ([f"{FIRST} {NOTICE}"], True, [])
        await scene.over()
