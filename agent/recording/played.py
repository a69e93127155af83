"""Were words heard to their end? A notice that was not is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livekit.agents.voice import SpeechHandle

from agent.failures import Failure
from agent.speech.voice_track import VoiceTrack
from agent.trouble import Trouble

_FASTEST_S = 0.02  # a character: nobody speaks so fast, so less sound than that is not all of the words


class Played:
    """Ask as soon as a speech is done, and once: before the next has been played. `is_there`: who is to hear it."""

    def __init__(self, track: VoiceTrack | None, trouble: Trouble, is_there: Callable[[], bool]) -> None:
        self._trouble, self._watched, self._is_there = trouble, track is not None, is_there
        self._last_s = 0.0
        if track is not None:
            track.on("playback_finished", self._finished)

    def heard(self, speech: SpeechHandle, words: str) -> bool:
        """Not cut short, not replaced by an apology for a speech server that is down, and not silence."""
        sound_s, self._last_s = self._last_s, 0.0
        if not self._is_there() or self._trouble.stands(Failure.TTS_DOWN):
            return False
        if speech.interrupted or speech.exception() is not None:
            return False
        return not self._watched or sound_s >= _FASTEST_S * len(words)

    def _finished(self, event: Any) -> None:
        self._last_s = event.playback_position
