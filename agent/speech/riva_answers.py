"""Riva's answers -> the framework's speech events.

Sources: nvidia-riva-client 2.27.0 protos (StreamingRecognitionResult), livekit-agents 1.8.9 voice/audio_recognition.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from livekit.agents import LanguageCode, stt
from livekit.agents.types import TimedString

_Kind = stt.SpeechEventType


def same_words(first: str, second: str) -> bool:
    """Equal but for case and punctuation."""
    return _words(first) == _words(second)


class Answers:
    """The state between the answers of one stream: is the caller speaking, which text was announced as stable.

    A text is announced as PREFLIGHT once: the session starts a reply at each. Interims with the same words are held
    back, and a final with the same words keeps the announced text, for the session drops the running reply when a
    comma is added.
    """

    def __init__(self, language: str, stable_at: float) -> None:
        self._language, self._stable_at = LanguageCode(language), stable_at
        self._preflight = ""
        self.speaking = False

    def events(self, response: Any, *, began_s: float, request_id: str) -> list[stt.SpeechEvent]:
        """`began_s`: where on the session's time line the audio of this RPC begins. Word times of Riva are ms."""
        results = [r for r in response.results if r.alternatives and r.alternatives[0].transcript.strip()]
        finals = [r.alternatives[0] for r in results if r.is_final]
        interims = [r for r in results if not r.is_final]
        events: list[stt.SpeechEvent] = []
        if finals:
            data = self._final(finals, lambda ms: began_s + ms / 1000)
            events += [*self._start(), _event(_Kind.FINAL_TRANSCRIPT, data, request_id)]
        if interims:
            events += self._interim(interims, request_id)
        elif finals:
            events += self.stop()
        return events

    def nothing(self) -> list[stt.SpeechEvent]:
        """A flush brought no words. Without a final the framework waits for one, 2 s at every call's end."""
        data = stt.SpeechData(language=self._language, text="")
        return [stt.SpeechEvent(type=_Kind.FINAL_TRANSCRIPT, alternatives=[data])]

    def stop(self) -> list[stt.SpeechEvent]:
        """What was heard is final, or given up."""
        self._preflight = ""
        if not self.speaking:
            return []
        self.speaking = False
        return [stt.SpeechEvent(type=_Kind.END_OF_SPEECH)]

    def _start(self) -> list[stt.SpeechEvent]:
        if self.speaking:
            return []
        self.speaking = True
        return [stt.SpeechEvent(type=_Kind.START_OF_SPEECH)]

    def _interim(self, results: Sequence[Any], request_id: str) -> list[stt.SpeechEvent]:
        text = " ".join(r.alternatives[0].transcript.strip() for r in results)
        if self._preflight and same_words(text, self._preflight):
            return []
        kind = _Kind.INTERIM_TRANSCRIPT
        if min(r.stability for r in results) >= self._stable_at:
            kind, self._preflight = _Kind.PREFLIGHT_TRANSCRIPT, text
        data = stt.SpeechData(language=self._language, text=text)
        return [*self._start(), _event(kind, data, request_id)]

    def _final(self, finals: Sequence[Any], seconds: Callable[[int], float]) -> stt.SpeechData:
        text = " ".join(a.transcript.strip() for a in finals)
        if self._preflight and same_words(text, self._preflight):
            text = self._preflight
        self._preflight = ""
        words = [w for a in finals for w in a.words]
        return stt.SpeechData(
            language=self._language,
            text=text,
            confidence=max(0.0, min(1.0, min(a.confidence for a in finals))),  # some models answer with a logarithm
            start_time=seconds(words[0].start_time) if words else 0.0,
            end_time=seconds(words[-1].end_time) if words else 0.0,
            words=[TimedString(w.word, start_time=seconds(w.start_time), end_time=seconds(w.end_time)) for w in words]
            or None,
        )


def covered_s(response: Any) -> float | None:
    """Seconds of the RPC's audio that a final in `response` covers: infinity if unsaid, None without a final."""
    finals = [r for r in response.results if r.is_final]
    if not finals:
        return None
    processed = max(r.audio_processed for r in finals)
    words = [w.end_time for r in finals if r.alternatives for w in r.alternatives[0].words]
    return processed or (max(words) / 1000 if words else float("inf"))


def _event(kind: stt.SpeechEventType, data: stt.SpeechData, request_id: str) -> stt.SpeechEvent:
    return stt.SpeechEvent(type=kind, request_id=request_id, alternatives=[data])


def _words(text: str) -> list[str]:
    words = ("".join(c for c in w if c.isalnum()).casefold() for w in text.split())
    return [w for w in words if w]
