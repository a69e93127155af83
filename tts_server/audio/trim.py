"""Silence that engines put around speech: at the start a caller hears it as latency, at the end as a slow answer."""

from __future__ import annotations

import numpy as np

from tts_server.audio.frames import SAMPLE_BYTES

_LEADING_S = 0.020
_TRAILING_S = 0.120
_QUIET = 104  # of 32768: -50 dBFS, below the breath of a soft voice
_LONGEST_PAUSE_S = 5.0  # a pause inside speech is held back until the speech goes on; not for ever


class Trim:
    """A Stage: at most 20 ms of silence before the first sound and 120 ms after the last; pauses between stay whole."""

    def __init__(self, sample_rate: int) -> None:
        self._leading = int(_LEADING_S * sample_rate) * SAMPLE_BYTES
        self._trailing = int(_TRAILING_S * sample_rate) * SAMPLE_BYTES
        self._longest = int(_LONGEST_PAUSE_S * sample_rate) * SAMPLE_BYTES
        self._held = b""  # the silence at the end of what was fed
        self._speaking = False

    def feed(self, pcm: bytes) -> bytes:
        loud = np.flatnonzero(np.abs(np.frombuffer(pcm, dtype="<i2").astype(np.int32)) > _QUIET)
        if loud.size == 0:
            return self._still(pcm)
        end = (int(loud[-1]) + 1) * SAMPLE_BYTES
        sound = self._held + pcm[:end]
        if not self._speaking:
            first = len(self._held) + int(loud[0]) * SAMPLE_BYTES
            sound = sound[max(0, first - self._leading) :]
            self._speaking = True
        self._held = b""
        return sound + self._still(pcm[end:])

    def finish(self) -> bytes:
        tail, self._held = self._held[: self._trailing] if self._speaking else b"", b""
        return tail

    def _still(self, pcm: bytes) -> bytes:
        held = self._held + pcm
        if not self._speaking:
            self._held = held[-self._leading :]
            return b""
        extra = max(0, len(held) - self._longest)
        self._held = held[extra:]
        return held[:extra]
