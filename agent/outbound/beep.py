"""The tone after which an answering machine records: found in the sound, whatever the machine said before.

A beep is one pure tone that holds its pitch and level and then stops. Speech has harmonics and moves; ringing, dialling
and keys are two tones at once (ITU-T E.180, Q.23); the three tones before "this number is not in service" (E.180)
follow on each other without a gap.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LOWEST_HZ, HIGHEST_HZ = 400.0, 2000.0
SHORTEST_S, LONGEST_S = 0.16, 1.5
_WINDOW_S = 0.064  # parts two tones 40 Hz apart, as in ringing
_HOP_S = 0.016
_PURITY = 0.88  # of all energy lies within +-2 bins of the peak
_STEADY = 0.03  # of the pitch
_STEADY_DB = 6.0
_LEVEL = 10 ** (-42 / 20)  # of full scale
_QUIET_S = 0.112  # without a tone after it, before it counts as over; a window across two tones has none


class BeepDetector:
    """Takes 16-bit mono in pieces of any length; `heard` says for each piece whether a beep ended in it."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._window, self._hop = int(rate * _WINDOW_S), int(rate * _HOP_S)
        self._shape = np.hanning(self._window)
        self._held = np.zeros(0, dtype=np.float32)
        self._tone: list[tuple[float, float]] = []  # (Hz, dB) of each hop so far
        self._gap = 0
        self._spoilt = False  # it changed its pitch, or lasted too long: not this one

    @property
    def sounding(self) -> bool:
        """Is there a tone now, that may become a beep?"""
        return bool(self._tone) and self._gap == 0

    def heard(self, pcm: npt.NDArray[np.int16]) -> bool:
        self._held = np.concatenate([self._held, pcm.astype(np.float32) / 32768.0])
        beeped = False
        while len(self._held) >= self._window:
            beeped = self._step(pure_tone(self._held[: self._window], self._shape, self._rate)) or beeped
            self._held = self._held[self._hop :]
        return beeped

    def _step(self, tone: tuple[float, float] | None) -> bool:
        """One hop further; True where a beep is over."""
        if tone is None:
            self._gap += 1
            return self._gap * _HOP_S >= _QUIET_S and self._over()
        if self._tone and not _same(self._tone, tone):
            self._spoilt = True
        self._gap = 0
        self._tone.append(tone)
        return False

    def _over(self) -> bool:
        lasted = len(self._tone) * _HOP_S
        beeped = not self._spoilt and SHORTEST_S <= lasted <= LONGEST_S
        self._tone, self._spoilt = [], False
        return beeped


def pure_tone(window: npt.NDArray[np.float32], shape: npt.NDArray[np.float64], rate: int) -> tuple[float, float] | None:
    """(Hz, dB of full scale) of the one tone in `window`; None where there is none, or something else too."""
    level = float(np.sqrt(np.mean(window**2)))
    if level < _LEVEL:
        return None
    power = np.abs(np.fft.rfft(window * shape)) ** 2
    peak = int(np.argmax(power))
    if peak < 2 or peak > len(power) - 3:
        return None
    if float(power[peak - 2 : peak + 3].sum()) < _PURITY * float(power.sum()):
        return None
    below, at, above = np.log(power[peak - 1 : peak + 2] + 1e-20)
    bent = below - 2 * at + above
    pitch = (peak + (0.5 * (below - above) / bent if bent else 0.0)) * rate / len(window)
    if not LOWEST_HZ <= pitch <= HIGHEST_HZ:
        return None
    return float(pitch), 20 * float(np.log10(level))


def _same(tone: list[tuple[float, float]], now: tuple[float, float]) -> bool:
    """The pitch of the tone's middle, and its level except where it begins and ends."""
    pitch, level = tone[len(tone) // 2]
    loud = abs(now[1] - level) <= _STEADY_DB or len(tone) < 4 or now[1] < level
    return abs(now[0] - pitch) <= _STEADY * pitch and loud
