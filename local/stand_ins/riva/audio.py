"""Linear PCM as callers of the recogniser send it, brought to the recogniser's own rate."""

import math

import numpy as np
import numpy.typing as npt

RATE = 16_000
RATES = (8_000, 16_000, 24_000, 32_000, 48_000)

Pcm = npt.NDArray[np.int16]

# A Kaiser window of this length per phase and beta 8 keeps aliases about 80 dB down, below the noise of mu-law.
_TAPS_PER_PHASE = 16
_BETA = 8.0


class Resampler:
    """Resamples mono int16 PCM from `rate` Hz to 16 kHz, chunk by chunk; latency under 1 ms.

    Raises ValueError for a rate that is not one of RATES.
    """

    def __init__(self, rate: int) -> None:
        if rate not in RATES:
            raise ValueError(f"sample rate {rate} is not one of {RATES}")
        common = math.gcd(rate, RATE)
        self._up, self._down = RATE // common, rate // common
        steepest = max(self._up, self._down)
        half = _TAPS_PER_PHASE * steepest // 2
        n = np.arange(-half, half + 1)
        self._filter = np.sinc(n / steepest) * np.kaiser(n.size, _BETA) / steepest * self._up
        self._tail = np.zeros(n.size - 1)
        self._phase = 0

    def feed(self, pcm: Pcm) -> Pcm:
        """The next samples at 16 kHz."""
        if self._up == self._down or pcm.size == 0:
            return pcm
        stuffed = np.zeros(pcm.size * self._up)
        stuffed[:: self._up] = pcm
        padded = np.concatenate([self._tail, stuffed])
        self._tail = padded[padded.size - self._tail.size :]
        smooth = np.convolve(padded, self._filter, mode="valid")
        out = smooth[self._phase :: self._down]
        self._phase = (self._phase - smooth.size) % self._down
        return np.clip(np.rint(out), -32768, 32767).astype(np.int16)


class Samples:
    """Cuts a byte stream into int16 samples: a message may end in the middle of a sample."""

    def __init__(self) -> None:
        self._odd = b""

    def feed(self, data: bytes) -> Pcm:
        """The whole samples that `data` completes, little-endian."""
        data = self._odd + data
        even = len(data) - len(data) % 2
        self._odd = data[even:]
        return np.frombuffer(data[:even], dtype="<i2").astype(np.int16)
