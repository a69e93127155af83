"""Two channels on one timeline, the agent left and everybody else right: what was heard when, as blocks of samples.

It is the talk as this worker heard it: the others lie where their sound came out of the room's jitter buffer, the agent
where its own went into the room. Seen from the room (the recording of egress) who answers the caller is about 0.1 s
later than it is here (95 ms in a call on one machine).

Used by one thread. Positions are samples since the beginning; a block is a whole number of STEP.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from agent.spool.lanes import RATE, LiveLane, PlannedLane
from agent.spool.track import Heard, Mark, Paused, Resumed, Said, Unsaid

STEP = RATE // 50  # 20 ms
_EVEN = 1e-6  # of a step: floating point
_MOST = 10 * RATE  # an event loop that stood still leaves a lot at once
_FORGOTTEN = 60 * RATE  # somebody of whom nothing comes for so long has left, or begins anew

Block = npt.NDArray[np.int16]  # (samples, 2)


class Timeline:
    """`begun_at` is the moment of the first sample, in the marks' seconds. Give it what was marked, in order, and
    render a moment once everything before it has been given."""

    def __init__(self, begun_at: float) -> None:
        self._begun_at = begun_at
        self._agent = PlannedLane()
        self._others: dict[int, LiveLane] = {}
        self._pauses: list[tuple[int, int | None]] = []
        self.done = 0  # samples rendered

    def add(self, mark: Mark) -> None:
        position = self._position(mark.at)
        match mark:
            case Heard():
                self._heard(mark, position)
            case Said():
                if (samples := _samples(mark)) is not None:
                    self._agent.plan(position, samples)
            case Unsaid():
                self._agent.cut(position)
            case Paused() if not self._is_paused:
                self._pauses.append((position, None))
            case Resumed() if self._is_paused:
                self._pauses[-1] = (self._pauses[-1][0], position)

    def render(self, until: float) -> Block:
        """What was heard from the last block's end to the last whole step before `until`, 10 s of it at most. Empty:
        there is no more."""
        steps = math.floor((until - self._begun_at) * RATE / STEP + _EVEN)
        end = min(max(self.done, steps * STEP), self.done + _MOST)
        mix = np.zeros((end - self.done, 2), np.int32)
        self._agent.pour(mix[:, 0], self.done)
        for lane in self._others.values():
            lane.pour(mix[:, 1], self.done)
        for since, to in self._pauses:
            mix[max(0, since - self.done) : max(0, (end if to is None else to) - self.done)] = 0
        self.done = end
        self._pauses = [pause for pause in self._pauses if pause[1] is None or pause[1] > end]
        for key in [key for key, lane in self._others.items() if lane.is_over(end - _FORGOTTEN)]:
            del self._others[key]
        return np.clip(mix, -32768, 32767).astype(np.int16)

    @property
    def _is_paused(self) -> bool:
        return bool(self._pauses) and self._pauses[-1][1] is None

    def _heard(self, mark: Heard, position: int) -> None:
        samples = _samples(mark)
        if samples is None or self._is_paused:
            return
        resumed = self._pauses[-1][1] if self._pauses else None
        if resumed is not None and position - len(samples) < resumed:
            return  # it begins before the pause's end
        self._others.setdefault(mark.lane, LiveLane()).heard(position, samples)

    def _position(self, at: float) -> int:
        return round((at - self._begun_at) * RATE)


def _samples(mark: Heard | Said) -> npt.NDArray[np.int16] | None:
    """None: not what was asked of the room or the speech server, and nothing we could place."""
    frame = mark.frame
    if frame.sample_rate != RATE or frame.num_channels != 1:
        return None
    return np.frombuffer(frame.data, np.int16)
