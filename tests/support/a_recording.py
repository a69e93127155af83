"""The recording of a call with its talk, on the clock of the test: whatever is said takes two seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from livekit.agents.llm import ChatMessage

from agent.endings import Ending, Endings
from agent.recording.asking import Asking
from agent.recording.call_recording import CallRecording
from agent.recording.memory import Memory
from agent.recording.turned_away import TurnedAway
from agent.recording.waiting import Waiting
from calls.outcome import Outcome
from calls.policy import RecordingMode, RecordingPolicy
from calls.recording import Recording
from config.phrases.english import ENGLISH
from config.phrases.phrases import Phrases
from tests.fakes.permits import FakePermits
from tests.support.a_tape import TapeScene

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
    held: bool = False
    uninterruptible: list[str] = field(default_factory=list)
    current_speech: Any = None
    mute: bool = False
    hangs_at: str = ""
    phrases: Phrases = ENGLISH

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

    def hold(self, *, on: bool) -> None:
        self.held = on

    def quiet(self) -> None:
        assert not self.held

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
    paused: bool = False
    begun: bool = False
    discarded: bool = False

    @property
    def is_on(self) -> bool:
        return self.begun and not self.paused

    def begin(self) -> None:
        self.begun = True

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

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
        self.policy = RecordingPolicy(mode=RecordingMode(mode), unavailable_transfer="desk")
        self.talk, self.own, self.played = Talk(self), OwnTrack(), Heard()
        self.ended: list[Ending] = []
        self.spoke: list[str] = []
        self.endings = Endings(self.clock, self.tasks, self._finish)
        asking = Asking(
            *(self.talk, self.talk, self.talk, self.played.heard),  # type: ignore[arg-type]
            lambda said: self.spoke.append(said.text_content or ""),
        )
        self.call = CallRecording(
            self.policy,
            *(self.parts, self.own, self.talk, self.talk, self.endings, self.played, asking),  # type: ignore[arg-type]
            Waiting(self.talk, self.talk, self.talk, self.endings, self.tasks),  # type: ignore[arg-type]
            TurnedAway(self.policy, self.talk, self.talk, self.endings),  # type: ignore[arg-type]
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

    def hangs_up(self) -> None:
        self.endings.now(Ending(Outcome.RESOLVED, "caller_hung_up"))
