"""A voice in real time: one frame every 20 ms, silence in between, as a phone sends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np

from local.caller.opus import FRAME
from local.caller.sound import WIRE_RATE, Pcm
from ops.clock import Clock

_FRAME_S = FRAME / WIRE_RATE
_SILENCE: Pcm = np.zeros(FRAME, dtype=np.int16)


@dataclass(frozen=True, slots=True)
class Spoken:
    """When something said left the phone, in seconds of the call; silence around the words included."""

    start_s: float
    end_s: float


@dataclass(slots=True)
class _Utterance:
    frames: deque[Pcm]
    done: asyncio.Future[Spoken]
    not_before_s: float  # when it was asked for: a mouth that is behind catches up in silence, not with these words
    start_s: float | None = None


class Mouth:
    """Sends frames by a schedule that never drifts: late ones go out at once, none is skipped."""

    def __init__(self, clock: Clock, origin: float, send: Callable[[Pcm, float], Awaitable[None]]) -> None:
        """`origin` is the monotonic second 0 of the call; `send` gets a frame and its second of the call."""
        self._clock, self._origin, self._send = clock, origin, send
        self._queue: deque[_Utterance] = deque()
        self._shut = False
        self._sent_s = 0.0  # second of the call up to which everything has gone

    async def run(self) -> None:
        """Send until cancelled."""
        due = self._clock.monotonic()
        while True:
            await self._send(*self._next(due - self._origin))
            due += _FRAME_S
            await self._clock.sleep(due - self._clock.monotonic())

    async def say(self, pcm: Pcm) -> Spoken:
        """Speak after what is queued; returns when the last sample has gone, or what was said until it was hushed."""
        padded = np.concatenate([pcm, np.zeros(-len(pcm) % FRAME, dtype=np.int16)])
        frames = deque(padded.reshape(-1, FRAME))
        done: asyncio.Future[Spoken] = asyncio.get_running_loop().create_future()
        if self._shut or not frames:
            return Spoken(self._sent_s, self._sent_s)
        self._queue.append(_Utterance(frames, done, self._clock.monotonic() - self._origin - _FRAME_S))
        return await done

    def hush(self) -> None:
        """Stop in mid-word."""
        while self._queue:
            self._finish(self._queue.popleft())

    def shut(self) -> None:
        """For the end of the call: nothing more will be said."""
        self._shut = True
        self.hush()

    def _next(self, at_s: float) -> tuple[Pcm, float]:
        self._sent_s = at_s + _FRAME_S
        if not self._queue or at_s < self._queue[0].not_before_s:
            return _SILENCE, at_s
        now = self._queue[0]
        now.start_s = at_s if now.start_s is None else now.start_s
        frame = now.frames.popleft()
        if not now.frames:
            self._finish(self._queue.popleft())
        return frame, at_s

    def _finish(self, utterance: _Utterance) -> None:
        if not utterance.done.done():  # whoever spoke may have been cancelled
            start_s = self._sent_s if utterance.start_s is None else utterance.start_s
            utterance.done.set_result(Spoken(start_s, self._sent_s))
