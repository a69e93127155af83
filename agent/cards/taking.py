"""Has the caller type the number of a card while nothing is recorded, and brings it to the safe.

The model asks for this and learns how it ended; the digits go from the keypad to the safe and nowhere else. The session
is deaf meanwhile: who reads the card aloud is not transcribed.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from livekit.agents import AgentSession

from agent import metrics
from agent.cards.keys import Keys
from agent.cards.number import CardNumber
from agent.cards.safe import Safe, SafeDown
from agent.speaker import Speaker
from ops import logging
from ops.clock import Clock
from ops.deadline import DeadlineExceeded, deadline
from ops.tasks import TaskSet

_log = logging.get(__name__)

_WORDS_S = 15.0
_ASK_S = 20.0
_LATE_S = 10.0  # after the last key: who was cut off in the middle of a number types on
_CUT_OFF = ("left", "wrong", "broken")
REASON = "card"
"""Of the gap in the recording."""


class Recording(Protocol):
    async def pause(self, reason: str) -> bool: ...
    def keep_paused(self, reason: str) -> None: ...
    def resume(self, reason: str) -> None: ...


class Silence(Protocol):
    def hold(self, *, on: bool) -> None: ...


class Taking:
    """One per call. `recording` None: nothing is recorded in this call."""

    def __init__(
        self,
        call_id: str,
        safe: Safe,
        recording: Recording | None,
        session: AgentSession[Any],
        speaker: Speaker,
        silence: Silence,
        clock: Clock,
        tasks: TaskSet,
    ) -> None:
        self._call_id, self._safe, self._recording = call_id, safe, recording
        self._session, self._speaker, self._silence = session, speaker, silence
        self._clock, self._tasks = clock, tasks
        self._keys: Keys | None = None
        self._began = False
        self._late_until = 0.0

    @property
    def under_way(self) -> bool:
        return self._keys is not None

    def expect(self) -> None:
        """Another worker died over it, and the caller types on: from now on keys are the card's. `begin` follows."""
        self._keys = self._keys or Keys()
        if self._recording is not None:
            self._recording.keep_paused(REASON)

    def begin(self) -> bool:
        """Does not block. From now on keys are the card's. False: it is under way already."""
        if self._began:
            return False
        self._began = True
        self._keys = keys = self._keys or Keys()
        self._tasks.spawn(self._run(keys), name="card number")
        return True

    def key(self, key: str) -> bool:
        """Was that key meant for the card? Then nobody else may hear of it."""
        if self._keys is not None:
            self._keys.pressed(key)
            return True
        if (now := self._clock.monotonic()) >= self._late_until:
            return False
        self._late_until = now + _LATE_S
        return True

    async def _run(self, keys: Keys) -> None:
        result, words = "broken", "it did not work"
        try:
            self._session.input.set_audio_enabled(False)
            self._silence.hold(on=True)
            await self._words_heard()
            result, words = await self._paused(keys)
        except asyncio.CancelledError:
            raise  # the job ends, the caller types on: all stays as it is, for a worker that may take over
        except BaseException:
            self._over(result)
            raise
        self._over(result)
        metrics.CARDS.labels(result=result).inc()
        _log.info("card number", reason=result)
        self._speaker.reply(f"(the card number: {words})")

    def _over(self, result: str) -> None:
        self._keys, self._began = None, False
        if result in _CUT_OFF:
            self._late_until = self._clock.monotonic() + _LATE_S
        self._silence.hold(on=False)
        self._session.input.set_audio_enabled(True)
        if self._recording is not None:
            self._recording.resume(REASON)

    async def _paused(self, keys: Keys) -> tuple[str, str]:
        """How it ended: in a word, and for the model."""
        if self._recording is not None and not await self._recording.pause(REASON):
            return "not_paused", "it cannot be taken now, and they were not asked for it"
        phrases = self._speaker.phrases
        for words in (phrases.card, phrases.card_again):
            if not await self._asked(words):
                return "unasked", "it did not work, they were not asked for it"
            if (typed := await keys.number()) is None:
                return "left", "they typed none"
            try:
                number = CardNumber(typed)
            except ValueError:
                continue
            return await self._kept(number)
        return "wrong", "what they typed is no card's number"

    async def _asked(self, words: str) -> bool:
        try:
            async with deadline(_ASK_S, "words for a card"):
                await self._speaker.say_heard(words, interruptible=False)
        except DeadlineExceeded:
            return False
        return True

    async def _kept(self, number: CardNumber) -> tuple[str, str]:
        try:
            if await self._safe.keep(self._call_id, number):
                return "taken", f"taken, it ends with {' '.join(number.last_four)}"
        except SafeDown:
            _log.error("the card safe is down")
            return "down", "it could not be taken, something is wrong on our side"
        return "refused", "refused, this card is not accepted"

    async def _words_heard(self) -> None:
        """What the agent is saying, so that it does not run into the question."""
        speech = self._session.current_speech
        try:
            async with deadline(_WORDS_S, "words before a card"):
                if speech is not None:
                    await speech.wait_for_playout()
        except DeadlineExceeded:
            _log.warning("a card is asked for while still speaking")
