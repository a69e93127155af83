"""Recordings made for a test: two sides with sound in known places, as the OGG/Opus that egress leaves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE = 48_000
Sound = npt.NDArray[np.float32]


def voice(seconds: float, hertz: float = 140.0, level_dbfs: float = -18.0, seed: int = 1) -> Sound:
    """A buzz with the overtones and the beat of speech, loud from its first sample to its last."""
    at = np.arange(round(seconds * RATE)) / RATE
    rng = np.random.default_rng(seed)
    tones = sum(np.sin(2 * np.pi * hertz * n * at + rng.uniform(0, 6)) / n for n in range(1, 20))
    sound = tones * (0.75 + 0.25 * np.sin(2 * np.pi * 4 * at))
    loud: Sound = (sound / np.abs(sound).max() * 10 ** (level_dbfs / 20)).astype(np.float32)
    return loud


def side(length_s: float, spoken: Sequence[tuple[float, float]], noise_dbfs: float | None = None) -> Sound:
    """Silence, or a line's noise, with a voice from each start to each end, in seconds."""
    sound = np.zeros(round(length_s * RATE), np.float32)
    for number, (start_s, end_s) in enumerate(spoken):
        words = voice(end_s - start_s, seed=number)
        first = round(start_s * RATE)
        sound[first : first + len(words)] += words
    if noise_dbfs is not None:
        rng = np.random.default_rng(7)
        sound += rng.normal(0, 10 ** (noise_dbfs / 20), len(sound)).astype(np.float32)
    return sound


def ogg(path: Path, agent: Sound, caller: Sound, bit_rate: int = 32_000) -> Path:
    """Left the agent, right the caller; the shorter side is filled up with silence."""
    length = max(len(agent), len(caller))
    both = np.zeros((2, length), np.float32)
    both[0, : len(agent)], both[1, : len(caller)] = agent, caller
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        stream.bit_rate = bit_rate
        for start in range(0, length, 960):
            piece = both[:, start : start + 960]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
