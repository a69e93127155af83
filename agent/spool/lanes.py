"""Where the pieces of one voice lie on the timeline. Positions are samples since the beginning."""

from __future__ import annotations

from collections import deque
from itertools import accumulate

import numpy as np
import numpy.typing as npt

RATE = 24_000  # what the session and the agent's track work at: nothing is resampled
_NEAR = RATE // 50  # 20 ms: closer than that to the piece before is right behind it
_LATE = 3 * RATE // 100  # 30 ms: a piece may come later by the room's and the event loop's unrest

Samples = npt.NDArray[np.int16]


class Lane:
    """Pieces in their places, in order and side by side."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, Samples]] = deque()
        self.end: int | None = None  # of the newest piece

    def pour(self, into: npt.NDArray[np.int32], start: int) -> None:
        """Add what lies within `into`, which begins at `start`, and forget what lies before its end."""
        end = start + len(into)
        for begin, piece in self._pieces:
            first, last = max(begin, start), min(begin + len(piece), end)
            if first < last:
                into[first - start : last - start] += piece[first - begin : last - begin]
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) <= end:
            self._pieces.popleft()

    def _put(self, begin: int, piece: Samples) -> None:
        self._pieces.append((begin, piece))
        self.end = begin + len(piece)


class PlannedLane(Lane):
    """A voice of which it is known beforehand when it will be heard: the agent's."""

    def plan(self, begin: int, piece: Samples) -> None:
        if self.end is not None and abs(begin - self.end) < _NEAR:
            begin = self.end
        self._put(begin, piece)

    def cut(self, at: int) -> None:
        """From `at` on there is silence."""
        while self._pieces and self._pieces[-1][0] + len(self._pieces[-1][1]) > at:
            begin, piece = self._pieces.pop()
            if begin < at:
                self._pieces.append((begin, piece[: at - begin]))
        self.end = None


class LiveLane(Lane):
    """A voice of which it is known only when a piece of it had come: later than it was heard, by more or less.

    Pieces follow each other without a gap unless *all* that come afterwards are late by as much: then sound was
    missing. A piece that alone is late waited for the event loop. So it is placed when those after it are known.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[tuple[int, Samples]] = deque()

    def heard(self, by: int, piece: Samples) -> None:
        """`piece` had come by the moment `by`."""
        self._waiting.append((by, piece))

    def is_over(self, before: int) -> bool:
        return not self._waiting and not self._pieces and (self.end or 0) < before

    def pour(self, into: npt.NDArray[np.int32], start: int) -> None:
        self._place(start + len(into))
        super().pour(into, start)

    def _place(self, until: int) -> None:
        """All pieces that begin before `until`."""
        late, shift = self._lateness(), 0
        first = self.end is None
        follows = self._follows()
        for least in late:
            more = least - shift
            if first or more > _LATE or more < -_NEAR:
                shift += more
            begin, piece = follows + shift, self._waiting[0][1]
            if begin >= until:
                return
            first = False
            follows += len(piece)
            self._waiting.popleft()
            done = 0 if self.end is None else min(len(piece), max(0, self.end - begin))
            self._put(begin + done, piece[done:])

    def _follows(self) -> int:
        """Where the next piece begins if nothing was missing."""
        if self.end is not None:
            return self.end
        return self._waiting[0][0] - len(self._waiting[0][1]) if self._waiting else 0

    def _lateness(self) -> list[int]:
        """For each waiting piece: by how much it and all after it came late at the least, if nothing was missing."""
        lates, end = [], self._follows()
        for by, piece in self._waiting:
            end += len(piece)
            lates.append(by - end)
        return list(accumulate(reversed(lates), min))[::-1]
