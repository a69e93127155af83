"""A copy of a recording in which nobody is heard for some stretches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np

from recording.measure.activity import Span
from recording.measure.levels import NotMeasurable

_RATE = 48_000
_BIT_RATE = 32_000  # as it was recorded (recording/egress.py)


def muted(source: Path, target: Path, spans: Sequence[Span]) -> float:
    """Write `source` to `target` with both sides silent in `spans` (seconds from its first sample); answer how many
    seconds were muted. Both sides: an echo of the one is often on the other.

    Blocks: about 2 s of processor for a quarter of an hour. Raises NotMeasurable, and OSError.
    """
    silenced = 0
    try:
        with av.open(str(source)) as given, av.open(str(target), "w", format="ogg") as written:
            stream = next(iter(given.streams.audio), None)
            if stream is None or stream.codec_context.channels != 2:
                raise NotMeasurable("it has no two channels of sound")
            out = written.add_stream("libopus", rate=_RATE, layout="stereo")
            out.bit_rate = _BIT_RATE
            resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_RATE)
            at, first_s = 0, None
            for frame in given.decode(stream):
                first_s = (frame.time or 0.0) if first_s is None else first_s
                # What the file leaves out stays left out: later words keep their places.
                at = max(at, round(((frame.time or 0.0) - first_s) * _RATE))
                for piece in resampler.resample(frame):
                    sound = np.ascontiguousarray(piece.to_ndarray().astype(np.float32))
                    silenced += _mute(sound, at, spans)
                    copy = av.AudioFrame.from_ndarray(sound, format="fltp", layout="stereo")
                    copy.sample_rate, copy.pts = _RATE, at
                    written.mux(out.encode(copy))
                    at += sound.shape[1]
            written.mux(out.encode(None))
    except (av.error.InvalidDataError, av.error.EOFError):
        raise NotMeasurable("it cannot be decoded") from None
    return silenced / _RATE


def _mute(sound: np.ndarray, at: int, spans: Sequence[Span]) -> int:
    """In place; `at` is the first sample's number. Answers how many samples were silenced."""
    count, length = 0, sound.shape[1]
    for span in spans:
        start = max(0, round(span.start_s * _RATE) - at)
        end = round(min(length, span.end_s * _RATE - at))  # the end of a file of unknown length is no number
        if start < end:
            sound[:, start:end] = 0.0
            count += end - start
    return count
