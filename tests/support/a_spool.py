"""What tests of the spool need: frames of a known sound, and the sound of a file back again."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from livekit import rtc

from agent.spool.beside import Beside
from agent.spool.lanes import RATE
from recording.names import Names
from tests.fakes.clock import EPOCH

CALL = "0198c2d0-0000-7000-8000-000000000001"
LINE = "front-desk"
DECODED = 48_000
_LOUD = 0.05  # of full scale: a tone is 0.3


def names(call_id: str = CALL) -> Names:
    return Names("recordings", EPOCH, LINE, call_id)


def a_beside(call_id: str = CALL, epoch: int = 1) -> Beside:
    return Beside(call_id, epoch, LINE, names(call_id).backup(epoch), EPOCH)


def tone(seconds: float, pitch: float = 440.0) -> npt.NDArray[np.int16]:
    at = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * 32767 * np.sin(2 * np.pi * pitch * at)).astype(np.int16)


def frame(samples: npt.NDArray[np.int16]) -> rtc.AudioFrame:
    return rtc.AudioFrame(samples.astype(np.int16).tobytes(), RATE, 1, len(samples))


def frames(samples: npt.NDArray[np.int16], seconds: float = 0.1) -> list[rtc.AudioFrame]:
    size = round(seconds * RATE)
    return [frame(samples[start : start + size]) for start in range(0, len(samples), size)]


def decoded(path: Path) -> npt.NDArray[np.float64]:
    """(2, samples) at 48 kHz, full scale is 1."""
    with av.open(str(path)) as file:
        pieces = [piece.to_ndarray() for piece in file.decode(audio=0)]
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0))


def heard(channel: npt.NDArray[np.number], rate: int, full: float = 1.0) -> list[tuple[float, float]]:
    """The stretches of sound, in seconds; pauses below 30 ms are none. To 5 ms."""
    step = rate // 200
    whole = channel[: len(channel) // step * step].astype(float).reshape(-1, step) / full
    loud = np.flatnonzero(np.abs(whole).max(axis=1, initial=0.0) > _LOUD)
    found: list[list[float]] = []
    for at in loud / 200:
        if found and at - found[-1][1] < 0.03:
            found[-1][1] = at + 0.005
        else:
            found.append([at, at + 0.005])
    return [(round(start, 3), round(end, 3)) for start, end in found]
