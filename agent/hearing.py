"""Notices when the caller speaks and nobody listens: the speech recogniser down, hung or silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livekit.agents import AgentSession, UserTranscriptionTimeoutEvent

from ops.clock import Clock

AT_LEAST_S = 0.8  # shorter sounds without words are coughs and doors
WORDS_AGAIN_S = 6.0  # the caller is told at most this often


class Hearing:
    """Calls `deaf(detail)` when the caller has spoken and no transcript came (AgentSession's transcription_timeout)."""

    def __init__(self, session: AgentSession[Any], clock: Clock, deaf: Callable[[str], None]) -> None:
        self._clock, self._deaf = clock, deaf
        self._told_at = float("-inf")
        session.on("user_transcription_timeout", self._timed_out)

    def heard(self) -> None:
        """A transcript came: the recogniser works."""
        self._told_at = float("-inf")

    def _timed_out(self, event: UserTranscriptionTimeoutEvent) -> None:
        if event.speech_duration < AT_LEAST_S or self._clock.monotonic() - self._told_at < WORDS_AGAIN_S:
            return
        self._told_at = self._clock.monotonic()
        self._deaf(f"no transcript of {event.speech_duration:.1f} s of speech")
