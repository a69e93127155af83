"""The recording of one call as the talk sees it: what is said of it, when it begins, and who may stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from livekit.agents import AgentSession, UserInputTranscribedEvent
from livekit.agents.llm import ChatMessage

from agent import metrics
from agent.endings import Endings
from agent.recording.asking import Asking
from agent.recording.memory import Memory
from agent.recording.parts import Parts
from agent.recording.played import Played
from agent.recording.stopped import Stopped
from agent.recording.tape import ASKED, Tape
from agent.recording.turned_away import NOT_RECORDED, TurnedAway
from agent.recording.waiting import Waiting
from agent.recording.wording import is_more_than, wants_no_recording
from agent.speaker import Speaker
from calls.policy import RecordingMode, RecordingPolicy, first_sentence
from calls.recording import RecordingState
from ops import logging
from ops.tasks import TaskSet

_log = logging.get(__name__)

_JUST_THAT = 9  # words: "please stop recording this call now"; what is more the model answers too
_GOES_ON = (RecordingState.STARTING, RecordingState.RUNNING)


class OwnTrack(Protocol):
    """The worker's own track of the call (agent/spool). None of these waits, but `discard`."""

    def begin(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    async def discard(self) -> None: ...


@dataclass
class CallRecording:
    """One per call whose line records."""

    policy: RecordingPolicy
    parts: Parts
    own: OwnTrack
    session: AgentSession[Any]
    speaker: Speaker
    endings: Endings
    played: Played
    asking: Asking
    waiting: Waiting
    turned_away: TurnedAway
    memory: Memory
    tasks: TaskSet
    tape: Tape = field(init=False)
    _nobody: bool = field(default=False, init=False)

    # -- the beginning -------------------------------------------------------------------------------------------

    def greet(self, greeting: str) -> None:
        """Say it with the notice, or the question, after its first sentence; and record from then on."""
        first, rest = first_sentence(greeting)

        def go_on() -> None:
            if rest:
                self.speaker.say(rest)

        if self.parts.recording.settled:
            self.speaker.say(greeting)
        elif self.policy.mode is RecordingMode.ON_CONSENT:
            self.speaker.say(first, interruptible=False)
            self._ask(go_on)
        else:
            self._tell(f"{first} {self.policy.notice}")
            self.when_it_runs(go_on)

    def announce(self, go_on: Callable[[], None]) -> None:
        """In mid-talk: a worker died before the caller had heard of it. `go_on` says what comes next."""
        if self.policy.mode is RecordingMode.ON_CONSENT:
            self._ask(go_on)
        else:
            self._tell(self.policy.notice)
            self.when_it_runs(go_on)

    def when_it_runs(self, go_on: Callable[[], None]) -> None:
        """`go_on` says what comes next: at once, where the call may be had without a recording. Else the caller is not
        heard until it is seen to run, or is paused for a card."""
        if self.policy.mode is RecordingMode.REQUIRED and not self._is_off and not self.tape.is_held:
            self.waiting.begin(self.tape.running, go_on)
        else:
            go_on()

    def take_over(self) -> bool:
        """Another worker had the call. True: as far as can be known, the caller was not told yet."""
        recording = self.parts.recording
        self.tape.took_over()
        if recording.settled:
            self.tape.adopt()  # to stop what was to be stopped when it died
            return False
        if recording.notice_at is None:
            return True
        self.tape.adopt()
        if self.tape.is_held:
            self.own.pause()
        self.own.begin()
        return False

    def _tell(self, words: str) -> None:
        speech = self.speaker.say(words, interruptible=False)
        if speech is not None:
            speech.add_done_callback(lambda done: self._told(self.played.heard(done, words)))
        else:
            self._told(False)

    def _told(self, heard: bool) -> None:
        if self.endings.decided is not None or self._is_off or self.waiting.called_off:
            return
        if heard:
            self._begin("")
            return
        self._trouble("no_notice")
        self.failed()

    @property
    def _is_off(self) -> bool:
        """Nobody is to be recorded any more, whatever was heard or answered."""
        return self._nobody or self.parts.recording.settled

    def _begin(self, consent: str) -> None:
        self.parts.noticed(consent)
        self.own.begin()
        self.tape.begin()
        self.waiting.noticed()

    def _ask(self, go_on: Callable[[], None]) -> None:
        self.tasks.spawn(self._consented(go_on), name="recording consent")

    async def _consented(self, go_on: Callable[[], None]) -> None:
        known = await self.memory.answer()
        if known is True:
            self._tell(self.policy.notice)
        elif known is False:
            self.tape.give_up("remembered", "declined")
        else:
            answer, kept = await self.asking.ask(self.policy.question)
            if self.endings.decided is not None or self._nobody:
                return
            if not self.parts.recording.settled:  # else they said so in another way meanwhile
                self._answered(answer)
            if kept:
                self.speaker.reply(kept)
                return
        go_on()

    def _answered(self, answer: bool | None) -> None:
        if answer is not None:
            self.tasks.spawn(self.memory.keep(yes=answer), name="remember consent")
        if answer:
            self._begin("given")
            return
        self.tape.give_up("no_answer" if answer is None else "asked", "" if answer is None else "declined")
        self.speaker.say(self.policy.declined)

    # -- in mid-call ---------------------------------------------------------------------------------------------

    @property
    def goes_on(self) -> bool:
        return self.parts.recording.state in _GOES_ON

    @property
    def for_a_person(self) -> str:
        """What a person who is to talk to the caller must know."""
        return self.speaker.phrases.recorded if self.goes_on else ""

    def heed(self, said: ChatMessage) -> bool:
        """The caller said this. True: it is dealt with, and the model need not answer."""
        if self.waiting.is_on or self.asking.heed(said):
            return True
        text = said.text_content or ""
        if self.parts.recording.settled or not wants_no_recording(text):
            return False
        self.tasks.spawn(self._stop_and_say(), name="stop recording")
        if is_more_than(text, _JUST_THAT):
            return False
        self.asking.spoke(said)
        return True

    def transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final:
            self.overheard(event.transcript)

    def overheard(self, text: str) -> None:
        """The caller said this over words of ours that cannot be interrupted: it never becomes a turn of theirs."""
        speech = self.session.current_speech
        if speech is None or speech.allow_interruptions or self.parts.recording.settled or self.asking.is_asking:
            return
        if (self.parts.gap != ASKED or self.goes_on) and wants_no_recording(text):
            self.tasks.spawn(self._stop_and_say(), name="stop recording")

    async def stop(self) -> Stopped:
        """The caller does not want to be recorded."""
        if self.parts.recording.settled:
            return Stopped.NEVER_WAS
        if self.policy.mode is RecordingMode.REQUIRED:
            return Stopped.MUST_BE
        if self.parts.recording.notice_at is None:  # it has not begun, and will not
            self.tape.give_up(ASKED)
            return Stopped.DONE
        # Whoever waits for the answer may give up; what was asked for is done all the same.
        stopping = self.tasks.spawn(self.pause(ASKED), name="stop recording")
        return Stopped.DONE if await asyncio.shield(stopping) else Stopped.STILL_ON

    async def _stop_and_say(self) -> None:
        own = self.speaker.phrases
        words = {Stopped.DONE: own.stopped, Stopped.MUST_BE: own.must_be, Stopped.STILL_ON: own.still_on}
        stopped = await self.stop()
        if stopped in words:
            self.speaker.say(words[stopped])

    async def pause(self, reason: str) -> bool:
        """True: nothing is recorded any more, nor kept by ourselves."""
        self.own.pause()
        if await self.tape.pause(reason):
            return True
        self._own_goes_on()
        return False

    def keep_paused(self, reason: str) -> None:
        """Before it begins: a worker before us had paused it, and paused it stays. `pause` follows."""
        self.own.pause()
        self.tape.keep_paused(reason)

    def resume(self, reason: str) -> None:
        self.tape.resume(reason)
        self._own_goes_on()

    def _own_goes_on(self) -> None:
        if not self.tape.is_held:
            self.own.resume()

    def nobody_answered(self) -> None:
        """Who answered, or seemed to, is nobody: nobody can be told, so nothing is recorded."""
        self._nobody = True
        self.waiting.call_off()
        if self.parts.recording.notice_at is not None:
            self.tape.give_up("machine")
            self.tasks.spawn(self.own.discard(), name="discard")

    def failed(self) -> None:
        """It could not be had. Where it must be, the call is over."""
        if self.policy.mode is not RecordingMode.REQUIRED or self.waiting.called_off:
            return
        if self.endings.decided is None:
            self.waiting.call_off()
            self.tape.keep_paused(NOT_RECORDED)  # they are told that it is not: what begins late is stopped
            self.tasks.spawn(self.turned_away.run(), name="not recorded")

    def _trouble(self, reason: str) -> None:
        metrics.RECORDING_TROUBLES.labels(line=self.parts.line, trouble=reason).inc()
        _log.error("the recording is in trouble", reason=reason)
