"""Sample-rate conversion of a stream, without clicks where chunks meet."""

from __future__ import annotations

import av

from tts_server.audio.frames import to_bytes, to_frame


class Resample:
    """A Stage: libswresample's polyphase filter with its state carried from chunk to chunk."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=to_hz)
        self._fed = 0

    def feed(self, pcm: bytes) -> bytes:
        if not pcm:
            return b""
        frame = to_frame(pcm, self._from_hz, self._fed)
        self._fed += frame.samples
        return to_bytes(self._resampler.resample(frame))

    def finish(self) -> bytes:
        return to_bytes(self._resampler.resample(None)) if self._fed else b""
