"""Where in time a track's packets belong, by when they arrived and by their RTP timestamps.

A publisher's timestamps are exact from one packet to the next, and say nothing of when they began, nor of a pause in
which the publisher's clock stood still or jumped; arrivals know that, but for what a packet was delayed on its way.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

RATE = 48_000  # Opus' RTP clock, and the file's
_TOLERANCE = RATE // 100  # 10 ms: what is further off its place is placed anew, what is less is the way's own unrest
_WINDOW = (
    2 * RATE // 5
)  # 400 ms: of so many packets one at least came without delay. Longer than any stall of the reader
_SURE = RATE // 10  # where less than a window follows: more than any unrest of the way
_DISORDER = RATE  # timestamps that go back by less than a second are a packet that came late, or twice

LEFT_OUT = np.iinfo(np.int64).min

Samples = npt.NDArray[np.int64]


def places(arrivals: Samples, stamps: npt.NDArray[np.uint32]) -> Samples:
    """The sample at which each packet begins, on the arrivals' own clock; LEFT_OUT for one that came too late or twice.

    `arrivals` are in samples too, and never go back.
    """
    steps = np.diff(stamps, prepend=stamps[:1]).astype(np.int32).astype(np.int64)  # unwrapped
    times, delays, newest = np.empty(len(stamps), np.int64), np.empty(len(stamps), np.int64), 0
    now = 0
    for number, step in enumerate(steps):
        now += int(step)
        times[number], delays[number] = now, arrivals[number] - now
    levels = _least_ahead(arrivals, delays)
    placed = np.full(len(stamps), LEFT_OUT, np.int64)
    base = int(levels[0]) if len(levels) else 0
    for number in range(len(stamps)):
        if number and -_DISORDER < times[number] - newest <= 0:
            continue
        risen = _TOLERANCE if arrivals[-1] - arrivals[number] >= _WINDOW else _SURE
        if levels[number] > base + risen or delays[number] < base - _TOLERANCE:
            base = int(levels[number])
        newest = int(times[number])
        placed[number] = newest + base
    return placed


def _least_ahead(arrivals: Samples, delays: Samples) -> Samples:
    """Of each packet the least delay among it and those that arrived up to a window after it."""
    least, window = (
        np.empty_like(delays),
        deque[int](),
    )  # numbers of packets, their delays falling towards the right end
    for number in range(len(delays) - 1, -1, -1):
        while window and delays[window[-1]] >= delays[number]:
            window.pop()
        window.append(number)
        while arrivals[window[0]] - arrivals[number] > _WINDOW:
            window.popleft()
        least[number] = delays[window[0]]
    return least
