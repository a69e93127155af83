"""Sound as the caller handles it: int16 mono numpy arrays, resampled in a stream, and the telephone's narrow band."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WIRE_RATE = 48_000  # Opus' clock, and the rate of everything a leg is given to say
EAR_RATE = 16_000  # what the recorder keeps: enough for any telephone, and what recognisers take
PHONE_RATE = 8_000

Pcm = npt.NDArray[np.int16]
_Float = npt.NDArray[np.float32]

_TAPS_PER_PHASE = 24  # a low-pass of 24 samples of the lower rate: 1.5 ms of delay at 8 kHz


def silence(seconds: float, rate: int = WIRE_RATE) -> Pcm:
    return np.zeros(round(seconds * rate), dtype=np.int16)


def tone(hertz: float, seconds: float, level_dbfs: float = -12.0) -> Pcm:
    """A sine whose peak is `level_dbfs` below full scale."""
    at = np.arange(round(seconds * WIRE_RATE)) / WIRE_RATE
    return np.rint(32767 * 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


class Decimator:
    """Low-pass and keep one sample of `factor`, for a stream in pieces of any length that `factor` divides."""

    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._taps = _low_pass(factor)
        self._past: _Float = np.zeros(len(self._taps) - 1, dtype=np.float32)

    def feed(self, pcm: Pcm) -> Pcm:
        if len(pcm) % self._factor:
            raise ValueError(f"{len(pcm)} samples are no multiple of {self._factor}")
        signal = np.concatenate([self._past, pcm.astype(np.float32)])
        self._past = signal[len(signal) - len(self._past) :]
        windows = np.lib.stride_tricks.sliding_window_view(signal, len(self._taps))[:: self._factor]
        return _clip(windows @ self._taps)


class Interpolator:
    """`factor` samples for each of a stream's, without the images above its band."""

    def __init__(self, factor: int) -> None:
        self._factor = factor
        taps = _low_pass(factor) * factor
        self._phases = taps.reshape(-1, factor)[::-1]  # oldest sample first, one column for each sample between
        self._past: _Float = np.zeros(len(self._phases) - 1, dtype=np.float32)

    def feed(self, pcm: Pcm) -> Pcm:
        signal = np.concatenate([self._past, pcm.astype(np.float32)])
        self._past = signal[len(signal) - len(self._past) :]
        windows = np.lib.stride_tricks.sliding_window_view(signal, len(self._phases))
        return _clip((windows @ self._phases).reshape(-1))


class PhoneBand:
    """48 kHz in; what a G.711 mu-law telephone line leaves of it, at 8 kHz. Linear again, but with mu-law's noise."""

    def __init__(self) -> None:
        self._down = Decimator(WIRE_RATE // PHONE_RATE)

    def feed(self, pcm: Pcm) -> Pcm:
        return from_mulaw(to_mulaw(self._down.feed(pcm)))


def to_mulaw(pcm: Pcm) -> npt.NDArray[np.uint8]:
    """ITU-T G.711 mu-law: bias 33 at 14 bits, eight segments of sixteen steps, all bits inverted."""
    value = pcm.astype(np.int32)
    magnitude = np.minimum(np.abs(value), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(value < 0, 0x80, 0)
    codes: npt.NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa)).astype(np.uint8)
    return codes


def from_mulaw(codes: npt.NDArray[np.uint8]) -> Pcm:
    """The inverse of `to_mulaw`, to the middle of each step."""
    bits = ~codes.astype(np.int32)
    magnitude = ((((bits & 0x0F) << 3) + 132) << ((bits >> 4) & 0x07)) - 132
    return np.where(bits & 0x80, -magnitude, magnitude).astype(np.int16)


def _low_pass(factor: int) -> _Float:
    """A windowed sinc for a rate change by `factor`: cut at 0.9 of the lower rate's band (3.6 kHz for a telephone)."""
    length = _TAPS_PER_PHASE * factor
    at = np.arange(length) - (length - 1) / 2
    taps = np.sinc(at * 0.9 / factor) * np.hamming(length)
    normal: _Float = (taps / taps.sum()).astype(np.float32)
    return normal


def _clip(signal: npt.NDArray[np.floating]) -> Pcm:
    pcm: Pcm = np.clip(np.rint(signal), -32768, 32767).astype(np.int16)
    return pcm
