"""Where pauses, take-overs and starts that nobody answered meet: nothing records that should not, and nothing is said
to be stopped that is not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent import metrics
from calls.ports import Egress, RecorderDown
from calls.recording import RecordingState
from tests.fakes.clock import FakeClock
from tests.fakes.recorder import FakeRecorder
from tests.support.a_tape import ROOM, TapeScene
from tests.support.virtual_time import virtual_time


@virtual_time
async def test_a_card_does_not_undo_what_the_caller_asked_for() -> None:
    """Who had the recording stopped, and then pays by card, is not recorded again when the card is done."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    assert await scene.tape.pause("asked")
    assert await scene.tape.pause("card")
    scene.tape.resume("card")
    await asyncio.sleep(60.0)
    assert (scene.recorder.live(), scene.gaps) == ([], [("asked", False)])
    await scene.over()
    other = TapeScene()
    other.begin()
    await asyncio.sleep(2.0)
    assert await other.tape.pause("card")
    assert await other.tape.pause("asked")
    other.tape.resume("card")
    await asyncio.sleep(60.0)
    assert (other.recorder.live(), other.parts.gap) == ([], "asked")
    await other.over()


@virtual_time
async def test_a_second_pause_believes_no_more_than_the_first() -> None:
    """The caller says it and the model's tool does too: neither is told that it stopped before it did."""
    scene = TapeScene()
    scene.begin()
    await asyncio.sleep(2.0)
    scene.recorder.stops_after_s = None
    assert list(await asyncio.gather(scene.tape.pause("asked"), scene.tape.pause("asked"))) == [False, False]
    assert scene.recording.state is RecordingState.RUNNING
    await scene.over()


class Hangs(FakeRecorder):
    """Begins `late_s` after it was asked, which it never answers in time."""

    late_s = 7.0

    async def start(self, room: str, name: str) -> Egress:
        self.started.append((room, name))
        if len(self.started) > 1:
            await self._clock.sleep(22.0)
            raise RecorderDown("unavailable")
        await self._clock.sleep(4.0)
        asyncio.get_running_loop().call_later(self.late_s - 4.0, self.begin, room, name)
        raise RecorderDown("timeout")


@virtual_time
async def test_no_pause_is_promised_while_something_of_ours_records() -> None:
    """A start that nobody answered came true behind our back."""
    scene = TapeScene(Hangs(FakeClock()))
    scene.begin()
    await asyncio.sleep(30.0)  # both tries have failed
    scene.recorder.begin(ROOM, scene.names.part(2))
    scene.recorder.stops_after_s = None
    assert not await scene.tape.pause("card")
    scene.recorder.stops_after_s = 0.1
    assert await scene.tape.pause("card")
    assert scene.recorder.live() == []
    await scene.over()


@virtual_time
async def test_a_start_that_comes_true_late_records_no_pause() -> None:
    """Asked for, not answered, paused; and then it begins after all: it is stopped within a second or two."""
    scene = TapeScene(Hangs(FakeClock()))
    scene.begin()
    await asyncio.sleep(1.0)
    assert await scene.tape.pause("card")
    await asyncio.sleep(4.6)
    assert scene.recorder.items
    assert scene.recorder.live() == []
    await scene.over()


class EndsMeanwhile(FakeRecorder):
    """Its next listing takes two seconds, within which what records breaks."""

    slow = False

    async def of_room(self, room: str) -> Sequence[Egress]:
        if self.slow:
            self.slow = False
            await self._clock.sleep(2.0)
            self.breaks("EG_1")
        return await super().of_room(room)


@virtual_time
async def test_what_breaks_while_it_is_paused_is_paused() -> None:
    """Nothing records: that was wanted, is no trouble, and nothing is begun again."""
    recorder = EndsMeanwhile(FakeClock())
    scene = TapeScene(recorder)
    scene.begin()
    await asyncio.sleep(2.0)
    recorder.slow = True
    await asyncio.sleep(4.0)  # the look that finds it broken is under way
    assert not recorder.slow
    assert await scene.tape.pause("asked")
    await asyncio.sleep(60.0)
    assert (recorder.live(), scene.recording.state) == ([], RecordingState.PAUSED)
    assert [part.trouble for part in scene.recording.parts] == [""]
    await scene.over()


@virtual_time
async def test_a_worker_that_knows_nothing_goes_on_with_what_runs() -> None:
    """It could not read the record: after the notice it adopts the file that there is, and asks for no second."""
    first = TapeScene()
    first.begin()
    await asyncio.sleep(2.0)
    await first.over()
    second = TapeScene(first.recorder)
    second.tape.took_over()
    second.begin()
    await asyncio.sleep(20.0)
    assert (len(first.recorder.items), len(first.recorder.live())) == (1, 1)
    assert [part.egress_id for part in second.recording.parts] == ["EG_1"]
    assert second.recording.state is RecordingState.RUNNING
    await second.over()


@virtual_time
async def test_a_no_to_a_worker_that_took_over_stops_what_still_runs() -> None:
    """The one before it had a yes, or had not stopped it yet when it died."""
    first = TapeScene()
    first.begin()
    await asyncio.sleep(2.0)
    await first.over()
    second = TapeScene(first.recorder)
    second.tape.took_over()
    second.tape.give_up("asked", "declined")
    await asyncio.sleep(3.0)
    assert (first.recorder.live(), second.recording.state) == ([], RecordingState.DECLINED)
    await second.over()


@virtual_time
async def test_a_file_that_was_adopted_before_it_ran_must_come_to_run() -> None:
    """Else a line that must be recorded goes on for ever with one that only starts."""
    first = TapeScene()
    first.recorder.active_after_s = None
    first.begin()
    await asyncio.sleep(1.0)
    await first.over()
    second = TapeScene(first.recorder, first.recording)
    second.tape.adopt()
    await asyncio.sleep(2.0)
    assert second.recording.state is RecordingState.STARTING
    await asyncio.sleep(20.0)
    assert second.failures == 1
    await second.over()


@virtual_time
async def test_a_worker_that_takes_over_asks_for_no_second_file_because_it_cannot_look() -> None:
    """The server answers again after a moment: the first file goes on."""
    first = TapeScene()
    first.begin()
    await asyncio.sleep(2.0)
    await first.over()
    second = TapeScene(first.recorder, first.recording)
    first.recorder.is_down = True
    second.tape.adopt()
    await asyncio.sleep(3.0)
    first.recorder.is_down = False
    await asyncio.sleep(10.0)
    assert (len(first.recorder.items), second.recording.state) == (1, RecordingState.RUNNING)
    assert (second.failures, first.recorder.stopped) == (0, [])
    await second.over()


@virtual_time
async def test_a_pause_before_the_notice_leaves_nothing_paused() -> None:
    """Nothing was recorded, so nothing is interrupted; and once the notice was heard it begins all the same."""
    scene = TapeScene()
    assert await scene.tape.pause("card")
    assert (scene.recording.state, scene.gaps) == (RecordingState.WANTED, [])
    scene.tape.resume("card")
    scene.begin()
    await asyncio.sleep(2.0)
    assert scene.recording.state is RecordingState.RUNNING
    await scene.over()


@virtual_time
async def test_an_egress_that_stays_down_is_asked_less_and_less_often() -> None:
    """Each try is a row in the record and a line in the log."""
    scene = TapeScene()
    scene.recorder.refusals = ["unavailable"] * 1000
    scene.begin()
    await asyncio.sleep(3600.0)
    assert 20 < len(scene.recorder.started) < 60
    await scene.over()


@virtual_time
async def test_a_recording_that_nobody_can_look_at_is_alarmed_once() -> None:
    """It may have broken; it may run. It is neither begun beside itself nor taken for sound."""
    scene = TapeScene()
    before = _troubles("unseen")
    scene.begin()
    await asyncio.sleep(2.0)
    scene.recorder.is_down = True
    await asyncio.sleep(25.0)
    assert _troubles("unseen") == before
    await asyncio.sleep(60.0)
    assert _troubles("unseen") == before + 1
    scene.recorder.is_down = False
    await asyncio.sleep(10.0)
    assert (len(scene.recorder.items), scene.recording.state) == (1, RecordingState.RUNNING)
    await scene.over()


def _troubles(trouble: str) -> float:
    return float(metrics.RECORDING_TROUBLES.labels(line="clinic", trouble=trouble)._value.get())
