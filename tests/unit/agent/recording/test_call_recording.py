"""What a caller lives through around a recording: told before it begins, asked where the line asks, heard when they say
no, and never recorded without having heard that they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents.llm import ChatMessage

from agent.endings import Ending, Endings
from agent.recording.asking import Asking
from agent.recording.call_recording import CallRecording
from agent.recording.memory import Memory
from agent.recording.stopped import Stopped
from agent.recording.wording import FOR_A_PERSON, MUST_BE, STILL_ON, STOPPED
from calls.policy import RecordingMode, RecordingPolicy
from calls.recording import Recording, RecordingState
from tests.fakes.permits import FakePermits
from tests.support.a_tape import TapeScene
from tests.support.virtual_time import virtual_time

GREETING = "Hello, this is the AI of Larkfield. How can I help you?"
FIRST, REST = "Hello, this is the AI of Larkfield.", "How can I help you?"
NOTICE, QUESTION = "This call is being recorded.", "May I record this call?"
SECONDS_EACH = 2.0


class Speech:
    def __init__(self, words: str) -> None:
        self.words, self.interrupted, self.over = words, False, asyncio.Event()
        self._callbacks: list[Callable[[Any], None]] = []

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        self._callbacks.append(callback)

    def done(self) -> None:
        self.over.set()
        for callback in self._callbacks:
            callback(self)

    def exception(self) -> None:
        return None


@dataclass
class Talk:
    """Session and speaker: words are said one after another, two seconds each, and noted when they have been heard."""

    scene: TapeScene
    said: list[str] = field(default_factory=list)
    replies: list[str | None] = field(default_factory=list)
    queue: list[Speech] = field(default_factory=list)
    user_state: str = "listening"
    deaf: bool = False
    uninterruptible: list[str] = field(default_factory=list)
    current_speech: Any = None
    mute: bool = False
    hangs_at: str = ""

    @property
    def input(self) -> Talk:
        return self

    def set_audio_enabled(self, on: bool) -> None:
        self.deaf = not on

    def interrupt(self, *, force: bool = False) -> None:
        assert force
        queue, self.queue = self.queue, []
        for speech in queue:
            speech.interrupted = True
            speech.done()

    def say(self, words: str, *, interruptible: bool = True) -> Speech | None:
        if self.mute:
            return None
        speech = Speech(words)
        self.queue.append(speech)
        if not interruptible:
            self.uninterruptible.append(words)
        if len(self.queue) == 1:
            self.scene.tasks.spawn(self._speak(), name="speak")
        return speech

    async def say_heard(self, words: str, *, interruptible: bool = True) -> None:
        if (speech := self.say(words, interruptible=interruptible)) is not None:
            await speech.over.wait()

    def reply(self, to: str | None = None) -> None:
        self.replies.append(to)

    def hold(self, *, on: bool) -> None: ...

    async def _speak(self) -> None:
        while self.queue:
            speech = self.queue[0]
            await asyncio.sleep(SECONDS_EACH if speech.words != self.hangs_at else 3600.0)
            if self.queue and self.queue[0] is speech:
                self.queue.pop(0)
                self.said.append(speech.words)
                speech.done()


@dataclass
class OwnTrack:
    is_on: bool = False
    begun: bool = False
    discarded: bool = False

    def begin(self) -> None:
        self.begun = self.is_on = True

    def pause(self) -> None:
        self.is_on = False

    def resume(self) -> None:
        self.is_on = self.begun

    async def discard(self) -> None:
        self.discarded = True


class Heard:
    """agent.recording.played.Played: everything that was not interrupted was."""

    broken = False

    def heard(self, speech: Speech, words: str) -> bool:
        return not speech.interrupted and not self.broken


class Scene(TapeScene):
    def __init__(self, mode: str, recording: Recording | None = None, permits: FakePermits | None = None) -> None:
        super().__init__(recording=recording or Recording(mode))
        self.permits = permits or FakePermits(self.clock)
        self.talk, self.own, self.played = Talk(self), OwnTrack(), Heard()
        self.ended: list[Ending] = []
        self.spoke: list[str] = []
        self.endings = Endings(self.clock, self.tasks, self._finish)
        asking = Asking(
            *(self.talk, self.talk, self.talk, self.played.heard),  # type: ignore[arg-type]
            lambda said: self.spoke.append(said.text_content or ""),
        )
        self.call = CallRecording(
            RecordingPolicy(mode=RecordingMode(mode)),
            *(self.parts, self.own, self.talk, self.talk, self.endings, self.played, asking),  # type: ignore[arg-type]
            Memory(self._open, lambda: "+12025550199", "call-1", self.clock),
            self.tasks,
        )
        self.call.tape = self.tape
        self.tape._failed = self.call.failed

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[FakePermits]:
        yield self.permits

    async def _finish(self, ending: Ending) -> None:
        self.ended.append(ending)

    def hears(self, text: str) -> bool:
        return self.call.heed(ChatMessage(role="user", content=[text]))


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
    assert scene.call.for_a_person == FOR_A_PERSON
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
    ("mode", "words", "live"), [("best_effort", STOPPED, False), ("required", MUST_BE, True), ("stuck", STILL_ON, True)]
)
@virtual_time
async def test_stop_recording_is_understood_without_the_model(mode: str, words: str, live: bool) -> None:
    """It stops for good, or the caller is told that it does not and may hang up."""
    scene = Scene("best_effort" if mode == "stuck" else mode)
    scene.call.greet(GREETING)
    await asyncio.sleep(5.0)
    if mode == "stuck":
        scene.recorder.stops_after_s = None
    assert scene.hears("Please stop recording.")
    await asyncio.sleep(15.0)
    assert (scene.talk.said[-1], scene.spoke) == (words, ["Please stop recording."])
    assert (bool(scene.recorder.live()), scene.own.is_on) == (live, live)
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
    assert (scene.recorder.started, scene.talk.said[-1]) == ([], STOPPED)
    scene.talk.current_speech = SimpleNamespace(allow_interruptions=True)
    scene.call.overheard("Stop recording.")  # a turn of its own: `heed` hears of it
    scene.talk.current_speech = None
    scene.call.overheard("Stop recording.")
    await asyncio.sleep(5.0)
    assert scene.talk.said.count(STOPPED) == 1
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
