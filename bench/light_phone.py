"""A telephone that costs next to nothing, for many beside what is measured: deaf after the first sound, and mute."""

from __future__ import annotations

from functools import cache

import numpy as np

from local.caller.opus import FRAME, OpusEncoder
from local.caller.phone_leg import PhoneLeg
from local.caller.sound import WIRE_RATE

_PACKET_S = FRAME / WIRE_RATE


class LightPhone(PhoneLeg):
    """Sends silence as a phone does, and looks for sound until there is some: `heard_s` is its second of the call."""

    heard_s: float | None = None

    def _hear(self, packet: bytes) -> None:
        if self.heard_s is None:
            super()._hear(packet)
            self.heard_s = self.handset.agent.onset_after(0.0)

    def _pick_up(self) -> None:
        if self.answered_s is None:
            self.answered_s = self.handset.now_s
            self._tasks.spawn(self._breathe(), name="silence")
            self._note("answered")

    async def _breathe(self) -> None:
        due = self._clock.monotonic()
        while True:
            await self._send_packet(silence())
            due += _PACKET_S
            await self._clock.sleep(due - self._clock.monotonic())


@cache
def silence() -> bytes:
    """20 ms of it, as Opus."""
    encoder = OpusEncoder()
    return next(filter(None, (encoder.encode(np.zeros(FRAME, dtype=np.int16)) for _ in range(9))))
