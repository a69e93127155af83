"""A caller who is not heard is told so, but not for a cough and not at every breath."""

from __future__ import annotations

from typing import cast

from livekit import rtc
from livekit.agents import AgentSession, UserTranscriptionTimeoutEvent

from agent.hearing import AT_LEAST_S, WORDS_AGAIN_S, Hearing
from tests.fakes.clock import FakeClock


class Unheard:
    """A session that reports speech without words; `told` is what the caller would be told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.told: list[str] = []
        self._session: rtc.EventEmitter[str] = rtc.EventEmitter()
        self.hearing = Hearing(cast("AgentSession[None]", self._session), self.clock, self.told.append)

    def spoke(self, seconds: float) -> int:
        """`seconds` of speech and no transcript; returns how often the caller has been told by now."""
        event = UserTranscriptionTimeoutEvent(speech_duration=seconds, vad_speech_started_at=0.0)
        self._session.emit("user_transcription_timeout", event)
        return len(self.told)


def test_speech_without_a_transcript_is_owned_up_to() -> None:
    """The recogniser is down, hung or silent, and the very first sentence of a call is the one that finds out."""
    unheard = Unheard()
    assert unheard.spoke(AT_LEAST_S) == 1
    assert f"{AT_LEAST_S:.1f} s" in unheard.told[0]


def test_a_cough_is_no_speech() -> None:
    """Doors and coughs have no words to transcribe; nor do they count as the last time the caller was told."""
    unheard = Unheard()
    assert unheard.spoke(AT_LEAST_S - 0.01) == 0
    assert unheard.spoke(2.0) == 1


def test_the_caller_is_told_every_few_seconds_at_most() -> None:
    """A caller who repeats himself at once hears the words once, not on top of each other."""
    unheard = Unheard()
    unheard.spoke(2.0)
    unheard.clock.advance(WORDS_AGAIN_S - 0.1)
    assert unheard.spoke(2.0) == 1
    unheard.clock.advance(0.1)
    assert unheard.spoke(2.0) == 2


def test_a_transcript_ends_the_wait() -> None:
    """Heard in between: when it breaks again right after, that is news."""
    unheard = Unheard()
    unheard.spoke(2.0)
    unheard.hearing.heard()
    assert unheard.spoke(2.0) == 2
