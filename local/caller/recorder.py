"""Both sides of a call on one timeline."""

from __future__ import annotations

import wave
from enum import IntEnum
from pathlib import Path

import numpy as np

from local.caller.sound import EAR_RATE, Pcm

_LONGEST_S = 2 * 3600  # 460 MB: a position beyond it is a mistake, not a call


class Side(IntEnum):
    """The channels of the recording, in their order."""

    AGENT = 0
    CALLER = 1


class Recorder:
    """What the caller said and heard, 16 kHz, second 0 being the moment the call was placed."""

    rate = EAR_RATE

    def __init__(self) -> None:
        self._tracks = [np.zeros(30 * EAR_RATE, dtype=np.int16) for _ in Side]
        self._length = 0

    @property
    def seconds(self) -> float:
        return self._length / EAR_RATE

    def place(self, side: Side, at_s: float, pcm: Pcm) -> None:
        """Put sound at its second; what is there already is mixed with it. Sound before second 0 is cut off."""
        start = round(at_s * EAR_RATE)
        pcm, start = pcm[max(0, -start) :], max(0, start)
        end = start + len(pcm)
        if end > _LONGEST_S * EAR_RATE:
            raise ValueError(f"second {at_s:.0f} is beyond the longest call")
        if end > len(self._tracks[side]):
            grown = max(end, 2 * len(self._tracks[side]))
            self._tracks[side] = np.concatenate(
                [self._tracks[side], np.zeros(grown - len(self._tracks[side]), np.int16)]
            )
        here = self._tracks[side][start:end].astype(np.int32) + pcm
        self._tracks[side][start:end] = np.clip(here, -32768, 32767).astype(np.int16)
        self._length = max(self._length, end)

    def sound(self, side: Side, start_s: float = 0.0, end_s: float | None = None) -> Pcm:
        """A copy of one side between two seconds, as far as the recording goes."""
        length = self._length if end_s is None else min(self._length, round(end_s * EAR_RATE))
        whole = np.zeros(self._length, dtype=np.int16)
        kept = self._tracks[side][: self._length]
        whole[: len(kept)] = kept
        return whole[max(0, round(start_s * EAR_RATE)) : length]

    def write(self, path: Path) -> None:
        """A stereo WAV: agent left, caller right."""
        path.parent.mkdir(parents=True, exist_ok=True)
        both = np.stack([self.sound(side) for side in Side], axis=1)
        with wave.open(str(path), "wb") as out:
            out.setnchannels(len(Side))
            out.setsampwidth(2)
            out.setframerate(EAR_RATE)
            out.writeframes(both.astype("<i2").tobytes())
