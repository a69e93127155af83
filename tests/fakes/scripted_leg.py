"""A leg to an agent that follows a script of seconds: for conversations in virtual time, without a room or a wire."""

from __future__ import annotations

import asyncio

import numpy as np

from local.caller.handset import Handset
from local.caller.line import Line
from local.caller.opus import FRAME
from local.caller.sound import WIRE_RATE, Pcm
from ops.clock import Clock


def voice(seconds: float) -> Pcm:
    """Something audible, at 48 kHz."""
    at = np.arange(round(seconds * WIRE_RATE))
    return (6000 * np.sign(np.sin(2 * np.pi * 150 * at / WIRE_RATE))).astype(np.int16)


class ScriptedLeg(Line):
    """Answered at once. The agent is audible in `greeting` (seconds of the call), and `reply_s` after each of the
    caller's lines for `reply_for_s`; with `stops_after_s` it falls silent so long after the caller interrupts it."""

    def __init__(
        self,
        clock: Clock,
        *,
        greeting: tuple[float, float] | None = (0.5, 2.5),
        reply_s: float | None = 0.6,
        reply_for_s: float = 2.0,
        stops_after_s: float | None = None,
        ends_at_s: float | None = None,
    ) -> None:
        super().__init__("scripted")
        self._clock = clock
        self._speaks: list[tuple[float, float]] = [greeting] if greeting else []
        self._reply_s, self._reply_for_s, self._stops_after_s = reply_s, reply_for_s, stops_after_s
        self._ends_at_s = ends_at_s
        self._caller_since: float | None = None
        self._caller_last: float | None = None
        self.handset = Handset(clock, self._send, narrow=True, ear_delay_s=0.0)

    async def connect(self) -> None:
        self._pick_up()
        self._tasks.spawn(self._agent(), name="agent")

    async def dtmf(self, digits: str) -> None:
        self.keys_heard.append(digits)

    async def hangup(self) -> None:
        self._end("hung up")
        await self._tasks.aclose()

    async def _agent(self) -> None:
        n = 0
        while self._ends_at_s is None or n * 0.02 < self._ends_at_s:
            now_s = n * 0.02
            self._listen(now_s)
            audible = any(start <= now_s < end for start, end in self._speaks)
            pcm = voice(0.02) if audible else np.zeros(FRAME, np.int16)
            self.handset.hear("agent", now_s, pcm)
            n += 1
            await asyncio.sleep(n * 0.02 - self.handset.now_s)
        self._end("room_deleted")

    def _listen(self, now_s: float) -> None:
        """Reply when the caller has been silent for the time the script says; stop when interrupted."""
        if self._caller_last is None or self._caller_since is None or self._reply_s is None:
            return
        if self._stops_after_s is not None and now_s - self._caller_since >= self._stops_after_s:
            self._speaks = [(start, min(end, now_s)) for start, end in self._speaks]
        if now_s - self._caller_last >= self._reply_s:
            self._speaks.append((now_s, now_s + self._reply_for_s))
            self._caller_since = self._caller_last = None

    async def _send(self, frame: Pcm) -> None:
        if np.abs(frame).max() > 500:
            now_s = self.handset.now_s
            self._caller_since = now_s if self._caller_since is None else self._caller_since
            self._caller_last = now_s + 0.02
