"""What was heard in a call, with the moment at which it was heard: collected on the audio path, written elsewhere.

Each call here takes constant time and waits for nothing: a mark is put into a queue, from which the writer's thread
takes it. Moments are monotonic seconds, so that a clock that is set moves nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from livekit import rtc

from ops.clock import Clock

_MOST_MARKS = 2_000  # 20 s or more of a writer that hangs, about 10 MB


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of one of the others' sound (`lane`: whose) that had been heard whole by `at`."""

    lane: int
    at: float
    frame: rtc.AudioFrame


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the agent's sound that begins at `at`, unless it is taken back before."""

    at: float
    frame: rtc.AudioFrame


@dataclass(frozen=True, slots=True)
class Unsaid:
    """The agent fell silent at `at`: whatever it was to say from then on was not said."""

    at: float


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing that is heard from `at` on is kept."""

    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    at: float


Mark = Heard | Said | Unsaid | Paused | Resumed


class Track:
    """One per call. `heard`, `said`, ... are called in the event loop, `take` in the writer's thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._marks: deque[Mark] = deque()
        self._beat = self.alive_at = clock.monotonic()
        self.is_open = True
        self.overrun = False  # the writer does not keep up: from here on there are holes

    def beat(self) -> None:
        """The event loop runs. All that was heard before `alive_at`, the beat before this, is in the queue by now:
        after a stall there is a whole beat's time to bring what waited."""
        self.alive_at, self._beat = self._beat, self._clock.monotonic()

    def heard(self, lane: int, frame: rtc.AudioFrame) -> None:
        self._put(Heard(lane, self._clock.monotonic(), frame))

    def said(self, frame: rtc.AudioFrame, ahead_s: float) -> None:
        """`frame` was given to the room behind `ahead_s` of what has not been played yet."""
        self._put(Said(self._clock.monotonic() + ahead_s, frame))

    def unsaid(self) -> None:
        """What was given and not played was taken back."""
        self._put(Unsaid(self._clock.monotonic()))

    def pause(self) -> float:
        """Returns the moment."""
        self._put(mark := Paused(self._clock.monotonic()))
        return mark.at

    def resume(self) -> float:
        self._put(mark := Resumed(self._clock.monotonic()))
        return mark.at

    def close(self) -> None:
        """Nobody takes any more: keep nothing."""
        self.is_open = False
        self._marks.clear()

    def take(self) -> list[Mark]:
        """All that is there, in the order in which it came."""
        marks = self._marks
        return [marks.popleft() for _ in range(len(marks))]

    def _put(self, mark: Mark) -> None:
        if not self.is_open:
            return
        if len(self._marks) >= _MOST_MARKS:
            self.overrun = True
            return
        self._marks.append(mark)
