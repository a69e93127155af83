"""Who is making sound, and since when: heard as it happens, by the same rule that measure.py applies afterwards."""

from __future__ import annotations

import asyncio

import numpy as np

from local.caller.sound import EAR_RATE, Pcm

FLOOR_DBFS = -45.0
"""Quieter is silence. Speech on a line lies at -30 to -15 dBFS; mu-law's own noise around a silent line below -60."""


def level_dbfs(pcm: Pcm) -> float:
    """RMS against full scale; -120 for digital silence and for nothing."""
    if not len(pcm):
        return -120.0
    rms = float(np.sqrt(np.mean(np.square(pcm.astype(np.float64)))))
    return 20 * float(np.log10(max(rms, 0.0328) / 32768))


class Activity:
    """When one side was last audible, in seconds of the call."""

    def __init__(self) -> None:
        self.last_s: float | None = None
        self._onsets: list[float] = []
        self._more = asyncio.Event()

    def add(self, at_s: float, pcm: Pcm) -> None:
        """Sound of the ear's rate at its second of the call."""
        if level_dbfs(pcm) < FLOOR_DBFS:
            return
        if self.last_s is None or at_s - self.last_s > 0.1:  # a new burst, not the next piece of this one
            self._onsets.append(at_s)
        end_s = at_s + len(pcm) / EAR_RATE
        self.last_s = end_s if self.last_s is None else max(self.last_s, end_s)
        self.wake()

    def wake(self) -> None:
        """Let those in `more` look again."""
        self._more.set()
        self._more = asyncio.Event()

    def onset_after(self, second: float) -> float | None:
        """The first burst of sound that begins at or after `second`."""
        return next((onset for onset in self._onsets if onset >= second), None)

    async def more(self) -> None:
        """Wait until something audible comes."""
        await self._more.wait()
