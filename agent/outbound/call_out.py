"""A call that we make, from the agent's readiness to the talk: put together from its parts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from livekit import rtc
from livekit.agents import UserInputTranscribedEvent, stt, vad

from agent import presence
from agent.endings import Ending
from agent.opening import Opening
from agent.outbound.callee import Callee, NotAnswered
from agent.outbound.ears import listening
from agent.outbound.languages.table import wording_of
from agent.outbound.order import Order
from agent.outbound.reception import Reception, asking
from agent.outbound.stage import SessionStage
from agent.outbound.wording import Wording
from agent.recording.wording import greeting_pieces
from agent.speech.phrases import PhraseBook
from agent.speech.tts import SpeechTTS
from calls.outcome import Outcome
from config.model import Line
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

READY_ATTRIBUTE = "switchboard.ready"
"""Set to "1" on the agent when it can hear and speak: whoever dials waits for it."""

_READY_S, _READY_TRIES = 2.0, 5


class Told(presence.Told, Protocol):
    def callee_answered(self, participant: rtc.RemoteParticipant) -> None: ...


@dataclass(frozen=True)
class CallOut:
    """`prepared` before the session starts, `run` once it has, unless the callee has been spoken to already."""

    opening: Opening
    room: rtc.Room
    stage: SessionStage
    phrases: PhraseBook
    clock: Clock
    tasks: TaskSet
    told: Told

    @property
    def order(self) -> Order:
        return self.opening.order or Order()

    @property
    def line(self) -> Line:
        return self.opening.line

    @property
    def _wording(self) -> Wording:
        return wording_of(self.line.language)

    def prepared(self) -> CallOut:
        """From now on who wants no more calls is understood without the model. Until the answer the session is deaf."""
        self.stage.session.on("user_input_transcribed", self._transcribed)
        if self.opening.is_to_be_answered:
            self.stage.talk(on=False)
        return self

    async def run(self) -> None:
        """Say that we are ready, wait for the answer, and receive whoever answers."""
        callee = Callee(self.room, self.order)

        def room_gone(reason: rtc.DisconnectReason.ValueType) -> None:
            if not callee.room_gone():
                presence.room_gone(reason, self.told)

        self.room.on("disconnected", room_gone)
        self.tasks.spawn(self._say_ready(), name="ready")
        self.tasks.spawn(self._render(), name="render")
        try:
            participant = await callee.answered()
        except NotAnswered as left:
            self.stage.end(Ending(Outcome.ABANDONED, left.reason))
            return
        finally:
            callee.close()
            self.room.off("disconnected", room_gone)
        self.told.callee_answered(participant)
        voices, words = self.stage.session.vad, self.stage.session.stt
        assert isinstance(voices, vad.VAD) and isinstance(words, stt.STT)  # noqa: S101 - agent/session.py made both
        async with listening(self.room, participant, voices, words) as ears:
            await Reception(self.order, self.line, self.stage, ears, self.clock, self.tasks).receive()

    def keys(self, digits: str) -> bool:
        """Is that nothing for the model? The key that the greeting offers against more calls ends the call; others that
        are pressed before the greeting has said who calls are pressed for nobody."""
        if digits.rstrip("#") == "9" and self._wording.offers_nine(self.line.greeting):
            self.tasks.spawn(self.stage.no_more("key"), name="opt out")
            return True
        return self.opening.is_to_be_answered and not self.stage.greeted.is_set()

    async def _say_ready(self) -> None:
        """Until the server has it: the library says nothing of an update that was refused or lost on its way."""
        me, seen = self.room.local_participant, asyncio.Event()

        def changed(_: dict[str, str], participant: rtc.Participant) -> None:
            if participant.identity == me.identity and me.attributes.get(READY_ATTRIBUTE) == "1":
                seen.set()

        self.room.on("participant_attributes_changed", changed)
        try:
            for _ in range(_READY_TRIES):
                try:
                    async with deadline(_READY_S, "our readiness"):
                        await me.set_attributes({READY_ATTRIBUTE: "1"})
                        await seen.wait()
                    return
                except (DeadlineExceeded, RuntimeError, OSError) as error:
                    _log.warning("readiness not confirmed", error_type=type(error).__name__)
        finally:
            self.room.off("participant_attributes_changed", changed)

    def _transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final and self._wording.wants_no_more_calls(event.transcript):
            self.stage.spoke(event.transcript)
            self.tasks.spawn(self.stage.no_more("voice"), name="opt out")

    async def _render(self) -> None:
        """While it rings: what is said to this callee alone."""
        tts = self.stage.session.tts
        if isinstance(tts, SpeechTTS):
            line = self.line
            words = [*greeting_pieces(line), line.voicemail, asking(line), line.phrases.no_more_calls]
            await self.phrases.hold(words, tts, deadline_s=self.order.ringing_s)
