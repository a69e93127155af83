"""Looks at the speech server's audio as a listener would: decoded, measured."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Heard:
    samples: npt.NDArray[np.int16]
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def peak(self) -> int:
        return int(np.abs(self.samples.astype(np.int32)).max(initial=0))

    @property
    def pitch_hz(self) -> float:
        """The strongest frequency."""
        spectrum = np.abs(np.fft.rfft(self.samples.astype(np.float64)))
        return float(np.argmax(spectrum)) * self.rate / len(self.samples)

    def silence_s(self, quiet: int = 104) -> tuple[float, float]:
        """Seconds before the first and after the last sample louder than `quiet` (of 32768)."""
        loud = np.flatnonzero(np.abs(self.samples.astype(np.int32)) > quiet)
        if loud.size == 0:
            return self.seconds, self.seconds
        return float(loud[0]) / self.rate, float(len(self.samples) - 1 - loud[-1]) / self.rate


def of_pcm(data: bytes, rate: int = 24_000) -> Heard:
    return Heard(np.frombuffer(data, dtype="<i2"), rate)


def decode(data: bytes, format: str) -> Heard:
    """`data` in one of the six response formats."""
    if format == "pcm":
        return of_pcm(data)
    with av.open(io.BytesIO(data), "r") as container:
        resampler = av.AudioResampler(format="s16", layout="mono")
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return Heard(np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate)
