"""What a streaming recogniser would say of one stream: words as they end, a final when it hears the end. All in the
stream's own time, so a test needs no clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.audio import Pcm
from bench.stubs.fingerprint import HOP, RATE, WINDOW, Analyser, Catalogue, Match
from bench.utterances import Word

FRAME_S = HOP / RATE
TICK_FRAMES = 20  # an interim every 200 ms
ENDPOINT_FRAMES = 35  # 350 ms after the last voiced frame
_SURE = {
    20: 0.85,
    25: 0.85,
    30: 0.8,
    35: 0.75,
    45: 0.7,
    60: 0.6,
    80: 0.6,
    110: 0.6,
}  # voiced frames heard: score wanted


@dataclass(frozen=True, slots=True)
class Heard:
    """`stable`: words that have ended. `unstable`: the one being spoken. Word times are seconds of the stream."""

    stable: tuple[Word, ...]
    unstable: tuple[Word, ...]
    final: bool
    whole: bool  # the utterance's last word is among the stable ones


class Listener:
    """One recognition stream. `push` takes 16 kHz int16 samples of any length."""

    def __init__(self, catalogue: Catalogue, endpoint_frames: int = ENDPOINT_FRAMES) -> None:
        self._catalogue = catalogue
        self._endpoint_frames = endpoint_frames
        self._analyser = Analyser()
        self._frame = 0
        self._forget()

    def _forget(self) -> None:
        self._speech: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
        self._began: int | None = None
        self._last_voiced = 0
        self._match: Match | None = None

    def push(self, pcm: Pcm) -> list[Heard]:
        """What there is to say after these samples, in order."""
        said: list[Heard] = []
        for features, loud in zip(*self._analyser.push(pcm), strict=True):
            heard = self._step(features, bool(loud))
            if heard is not None:
                said.append(heard)
        return said

    def close(self) -> Heard | None:
        """The audio has ended (half-close): the final of what was heard, None where nothing was."""
        return self._heard(final=True) if self._began is not None else None

    def _step(self, features: np.ndarray[tuple[int], np.dtype[np.float32]], loud: bool) -> Heard | None:
        frame, self._frame = self._frame, self._frame + 1
        if loud:
            self._last_voiced = frame
            if self._began is None:
                self._began = frame
        if self._began is None:
            return None
        if len(self._speech) <= max(_SURE):
            self._speech.append(features)
            if loud:
                self._identify()
        if frame - self._last_voiced >= self._endpoint_frames:
            heard = self._heard(final=True)
            self._forget()
            return heard
        return self._heard(final=False) if frame % TICK_FRAMES == 0 else None

    def _identify(self) -> None:
        """Looked at again as more is heard: one utterance may begin with the word that ends another."""
        heard = np.array(self._speech)
        wanted = _SURE.get(int(np.any(heard, axis=1).sum()))
        if wanted is None:
            return
        match = self._catalogue.find(heard, self._began or 0)
        if match.score >= wanted:
            self._match = match

    def _heard(self, final: bool) -> Heard | None:
        match = self._match
        if match is None or self._began is None:
            return None
        origin = -match.shift * FRAME_S  # stream time of the utterance's first sample
        now = (self._frame - 1) * FRAME_S + WINDOW / RATE - origin
        since = self._began * FRAME_S - origin
        words = [w for w in match.utterance.words if (w.start_s + w.end_s) / 2 > since and w.start_s < now]
        stable = tuple(w for w in words if w.end_s <= now or (final and (w.start_s + w.end_s) / 2 < now))
        unstable = tuple(w for w in words if w not in stable)
        if not stable and not unstable:
            return None
        return Heard(
            tuple(Word(w.text, w.start_s + origin, w.end_s + origin) for w in stable),
            () if final else tuple(Word(w.text, w.start_s + origin, w.end_s + origin) for w in unstable),
            final,
            match.utterance.words[-1] in stable,
        )
