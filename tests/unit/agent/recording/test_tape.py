"""A recording is what it is wanted to be, whatever egress does; and its record says what it is."""

from __future__ import annotations

import asyncio

import pytest

from agent.recording.parts import over
from calls.ports import EgressStatus
from calls.recording import Recording, RecordingState
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import FakeRecorder
from tests.support.a_tape import ROOM, TapeScene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_nothing_is_asked_for_before_the_notice_and_running_is_seen_not_believed() -> None:
    """The record goes wanted, starting, running; and running no sooner than egress is active."""
    scene = TapeScene()
    await asyncio.sleep(10.0)
    assert (scene.recorder.started, scene.recording.state) == ([], RecordingState.WANTED)
    scene.begin()
    await asyncio.sleep(0.3)
    assert scene.recording.state is RecordingState.STARTING
    await asyncio.sleep(1.0)
    (part,) = scene.recording.parts
    assert (scene.recording.state, scene.states) == (RecordingState.RUNNING, ["starting", "running"])
    assert scene.recorder.started == [(ROOM, scene.names.part(1))]
    assert (part.egress_id, part.started_at) == ("EG_1", scene.recorder.items["EG_1"].started_at)
    await scene.over()


@virtual_time
async def test_a_start_that_fails_is_tried_once_more_under_another_name() -> None:
    """Of the first nobody has seen anything: there is nothing of it to prove."""
    scene = TapeScene()
    scene.recorder.refusals = ["unavailable"]
    scene.begin()
    await asyncio.sleep(2.0)
    assert [part.name for part in scene.recording.parts] == [scene.names.part(2)]
    assert (scene.recording.state, scene.failures) == (RecordingState.RUNNING, 0)
    await scene.over()


@virtual_time
async def test_an_egress_that_never_gets_active_is_given_up_in_time_and_stopped() -> None:
    """Twice start_s, and the call is told; what began late records nobody unannounced."""
    scene = TapeScene()
    scene.recorder.active_after_s = None
    scene.begin()
    await asyncio.sleep(9.9)
    assert scene.failures == 0
    await asyncio.sleep(1.0)
    assert (scene.failures, scene.reasons) == (1, ["not_started", "not_started"])
    assert [part.trouble for part in scene.recording.parts] == ["not_started", "not_started"]
    assert set(scene.recorder.stopped) == {"EG_1", "EG_2"}
    await scene.over()


@virtual_time
async def test_a_dead_server_costs_its_deadline_and_the_call_goes_on_trying() -> None:
    """A server that is down for a while records the rest of the call."""
    scene = TapeScene()
    scene.recorder.is_down = True
    scene.begin()
    await asyncio.sleep(1.0)
    assert (scene.failures, scene.recording.parts, scene.recording.trouble) == (1, (), "unreachable")
    scene.recorder.is_down = False
    await asyncio.sleep(35.0)
    assert (scene.recording.state, scene.recording.trouble) == (RecordingState.RUNNING, "")
    await scene.over()


@virtual_time
async def test_a_start_that_comes_true_after_it_was_given_up_is_ours() -> None:
    """Rather than stopped for one that may not come: seen within seconds, and only once something is wanted."""
    scene = TapeScene()
    scene.recorder.refusals = ["unavailable", "unavailable"]
    scene.begin()
    await asyncio.sleep(1.0)
    assert scene.failures == 1
    scene.recorder.begin(ROOM, scene.names.part(2))
    await asyncio.sleep(6.0)
    assert (scene.recording.state, scene.recorder.live()) == (RecordingState.RUNNING, [scene.names.part(2)])
    assert len(scene.recorder.started) == 2
    assert await scene.tape.pause("asked")
    late = scene.recorder.begin(ROOM, scene.names.part(3))
    await asyncio.sleep(8.0)
    assert scene.recorder.stopped[-1] == late.egress_id
    assert scene.recorder.live() == []
    await scene.over()


class LateAnswer(FakeRecorder):
    """Begins when it is asked, and says so far too late."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.start_takes_s = 22.0


@virtual_time
async def test_a_start_that_was_not_answered_is_found_and_no_ghost_stays() -> None:
    """The server takes 22 s to say what it did at once: the recording is ours, not a second one."""
    clock = FakeClock()
    scene = TapeScene(LateAnswer(clock))
    scene.begin()
    await asyncio.sleep(6.0)
    assert (scene.recording.state, len(scene.recorder.items)) == (RecordingState.RUNNING, 1)
    await scene.over()


@virtual_time
async def test_what_breaks_in_mid_call_is_seen_and_begun_again_with_the_gap_marked() -> None:
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    scene.recorder.breaks("EG_1", EgressStatus.ABORTED)
    await asyncio.sleep(7.0)
    assert scene.states == ["starting", "running", "starting", "starting", "running"]
    assert [part.trouble for part in scene.recording.parts] == ["aborted", ""]
    assert (scene.gaps, scene.recorder.live()) == ([("broken", True)], [scene.names.part(2)])
    await scene.over()


@virtual_time
async def test_nothing_is_begun_for_a_call_that_ends() -> None:
    """It would join a room that is gone, and make it anew. What runs is recorded on; a pause is still seen to."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    scene.tape.wind_up()
    assert scene.recorder.live() == [scene.names.part(1)]
    scene.recorder.breaks("EG_1", EgressStatus.FAILED)
    await asyncio.sleep(30.0)
    assert len(scene.recorder.started) == 1
    await scene.over()
    other = TapeScene()
    other.recorder.refusals = ["unavailable"]
    other.begin()
    await asyncio.sleep(0.05)
    other.tape.wind_up()  # while the first try is under way
    await asyncio.sleep(30.0)
    assert len(other.recorder.started) == 1
    await other.over()
    paused = TapeScene()
    paused.begin()
    await asyncio.sleep(2.0)
    paused.tape.wind_up()
    assert await paused.tape.pause("asked")
    assert paused.recorder.live() == []
    await paused.over()


@virtual_time
async def test_a_pause_is_true_only_once_nothing_records_and_going_on_is_a_new_file() -> None:
    """No digit is asked for before egress was seen to stop."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    assert await scene.tape.pause("card")
    assert (scene.recorder.live(), scene.recording.state) == ([], RecordingState.PAUSED)
    await asyncio.sleep(20.0)
    scene.tape.resume("asked")  # another's pause
    await asyncio.sleep(2.0)
    assert scene.recorder.live() == []
    scene.tape.resume("card")
    await asyncio.sleep(2.0)
    assert (scene.recorder.live(), scene.gaps) == ([scene.names.part(2)], [("card", True)])
    assert scene.recording.state is RecordingState.RUNNING
    await scene.over()


@virtual_time
async def test_what_cannot_be_stopped_is_no_pause() -> None:
    """The answer is no, the record has no gap, and the recording is known to go on."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    scene.recorder.stops_after_s = None
    assert not await scene.tape.pause("card")
    assert (scene.gaps, scene.recording.state) == ([], RecordingState.RUNNING)
    await asyncio.sleep(20.0)
    assert scene.recorder.live() == [scene.names.part(1)]
    await scene.over()


@virtual_time
async def test_a_pause_while_it_is_being_begun_holds() -> None:
    scene = TapeScene()
    scene.recorder.start_takes_s = scene.recorder.active_after_s = 3.0
    scene.begin()
    await asyncio.sleep(1.0)
    assert await scene.tape.pause("asked")
    await asyncio.sleep(60.0)
    assert (scene.recorder.live(), scene.recording.state) == ([], RecordingState.PAUSED)
    await scene.over()


@virtual_time
async def test_a_worker_that_takes_over_adopts_what_runs() -> None:
    """It goes on in the same file; nothing is begun beside it."""
    first = TapeScene()
    first.begin()
    await asyncio.sleep(2.0)
    await first.over()
    second = TapeScene(first.recorder, first.recording)
    second.tape.adopt()
    await asyncio.sleep(12.0)
    assert (len(first.recorder.items), second.states) == (1, ["running"])
    assert await second.tape.pause("card")
    assert second.recorder.live() == []
    await second.over()


@pytest.mark.parametrize(("reason", "parts"), [("card", 2), ("asked", 1)])
@virtual_time
async def test_a_worker_that_takes_over_a_paused_call(reason: str, parts: int) -> None:
    """Nobody types a card any more, so it goes on; who asked not to be recorded is not."""
    first = TapeScene()
    first.begin()
    await asyncio.sleep(2.0)
    await first.tape.pause(reason)
    await first.over()
    second = TapeScene(first.recorder, first.recording)
    second.tape.adopt()
    await asyncio.sleep(12.0)
    assert len(second.recording.parts) == parts
    assert bool(second.recorder.live()) is (reason == "card")
    await second.over()


@virtual_time
async def test_what_nobody_waits_for_is_stopped_and_other_calls_are_left_alone() -> None:
    """A start that came true after it was given up; and another's egress in the same room."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    ghost = scene.recorder.begin(ROOM, scene.names.part(7))
    other = scene.recorder.begin(ROOM, "elsewhere/file.ogg")
    await asyncio.sleep(8.0)
    assert scene.recorder.stopped == [ghost.egress_id]
    assert other.name in scene.recorder.live()
    await scene.over()


@virtual_time
async def test_who_turns_out_to_be_nobody_is_not_recorded() -> None:
    """What there is is to be thrown away, and nothing new begins."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    scene.tape.give_up("machine")
    await asyncio.sleep(60.0)
    assert (scene.recording.state, scene.recorder.live()) == (RecordingState.DECLINED, [])
    assert await scene.tape.pause("card")
    scene.tape.resume("card")
    await asyncio.sleep(5.0)
    assert (scene.recording.state, scene.recorder.live()) == (RecordingState.DECLINED, [])
    await scene.over()


@virtual_time
async def test_the_end_says_what_is_to_be_proven() -> None:
    """Before the notice nothing; after it there should have been something, also where nothing came."""
    scene = TapeScene()
    over(scene.chronicle)
    assert scene.recording.state is RecordingState.NOT_BEGUN
    scene = TapeScene()
    scene.recorder.is_down = True
    scene.begin()
    await asyncio.sleep(2.0)
    over(scene.chronicle)
    over(scene.chronicle)
    assert (scene.recording.state, scene.recording.trouble) == (RecordingState.ENDED, "unreachable")
    assert scene.states.count("ended") == 1
    await scene.over()
    declined = TapeScene(recording=Recording("on_consent", RecordingState.DECLINED))
    over(declined.chronicle)
    assert (declined.recording.state, declined.states) == (RecordingState.DECLINED, [])


@virtual_time
async def test_once_the_call_is_over_nothing_is_begun() -> None:
    """The room is gone: what ends with it has not broken."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    scene.tape.close()
    scene.recorder.close()
    scene.tape.resume("card")
    scene.tape.begin()
    await asyncio.sleep(60.0)
    assert len(scene.recorder.started) == 1
    await scene.tasks.aclose()
