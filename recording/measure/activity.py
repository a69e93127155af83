"""When a side speaks: its voiced stretches, found by its level against its own line's noise."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recording.measure.levels import FRAME_S, SILENT_DBFS, Side

# A quiet telephone line rests at -60 dBFS or below and speech on it is 20 to 40 dB above: what is lower than this is
# no voice whatever the line. On a noisy line the bar is set above its own noise instead.
_QUIET_DBFS = -50.0
_ABOVE_NOISE_DB = 9.0
_SURE_DB = 8.0  # a voiced stretch reaches as far as the bar, and holds something by this much above it
_SHORTEST_S = 0.06  # shorter is a click, which the codec spreads to 40 ms ...
_NEAR_S = 0.15  # ... unless it is this near to a voice: the "t" that a word ends with
_PAUSE_S = 0.3  # shorter pauses are inside a sentence


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds into the recording."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


def voiced(side: Side) -> list[Span]:
    """Every voiced stretch, in order."""
    bar = _bar(side)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], side.rms >= bar, [0]]).astype(np.int8)))
    heard = [
        Span(float(start) * FRAME_S, float(end) * FRAME_S)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if side.rms[start:end].max() >= bar + _SURE_DB
    ]
    words = sentences(heard, _NEAR_S)
    return [span for word in words if word.length_s >= _SHORTEST_S for span in _within(heard, word)]


def sentences(spans: Sequence[Span], pause_s: float = _PAUSE_S) -> list[Span]:
    """Stretches with less than `pause_s` between them as one."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s - joined[-1].end_s < pause_s:
            joined[-1] = Span(joined[-1].start_s, span.end_s)
        else:
            joined.append(span)
    return joined


def _within(spans: Sequence[Span], word: Span) -> list[Span]:
    first = bisect_left(spans, word.start_s, key=lambda span: span.start_s)
    return list(spans[first : bisect_right(spans, word.end_s, key=lambda span: span.start_s)])


def _bar(side: Side) -> float:
    sounding = side.rms[side.rms > SILENT_DBFS + 1]
    noise = float(np.percentile(sounding, 10)) if len(sounding) else SILENT_DBFS
    loud = float(np.percentile(sounding, 95)) if len(sounding) else SILENT_DBFS
    # Somebody who never pauses has no noise to be seen: the bar stays well below what is loud.
    return max(_QUIET_DBFS, min(noise + _ABOVE_NOISE_DB, loud - 2 * _SURE_DB))
