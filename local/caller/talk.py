"""A conversation over a leg: say a line, hear the answer, interrupt, hang up; afterwards, what the ear heard in ms."""

from __future__ import annotations

from dataclasses import dataclass, field

from local.caller import hearing, measure
from local.caller.errors import NoAnswerError
from local.caller.legs import Leg
from local.caller.recorder import Side
from local.caller.sound import Pcm
from local.caller.voice import speak
from ops.clock import Clock, SystemClock
from ops.deadline import DeadlineExceeded, deadline

FINISHED_S = 0.8
"""So much silence, and the agent has finished: longer than its pauses, shorter than a caller's patience."""

_TRANSCRIBED_WITHIN_S = 30.0
_GRAIN_S = 0.01
_STILL_S = 0.3  # audible so short a time ago, and the agent is still talking


@dataclass(frozen=True, slots=True)
class Heard:
    """What the agent said, as the caller heard it."""

    span: measure.Span  # seconds of the call
    sound: Pcm  # 16 kHz
    words: str | None  # by the caller's own ears; None when it has none


@dataclass(slots=True)
class Exchange:
    """One line of the caller and the answer to it. The greeting is an exchange without a line."""

    line: str
    said: measure.Span | None
    heard: Heard | None = None
    turn: measure.Turn | None = None  # once measured: Talk.report


@dataclass(frozen=True, slots=True)
class Report:
    """A talk, measured from its sound. Times in ms; see measure.py for what they mean."""

    turns: list[measure.Turn]
    greeted_after_ms: float | None  # from placing the call to the first audible sample

    @property
    def voice_to_voice_ms(self) -> list[float]:
        return [turn.voice_to_voice_ms for turn in self.turns if turn.voice_to_voice_ms is not None]

    @property
    def barge_in_ms(self) -> list[float]:
        return [turn.barge_in_ms for turn in self.turns if turn.barge_in_ms is not None]


@dataclass(slots=True)
class Talk:
    """Over a leg that has been answered."""

    leg: Leg
    clock: Clock = field(default_factory=SystemClock)
    transcribe: hearing.Transcribe | None = None  # hearing.Ears().words, or none: the sound can be read after the call
    exchanges: list[Exchange] = field(default_factory=list)
    _since_s: float = 0.0  # an answer begins after this second

    async def say(self, line: str | Pcm, name: str = "") -> Exchange:
        """Speak a line now, whoever is talking. `name` stands for a line that is given as sound."""
        pcm = await speak(line) if isinstance(line, str) else line
        interrupting = self._quiet_for_s() < _STILL_S
        spoken = await self.leg.say(pcm)
        last_s = self.leg.handset.caller.last_s
        answering = not interrupting and self._quiet_for_s() < _STILL_S  # it began before the line's end
        begins_s = spoken.start_s if answering or last_s is None else last_s
        self._since_s = max(self._since_s, begins_s)
        text = line if isinstance(line, str) else name
        self.exchanges.append(Exchange(text, measure.Span(spoken.start_s, spoken.end_s)))
        return self.exchanges[-1]

    async def barge_in(self, line: str | Pcm, *, after_s: float = 0.0, timeout_s: float = 15.0) -> Exchange:
        """Speak once the agent has been audible for `after_s` of its present answer. NoAnswerError if it never is."""
        pcm = await speak(line) if isinstance(line, str) else line
        onset_s = await self._onset(timeout_s)
        await self.clock.sleep(onset_s + after_s - self.leg.handset.now_s)
        return await self.say(pcm, line if isinstance(line, str) else "")

    async def heard_answer(self, timeout_s: float = 15.0, *, finished_s: float = FINISHED_S) -> Heard:
        """Wait for the agent's answer to the last line (or its greeting) to begin, within `timeout_s`, and to end.

        NoAnswerError when it does not begin, or when the call is over before.
        """
        start_s = await self._onset(timeout_s)
        await self.quiet(finished_s)
        end_s = max(start_s, self.leg.handset.agent.last_s or start_s)
        self._since_s = self.leg.handset.now_s
        sound = self.leg.recorder.sound(Side.AGENT, start_s, end_s)
        heard = Heard(measure.Span(start_s, end_s), sound, await self._words(sound))
        if not self.exchanges or self.exchanges[-1].heard is not None:
            self.exchanges.append(Exchange("", None))
        self.exchanges[-1].heard = heard
        return heard

    async def quiet(self, seconds: float, *, timeout_s: float = 120.0) -> None:
        """Wait until the agent has been silent for `seconds`, or the call is over. NoAnswerError if it talks on."""
        try:
            async with deadline(timeout_s, "the agent's silence"):
                while (left_s := seconds - self._quiet_for_s()) > 0 and not self.leg.ended.is_set():
                    await self.clock.sleep(max(left_s, _GRAIN_S))
        except DeadlineExceeded as error:
            raise NoAnswerError(f"The agent was not silent for {seconds:g} s in {timeout_s:g} s") from error

    async def hangup(self) -> None:
        await self.leg.hangup()

    def report(self) -> Report:
        """Measured from the recording as it is now: ask after the call."""
        agent, caller = (self.leg.recorder.sound(side) for side in Side)
        said = [(exchange, exchange.said) for exchange in self.exchanges if exchange.said is not None]
        found = measure.turns(agent, caller, [span for _, span in said])
        for (exchange, _), turn in zip(said, found, strict=True):
            exchange.turn = turn
        first_s = measure.first_sound_s(agent)
        return Report([turn for turn in found if turn], None if first_s is None else first_s * 1000)

    def _quiet_for_s(self) -> float:
        last_s = self.leg.handset.agent.last_s
        return self.leg.handset.now_s - (0.0 if last_s is None else last_s)

    async def _onset(self, timeout_s: float) -> float:
        agent = self.leg.handset.agent
        try:
            async with deadline(timeout_s, "the agent's answer"):
                while (onset_s := agent.onset_after(self._since_s)) is None:
                    if self.leg.ended.is_set():
                        raise NoAnswerError(f"The call ended before the agent answered: {self.leg.ended_because}")
                    await agent.more()
        except DeadlineExceeded as error:
            raise NoAnswerError(f"The agent said nothing within {timeout_s:g} s") from error
        return onset_s

    async def _words(self, sound: Pcm) -> str | None:
        if self.transcribe is None:
            return None
        try:
            async with deadline(_TRANSCRIBED_WITHIN_S, "the caller's ears"):
                return await self.transcribe(sound)
        except DeadlineExceeded:
            return None
