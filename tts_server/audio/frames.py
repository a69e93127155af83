"""Bytes <-> PyAV's audio frames. Mono s16le throughout."""

from __future__ import annotations

from collections.abc import Iterable

import av
import numpy as np

SAMPLE_BYTES = 2


def to_frame(pcm: bytes, sample_rate: int, at: int | None = None) -> av.AudioFrame:
    """`pcm` as one frame that starts `at` samples into the stream (None: PyAV counts)."""
    samples = np.frombuffer(pcm, dtype="<i2").reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate = sample_rate
    frame.pts = at
    return frame


def to_bytes(frames: Iterable[av.AudioFrame]) -> bytes:
    return b"".join(frame.to_ndarray().astype("<i2", copy=False).tobytes() for frame in frames)
