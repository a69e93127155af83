"""A reception's hands in the real call: the session, its voice, the record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from livekit.agents import AgentSession

from agent import metrics
from agent.chronicle import Chronicle
from agent.endings import Ending, Endings
from agent.outbound.screening import Answer
from agent.recording.call_recording import CallRecording
from agent.speaker import Speaker
from agent.turns.silence import SilenceWatch
from calls.events import AnswerDetected, CallerSpoke
from calls.outcome import Outcome
from calls.policy import Disclosure
from ops.deadline import DeadlineExceeded, deadline

_MENU_S = 20.0  # the model's choice and the keys; a menu hangs up on who takes longer
_LONGEST_TEXT = 500


@dataclass(frozen=True)
class SessionStage:
    """See agent.outbound.reception.Stage."""

    session: AgentSession[None]
    speaker: Speaker
    chronicle: Chronicle
    endings: Endings
    silence: SilenceWatch
    opt_out: Callable[[str], Awaitable[bool | None]]  # agent.outbound.opt_out.NoMoreCalls.take
    disclosure: Disclosure
    recording: CallRecording | None = None  # None: this call is not recorded
    greeted: asyncio.Event = field(default_factory=asyncio.Event)  # the greeting has begun

    def found(self, answer: Answer, after_s: float, text: str) -> None:
        if answer is Answer.MACHINE and self.recording is not None:
            self.recording.nobody_answered()
        metrics.ANSWERS.labels(answer=answer.value).inc()
        self.chronicle.add(AnswerDetected, answer=answer.value, after_s=round(after_s, 3), text=text[:_LONGEST_TEXT])

    def talk(self, *, on: bool) -> None:
        self.session.input.set_audio_enabled(on)
        self.silence.hold(on=not on)

    def greet(self, words: str) -> None:
        if self.recording is not None:
            self.recording.greet(words)
        else:
            self.speaker.say(words)
        self.greeted.set()

    async def tell(self, words: str) -> None:
        await self.speaker.say_heard(words, interruptible=False)

    async def answer_menu(self, text: str) -> None:
        try:
            async with deadline(_MENU_S, "answer to a menu"):
                await self.session.generate_reply(user_input=f"(a recorded menu says) {text}").wait_for_playout()
        except (DeadlineExceeded, RuntimeError):
            self.hush()

    def hush(self) -> None:
        with suppress(RuntimeError):  # the session is over: so is its voice
            self.session.interrupt(force=True)

    def spoke(self, text: str) -> None:
        """Write down what the callee said where the session will not: we speak before their turn is over."""
        self.chronicle.add(CallerSpoke, turn=self.chronicle.record.turns + 1, text=text)

    async def no_more(self, how: str) -> None:
        """Nothing but this is said any more: the words wait for no store, and the call is not over before both."""
        self.talk(on=False)
        self.hush()
        if self.recording is not None:
            self.recording.waiting.call_off()
        first = self.chronicle.record.answered_at is None
        words = self.speaker.phrases.no_more_calls
        await asyncio.gather(self.opt_out(how), self.tell(self.disclosure.applied_to(words) if first else words))
        self.end(Ending(Outcome.RESOLVED, "opted_out"))

    def end(self, ending: Ending) -> None:
        self.endings.now(ending)
