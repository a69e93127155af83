"""A call that must be recorded and cannot be: an apology, and the caller is another's where the line names one; else
the end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Protocol

from livekit.agents import AgentSession

from agent.endings import Ending, Endings
from agent.speaker import Speaker
from calls.outcome import Outcome
from calls.policy import RecordingPolicy
from ops import logging
from ops.deadline import DeadlineExceeded, deadline

_log = logging.get(__name__)

NOT_RECORDED = "not_recorded"
_WORDS_S = 20.0  # for "I'll put you through" to be heard


class Through(Protocol):
    """See agent.phone.put_through.PutThrough."""

    def to_hand_on(self, name: str) -> str: ...
    async def hand_on(self, name: str) -> bool: ...


class TurnedAway:
    """Of one call. `through` is set once the caller is there."""

    def __init__(self, policy: RecordingPolicy, session: AgentSession[Any], speaker: Speaker, endings: Endings) -> None:
        self._policy, self._session, self._speaker, self._endings = policy, session, speaker, endings
        self.through: Through | None = None

    async def run(self) -> None:
        """From now on the caller is not heard any more. Returns when the call is over, for us."""
        if await self._handed_on() or self._endings.decided is not None:
            return
        ending = Ending(Outcome.FAILED, NOT_RECORDED, firm=True)
        self._endings.after_words(ending)  # which may never be over
        self._hush()
        await self._speaker.say_heard(self._policy.unavailable, interruptible=False)
        self._endings.now(ending)

    async def _handed_on(self) -> bool:
        """By the carrier: what a person says to the caller then is said in no call of ours."""
        name = self._policy.unavailable_transfer
        if name is None or self.through is None or not (says := self.through.to_hand_on(name)):
            return False
        self._hush()
        try:
            async with deadline(_WORDS_S, "words before a transfer"):
                words = self._speaker.phrases.handed_on.format(says=says)
                await self._speaker.say_heard(words, interruptible=False)
        except DeadlineExceeded:
            _log.warning("put through while still speaking")
        return self._endings.decided is None and await self.through.hand_on(name)

    def _hush(self) -> None:
        self._session.input.set_audio_enabled(False)
        with suppress(RuntimeError):  # the session is over: so is its voice
            self._session.interrupt(force=True)
