"""An Ogg file of Opus, two channels, which can be played whenever its writer dies. Blocking, for one thread."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

# 32 kbit/s: 14 MB an hour of talk and 3 MB of silence; what a phone carries needs no more. `voip` leaves nothing of
# one who speaks in the channel of the other, who is silent (measured: -108 dB; `audio` -49 dB unless it has 40 kbit/s).
# Only a sound that begins at full strength in mid-wave after digital silence leaves a click of 8 ms there, at -18 dB.
BITRATE = 32_000
_CODEC = {"application": "voip", "cutoff": "8000", "compression_level": "3", "frame_duration": "20"}
# A page holds so much sound, and goes to the disk when it is full: what a killed writer loses.
_PAGE_US = 400_000


class OpusFile:
    """Into `file`, from where it stands. Raises OSError (which PyAV's errors of input and output are)."""

    def __init__(self, file: io.RawIOBase, rate: int) -> None:
        self._out = av.open(
            _Whole(file), "w", format="ogg", options={"page_duration": str(_PAGE_US), "flush_packets": "1"}
        )
        stream: Any = self._out.add_stream("libopus", rate=rate, layout="stereo", options=_CODEC)
        self._stream: AudioStream = stream
        self._stream.bit_rate = BITRATE
        self._rate, self._written = rate, 0

    def write(self, samples: npt.NDArray[np.int16]) -> None:
        """(n, 2) int16; n a multiple of 20 ms."""
        step = self._rate // 50
        for start in range(0, len(samples), step):
            piece = np.ascontiguousarray(samples[start : start + step]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(piece, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = self._rate, self._written
            self._written += step
            self._out.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write the end. Without it the file is playable all the same."""
        self._out.mux(self._stream.encode(None))
        self._out.close()


class _Whole:
    """A raw file as PyAV wants it: a write takes all that it is given, or raises."""

    def __init__(self, file: io.RawIOBase) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) or 0 :]
        return len(data)
