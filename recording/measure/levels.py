"""A recording as two rows of levels, one for each side, a number every 5 ms. Read piece by piece: four hours of talk
are 23 MB here, and never more than a second of sound at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

RATE = 16_000
FRAME_S = 0.005  # an edge is off by at most this
SILENT_DBFS = -96.0  # below 16 bits

Row = npt.NDArray[np.float32]
_Sound = npt.NDArray[np.float32]
_FRAME = round(FRAME_S * RATE)
_LOOSE_S = 0.05  # a resampler holds a few ms back: only more than this is a hole in the file
_LONGEST_S = 6 * 3600.0  # a call is 4 h at most (config/shape.py)


class NotMeasurable(ValueError):
    """No sound, not two channels, or nothing that can be decoded. Says which."""


@dataclass(frozen=True, slots=True)
class Side:
    """`rms` and `peak` in dBFS, each of a frame of FRAME_S."""

    rms: Row
    peak: Row

    @property
    def peak_dbfs(self) -> float:
        return float(self.peak.max(initial=SILENT_DBFS))


@dataclass(frozen=True, slots=True)
class Levels:
    """Left is the agent, right everybody else; both of the same length."""

    agent: Side
    caller: Side

    @property
    def duration_s(self) -> float:
        return len(self.agent.rms) * FRAME_S


def read(path: Path) -> Levels:
    """Blocks: about 1 s of processor for a quarter of an hour of talk. Raises NotMeasurable, and OSError."""
    rows: list[npt.NDArray[np.float32]] = []
    rest: _Sound = np.zeros((2, 0), np.float32)
    for piece in _decoded(path):
        sound = np.concatenate([rest, piece], axis=1)
        whole = sound.shape[1] // _FRAME * _FRAME
        rest = sound[:, whole:]
        if whole:
            rows.append(_row(sound[:, :whole].reshape(2, -1, _FRAME)))
    if not rows:
        raise NotMeasurable("there is no sound in it")
    levels = np.concatenate(rows, axis=2)
    return Levels(Side(levels[0, 0], levels[1, 0]), Side(levels[0, 1], levels[1, 1]))


def _row(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(rms or peak, side, frame)"""
    rms = np.sqrt(np.mean(np.square(frames), axis=2))
    peak = np.abs(frames).max(axis=2)
    return _dbfs(np.stack([rms, peak]))


def _dbfs(amplitude: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    levels: Row = (20 * np.log10(np.maximum(amplitude, 10 ** (SILENT_DBFS / 20)))).astype(np.float32)
    return levels


def _decoded(path: Path) -> Iterator[_Sound]:
    """Pieces of sound (side, sample), -1 to 1, without a break: what the file leaves out is silence."""
    try:
        with av.open(str(path)) as container:
            stream = next(iter(container.streams.audio), None)
            if stream is None:
                raise NotMeasurable("there is no sound in it")
            if stream.codec_context.channels != 2:
                raise NotMeasurable(f"it has {stream.codec_context.channels} channels and not 2")
            yield from _in_time(container.decode(stream))
    except (av.error.InvalidDataError, av.error.EOFError):
        raise NotMeasurable("it cannot be decoded") from None


def _in_time(frames: Iterator[av.AudioFrame]) -> Iterator[_Sound]:
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    first_s: float | None = None
    given = 0
    for frame in frames:
        at_s = frame.time or 0.0
        first_s = at_s if first_s is None else first_s
        if not 0 <= at_s - first_s <= _LONGEST_S:
            raise NotMeasurable("its times make no sense")
        missing = round((at_s - first_s) * RATE) - given
        if missing > _LOOSE_S * RATE:
            for left in range(missing, 0, -RATE):  # hours may be missing
                yield np.zeros((2, min(left, RATE)), np.float32)
            given += missing
        for resampled in resampler.resample(frame):
            sound = resampled.to_ndarray().astype(np.float32)
            given += sound.shape[1]
            yield sound
