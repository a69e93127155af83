"""Phrases as WAV files: written whole or not at all, trimmed, and read back only if they are sound."""

from __future__ import annotations

import os
import tempfile
import wave
from pathlib import Path

import numpy as np
from livekit import rtc

from agent.speech.speech_request import SAMPLE_RATE

_AUDIBLE = 200  # of 32768: -44 dBFS
_LEAD_S, _TAIL_S = 0.01, 0.1


def trimmed(pcm: bytes, sample_rate: int) -> bytes:
    """16 bit mono, from 10 ms before the first audible sample to 100 ms after the last; empty if none is audible."""
    samples = np.frombuffer(pcm[: len(pcm) & ~1], np.int16)
    audible = np.flatnonzero(np.abs(samples.astype(np.int32)) > _AUDIBLE)
    if not len(audible):
        return b""
    first = max(0, int(audible[0]) - int(_LEAD_S * sample_rate))
    return samples[first : int(audible[-1]) + 1 + int(_TAIL_S * sample_rate)].tobytes()


def write(path: Path, pcm: bytes, sample_rate: int) -> None:
    """16 bit mono, atomically: a reader sees the old file or the whole new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.")
    try:
        with os.fdopen(descriptor, "wb") as file, wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(sample_rate)
            wav.writeframes(pcm)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path) -> bytes | None:
    """24 kHz 16 bit mono; None if the file is missing, truncated or something else."""
    try:
        with wave.open(str(path), "rb") as wav:
            count, rate = wav.getnframes(), wav.getframerate()
            if (wav.getnchannels(), wav.getsampwidth()) != (1, 2):
                return None
            pcm = wav.readframes(count)
    except (OSError, EOFError, wave.Error):
        return None
    if not count or len(pcm) != 2 * count:
        return None
    return pcm if rate == SAMPLE_RATE else resampled(pcm, rate, SAMPLE_RATE)


def resampled(pcm: bytes, rate: int, wanted: int) -> bytes:
    resampler = rtc.AudioResampler(rate, wanted, quality=rtc.AudioResamplerQuality.HIGH)
    frames = [*resampler.push(rtc.AudioFrame(pcm, rate, 1, len(pcm) // 2)), *resampler.flush()]
    return b"".join(bytes(f.data) for f in frames)
