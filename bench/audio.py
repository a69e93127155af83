"""Sound as numpy int16 mono: resampling, loudness, and where it is voiced."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

FRAME_S = 0.010
VOICED_RATIO = (
    0.02  # of the loudest frame: -34 dB, below the quietest fricative of the voices used and above their noise
)


def read_wav(path: Path) -> tuple[Pcm, int]:
    """Samples and rate in Hz of a 16-bit mono WAV. Raises ValueError for any other shape."""
    with wave.open(str(path), "rb") as source:
        if source.getsampwidth() != 2 or source.getnchannels() != 1:
            raise ValueError(f"{path.name}: 16-bit mono wanted")
        return np.frombuffer(source.readframes(source.getnframes()), dtype=np.int16), source.getframerate()


def resample(pcm: Pcm, rate: int, wanted: int) -> Pcm:
    """The same sound at `wanted` Hz, by its spectrum: exact for whole utterances, not for a stream."""
    if rate == wanted or not len(pcm):
        return pcm
    length = round(len(pcm) * wanted / rate)
    spectrum = np.fft.rfft(pcm.astype(np.float64))
    kept = np.zeros(length // 2 + 1, dtype=complex)
    bins = min(len(kept), len(spectrum))
    kept[:bins] = spectrum[:bins]
    sound = np.fft.irfft(kept, length) * (wanted / rate)
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)


def loudness(pcm: Pcm, rate: int) -> NDArray[np.float64]:
    """Root mean square of each whole 10 ms frame, in units of one int16 step."""
    size = round(rate * FRAME_S)
    frames = pcm[: len(pcm) // size * size].reshape(-1, size).astype(np.float64)
    return np.asarray(np.sqrt(np.mean(frames * frames, axis=1)), dtype=np.float64)


def voiced(pcm: Pcm, rate: int) -> NDArray[np.bool_]:
    """Which 10 ms frames have voice, relative to the loudest one."""
    levels = loudness(pcm, rate)
    return np.asarray(levels > VOICED_RATIO * levels.max(initial=1.0), dtype=np.bool_)


def trim(pcm: Pcm, rate: int) -> Pcm:
    """From the first voiced frame to the last: what follows the returned samples is the caller's silence."""
    frames = np.flatnonzero(voiced(pcm, rate))
    if not len(frames):
        return pcm[:0]
    size = round(rate * FRAME_S)
    return pcm[frames[0] * size : (frames[-1] + 1) * size]


def level(pcm: Pcm, peak: int = 16000) -> Pcm:
    """Scaled to a peak, so that every voice is equally loud for a detector."""
    loudest = int(np.abs(pcm.astype(np.int32)).max(initial=1))
    return (pcm.astype(np.float64) * (peak / loudest)).astype(np.int16)
