"""Which of the known utterances is being heard, and how far into it: a match of short-time spectra. This replaces a
recogniser in the ASR stub, so that its words are right, its timing is exact and it costs next to nothing."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audio import Pcm
from bench.utterances import Utterance

RATE = 16_000
HOP = 160  # samples: 10 ms
WINDOW = 400  # samples: 25 ms
BANDS = 24
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 6500.0
_QUIET = 80.0  # root mean square; callers are digitally silent between utterances, Opus adds less than this

Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Match:
    """Template `utterance`; its frame number minus the stream's; mean cosine of the aligned voiced frames."""

    utterance: Utterance
    shift: int
    score: float


def _filters() -> NDArray[np.float32]:
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, BANDS + 1)
    hertz = np.fft.rfftfreq(WINDOW, 1 / RATE)
    return np.array([(hertz >= low) & (hertz < high + 40) for low, high in itertools.pairwise(edges)], dtype=np.float32)


class Analyser:
    """A stream of 16 kHz samples to frames: a unit vector of band levels, zeros where quiet."""

    def __init__(self) -> None:
        self._filters = _filters()
        self._window = np.hanning(WINDOW).astype(np.float32)
        self._rest = np.zeros(0, dtype=np.int16)

    def push(self, pcm: Pcm) -> tuple[Features, NDArray[np.bool_]]:
        """Features (frames, BANDS) and which frames are voiced, for all whole windows so far."""
        samples = np.concatenate([self._rest, pcm])
        count = max(0, (len(samples) - WINDOW) // HOP + 1)
        self._rest = samples[count * HOP :]
        if not count:
            return np.zeros((0, BANDS), np.float32), np.zeros(0, np.bool_)
        frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP][:count].astype(np.float32)
        loud = np.sqrt(np.mean(frames * frames, axis=1)) > _QUIET
        power = np.abs(np.fft.rfft(frames * self._window, axis=1)).astype(np.float32) ** 2
        levels = np.log(power @ self._filters.T + 1e3)
        levels -= levels.mean(axis=1, keepdims=True)
        levels /= np.linalg.norm(levels, axis=1, keepdims=True) + 1e-6
        return levels * loud[:, None], loud


class Catalogue:
    """The templates of all utterances, and the search among them."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self._templates = [(utterance, Analyser().push(utterance.pcm)[0]) for utterance in utterances]

    def find(self, heard: Features, first_frame: int) -> Match:
        """The best place for `heard` (its first frame is the stream's `first_frame`), however bad: see its score."""
        voiced = max(1.0, float((heard * heard).sum()))
        return max(
            (self._best(*template, heard, first_frame, voiced) for template in self._templates), key=lambda m: m.score
        )

    @staticmethod
    def _best(utterance: Utterance, template: Features, heard: Features, first_frame: int, voiced: float) -> Match:
        # Padded by the query's length: heard speech may begin or end outside of the template.
        length, count = len(template), len(heard)
        padded = np.zeros((length + 2 * count, BANDS), np.float32)
        padded[count : count + length] = template
        alike = padded @ heard.T  # [template frame, heard frame]
        step_t, step_h = alike.strides
        diagonals = np.lib.stride_tricks.as_strided(
            alike, (length + count, count), (step_t, step_t + step_h), writeable=False
        )
        scores = diagonals.sum(axis=1) / voiced
        best = int(scores.argmax())
        return Match(utterance, best - count - first_frame, float(scores[best]))
