"""Pace without pitch, for what an engine can't do itself."""

from __future__ import annotations

import math
from fractions import Fraction

import av
import av.filter
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as AllOut

from tts_server.audio.frames import to_bytes, to_frame

_SLOWEST = 0.5  # of one `atempo` (ffmpeg-filters(1), 0.5 to 100)


class Stretch:
    """A Stage: `factor` 2.0 plays twice as fast at the same pitch (ffmpeg's atempo, a WSOLA)."""

    def __init__(self, sample_rate: int, factor: float) -> None:
        self._rate, self._fed = sample_rate, 0
        self._graph = graph = av.filter.Graph()
        last = graph.add_abuffer(
            format="s16", sample_rate=sample_rate, layout="mono", time_base=Fraction(1, sample_rate)
        )
        steps = max(1, math.ceil(math.log(factor, _SLOWEST))) if factor < 1 else 1
        for _ in range(steps):
            tempo = graph.add("atempo", f"{factor ** (1 / steps):.6f}")
            last.link_to(tempo)
            last = tempo
        last.link_to(graph.add("abuffersink"))
        graph.configure()

    def feed(self, pcm: bytes) -> bytes:
        if not pcm:
            return b""
        frame = to_frame(pcm, self._rate, self._fed)
        frame.time_base = Fraction(1, self._rate)
        self._fed += frame.samples
        self._graph.push(frame)
        return self._pull()

    def finish(self) -> bytes:
        if not self._fed:
            return b""
        self._graph.push(None)
        return self._pull()

    def _pull(self) -> bytes:
        frames: list[av.AudioFrame] = []
        while True:
            try:
                frame = self._graph.pull()
            except (NothingYet, AllOut):
                return to_bytes(frames)
            if isinstance(frame, av.AudioFrame):
                frames.append(frame)
